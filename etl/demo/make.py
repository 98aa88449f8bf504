"""A first demonstration city: two years of made-up logs as staff keep them, and the truth that they were made from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from etl.demo.cases import make_cases
from etl.demo.city import build_city
from etl.demo.files import form, write_sheet
from etl.demo.judgements import make_judgements
from etl.demo.life import AS_OF, FIRST_DAY, LAST_DAY
from etl.demo.sheets import asked_sheets, roster_sheets, told_sheets
from etl.demo.truth import dirty_rows, file_fates, planted, true_figures
from etl.errors import UserError
from etl.language import _

FEWEST = 500
TRUTH = "truth.json"


def _quiet(_message: str) -> None:
    """Tell nobody."""


def make_city(
    folder: Path, interactions: int = 60_000, wards: int = 24, seed: int = 1, progress: Callable[[str], None] = _quiet
) -> dict[str, Any]:
    """Write a made-up city's logs and ``truth.json`` into a folder.

    The same arguments give the same bytes.

    Args:
        folder: is made where it is missing; other files in it stay.
        interactions: how many requests, from 500.
        wards: how many of Hanoi's wards; from 5 on, one is planted poor and one excellent.
        seed: of the random numbers.
        progress: is told what is being done, in the language in use.

    Returns:
        What truth.json holds: settings, as_of, wards, officers, channels, burst, files (path, source, rows, fates when the folder
        is refreshed in one go as of as_of), dirty_rows (path, row_number, what, fate, rule, column) and figures (all, and by
        today's ward: received, answered, compliments, complaints, ratings).

    Raises:
        UserError: too few interactions, or a number of wards that Hanoi does not have.
    """
    if interactions < FEWEST:
        raise UserError(_("--interactions is {count}: choose {fewest} or more.", count=interactions, fewest=FEWEST))
    rng = np.random.default_rng(seed)
    city = build_city(wards, rng)
    progress(_("Making up {count} requests in {wards} wards.", count=interactions, wards=wards))
    cases = make_cases(city, interactions, rng)
    judgements = make_judgements(city, cases, rng)
    leaned_on = pl.concat([frame["interaction_id"] for frame in judgements.values()]).unique()
    asked, known = asked_sheets(cases, leaned_on, rng)
    told = {kind: told_sheets(kind, frame, rng) for kind, frame in judgements.items()}
    sheets = [*asked, *(sheet for group in told.values() for sheet in group), *roster_sheets(city, rng)]
    progress(_("Writing {files} files to {folder}.", files=len(sheets) + 1, folder=folder))
    for sheet in sheets:
        path = folder / sheet.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sheet(path, form(sheet.source), sheet.rows)
    truth = {
        "settings": {"interactions": interactions, "wards": wards, "seed": seed, "from": str(FIRST_DAY), "to": str(LAST_DAY)},
        "as_of": AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **planted(city),
        "files": file_fates(sheets),
        "dirty_rows": dirty_rows(sheets),
        "figures": true_figures(city, known, judgements, told),
    }
    (folder / TRUTH).write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return truth
