"""L1 beside dlt: what a reader finds after kill -9 at random instants of a load of two tables, and after one more run; and what
becomes of a row that does not fit. Killed is what follows the imports; each side is begun anew from the same first load."""

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import polars as pl
from results import Result
from running import PEERS, PEERS_PYTHON, ROOT, peer

from etl.publishing.versions import current_version

KILLS = int(os.environ.get("BENCH_KILLS", "30"))
ROWS = 3_000
"""Of each table and load."""
TABLES = {"interactions": ("interaction_id", "asked_at"), "feedback": ("feedback_id", "received_at")}
OURS = "import sys; import etl.refresh; from etl.cli import main; print('begun', flush=True); sys.exit(main(sys.argv[1:]))"
CONTRACTS = (None, "freeze", "discard_row", "discard_value")
"""What dlt may be told of columns that have a type."""
Counts = tuple[int, ...]


@dataclass(frozen=True)
class Loader:
    """One side: how a load is begun on a folder, and what a reader counts there."""

    begin: Callable[[Path, int], subprocess.Popen[str]]
    count: Callable[[Path], Counts]


def after_kills(folder: Path) -> list[Result]:
    """Loads seen by half, and loads lost or doubled by the next run."""
    folder.mkdir()
    for load in (1, 2):
        _write(folder / f"load-{load}", load)
    (folder / "sources").mkdir()
    for table, (key, at) in TABLES.items():
        head = f'name = "{table}"\ntable = "{table}"\nfiles = ["{table}*.csv"]\nformat = "csv"\ntimes = ["iso"]\n[columns]\n'
        kind = '[defaults]\nkind = "compliment"\n' if table == "feedback" else ""
        (folder / "sources" / f"{table}.toml").write_text(f'{head}{key} = "{key}"\n{at} = "{at}"\n{kind}')
    for contract in CONTRACTS if PEERS_PYTHON.exists() else ():
        print(f"dlt, a row whose time is no time, {contract or 'as it comes'}: {_bad_row(folder / str(contract), contract)}", flush=True)
    ours = _kill(Loader(_ours, _seen_of_ours), folder / "ours")
    theirs = _kill(Loader(_dlt, _seen_of_dlt), folder / "dlt") if PEERS_PYTHON.exists() else (None, None, None)
    rows = (
        ("L1", f"loads that {KILLS} kills left seen by half, beside dlt", 0),
        ("L1", "of them lost or doubled after one more run, beside dlt", 0),
        ("–", f"such a load of two tables of {ROWS:,} rows, without the first imports, beside dlt", None),
    )
    return [Result(promise, what, mine, other, most) for (promise, what, most), mine, other in zip(rows, ours, theirs, strict=True)]


def _write(folder: Path, load: int) -> None:
    folder.mkdir()
    for table, (key, at) in TABLES.items():
        with (folder / f"{table}-{load}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([(key, at), *((f"{load}-{n}", f"2026-01-{n % 28 + 1:02}T09:00:00") for n in range(ROWS))])


def _bad_row(folder: Path, contract: str | None) -> str:
    """What dlt makes of three rows, the second of which has no time in its place for one."""
    folder.mkdir()
    path = folder / "cases.csv"
    path.write_text("interaction_id,asked_at\n1,2026-01-05T09:00:00\n2,soon\n3,2026-01-05T09:00:00\n")
    kinds = [("interactions", str(path), "asked_at")]
    answer = peer("dlt_kinds", {"folder": str(folder / "dlt"), "kinds": kinds, "contract": contract, "show": True})
    rows = [{name: value for name, value in row.items() if not name.startswith("_dlt")} for row in answer["rows"].get("interactions", [])]
    return f"{answer['error'] or 'no error'}, rows {rows}"


def _kill(side: Loader, folder: Path) -> tuple[float, float, float]:
    """How many kills left half a load, how many loads were lost or doubled after one more run, and seconds of an undisturbed load."""
    first = folder / "first"
    first.mkdir(parents=True)
    _ended(side.begin(first, 1))
    whole = _copy(first, folder / "whole")
    seconds = _ended(side.begin(whole, 2))
    old, new = side.count(first), side.count(whole)
    chance, ends = Random(KILLS), Counter[str]()
    for number in range(KILLS):
        home = _copy(first, folder / "killed")
        process = side.begin(home, 2)
        time.sleep(seconds * (number + chance.random()) / KILLS)
        process.kill()
        process.communicate()
        ends["half"] += side.count(home) not in (old, new)
        _ended(side.begin(home, 2))
        ends["wrong"] += side.count(home) != new
        shutil.rmtree(home)
    return ends["half"], ends["wrong"], seconds


def _copy(first: Path, folder: Path) -> Path:
    return Path(shutil.copytree(first, folder))


def _ended(process: subprocess.Popen[str]) -> float:
    began = time.perf_counter()
    process.communicate()
    return time.perf_counter() - began


def _begun(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """The process, once it has imported everything."""
    assert process.stdout
    while "begun" not in (line := process.stdout.readline()):
        assert line, "it ended before it began"
    return process


def _ours(home: Path, load: int) -> subprocess.Popen[str]:
    inbox, sources = (home.parent.parent / name for name in (f"load-{load}", "sources"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANGNGHE_")} | {"LANGNGHE_HOME": str(home)}
    command = [sys.executable, "-c", OURS, "refresh", "--inbox", str(inbox), "--sources", str(sources)]
    return _begun(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))


def _seen_of_ours(home: Path) -> Counts:
    version = current_version(home / "snapshots")
    return tuple(0 if version is None else pl.read_parquet(version.glob(table)).height for table in TABLES)


def _dlt(home: Path, load: int) -> subprocess.Popen[str]:
    kinds = [(table, str(home.parent.parent / f"load-{load}" / f"{table}-{load}.csv"), at) for table, (_key, at) in TABLES.items()]
    command, pipe = [str(PEERS_PYTHON), str(PEERS / "dlt_kinds.py")], subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    assert process.stdin
    process.stdin.write(json.dumps({"folder": str(home), "kinds": kinds}))
    process.stdin.close()
    process.stdin = None
    return _begun(process)


def _seen_of_dlt(home: Path) -> Counts:
    with sqlite3.connect(home / "dlt.sqlite") as connection:
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)
