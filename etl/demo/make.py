"""The demonstration city: two years of made-up logs as staff keep them, and the truth that they were made from."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from etl.demo.cases import make_cases
from etl.demo.city import build_city
from etl.demo.exports import request_ids
from etl.demo.files import Sheet, form, write_sheet
from etl.demo.filing import file_cases
from etl.demo.judgements import make_judgements
from etl.demo.life import AS_OF, FIRST_DAY, LAST_DAY
from etl.demo.pages import page_json, page_sheets
from etl.demo.sheets import asked_sheets, file_judgements, roster_sheets, told_sheets
from etl.demo.size import FEWEST, INTERACTIONS, SEED, WARDS
from etl.demo.truth import dirty_rows, file_fates, planted, true_figures
from etl.demo.zalo import json_lines, zalo_sheets
from etl.errors import UserError
from etl.language import _

TRUTH = "truth.json"
_MESSAGES = {".jsonl": json_lines, ".json": page_json}


def _quiet(_message: str) -> None:
    """Tell nobody."""


def make_city(
    folder: Path, interactions: int = INTERACTIONS, wards: int = WARDS, seed: int = SEED, progress: Callable[[str], None] = _quiet
) -> dict[str, Any]:
    """Write a made-up city's logs and ``truth.json`` into a folder.

    The same arguments give the same bytes. The logs are written file by file: what is held in memory grows with the requests
    (about 400 bytes each), not with what is written about them.

    Args:
        folder: is made where it is missing; other files in it stay.
        interactions: how many requests, from 500.
        wards: how many of Hanoi's wards; from 5 on, a ward and an officer are planted poor and one of each excellent, and a channel
            falls silent.
        seed: of the random numbers.
        progress: is told what is being done, in the language in use.

    Returns:
        What truth.json holds: settings, as_of, wards, old_wards, officers, channels, stories (what is planted), files (path, source,
        rows, of messages how many interactions are asked in them, fates when the folder is refreshed in one go as of as_of),
        dirty_rows (path, row_number, what, fate, rule, column), and figures (of all, by today's ward, by the ward of the day).

    Raises:
        UserError: too few interactions, or a number of wards that Hanoi does not have.
    """
    if interactions < FEWEST:
        raise UserError(_("--interactions is {count}: choose {fewest} or more.", count=interactions, fewest=FEWEST))
    rng = np.random.default_rng(seed)
    city = build_city(wards, rng)
    folder.mkdir(parents=True, exist_ok=True)  # a folder that cannot be is said before a city is made for it
    progress(_("Making up {count} requests in {wards} wards.", count=interactions, wards=wards))
    cases = make_cases(city, interactions, rng)
    judgements = {kind: file_judgements(kind, frame, rng) for kind, frame in make_judgements(city, cases, rng).items()}
    about = pl.concat([frame["interaction_id"] for frame in judgements.values()]).unique()
    filed = file_cases(city, cases, request_ids(city, cases).is_in(about.implode()).to_numpy(), rng)
    told = chain.from_iterable(told_sheets(kind, frame) for kind, frame in judgements.items())
    progress(_("Writing the files to {folder}.", folder=folder))
    messages = chain(zalo_sheets(city, cases, rng), page_sheets(city, cases, rng))
    files, dirty = _write(folder, chain(asked_sheets(city, filed), messages, told, roster_sheets(city, rng)))
    truth = {
        "settings": {"interactions": interactions, "wards": wards, "seed": seed, "from": str(FIRST_DAY), "to": str(LAST_DAY)},
        "as_of": AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **planted(city, cases),
        "files": files,
        "dirty_rows": dirty,
        "figures": true_figures(city, filed, judgements),
    }
    (folder / TRUTH).write_text(_as_json(truth), encoding="utf-8")
    return truth


def _write(folder: Path, sheets: Iterator[Sheet]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Write sheet after sheet; what each holds, and what is wrong in it."""
    files: list[dict[str, Any]] = []
    dirty: list[dict[str, Any]] = []
    for sheet in sheets:
        path = folder / sheet.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in _MESSAGES:
            path.write_text(_MESSAGES[path.suffix](sheet.rows), encoding="utf-8")
        else:
            write_sheet(path, form(sheet.source), sheet.rows)
        files.append(file_fates(sheet))
        dirty += dirty_rows(sheet)
    return files, dirty


def _as_json(truth: dict[str, Any]) -> str:
    """One line per entry of each part: readable, and quick to write."""

    def part(value: Any) -> str:
        dump = partial(json.dumps, ensure_ascii=False)
        if isinstance(value, list):
            return "[\n" + ",\n".join(map(dump, value)) + "\n]"
        if isinstance(value, dict):
            return "{\n" + ",\n".join(f"{dump(name)}: {dump(entry)}" for name, entry in value.items()) + "\n}"
        return dump(value)

    return "{\n" + ",\n".join(f"{json.dumps(name)}: {part(value)}" for name, value in truth.items()) + "\n}\n"
