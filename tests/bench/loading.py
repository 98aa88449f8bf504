"""V1 and V2: a first load, and a day's file. Each side runs a whole command, from start to end."""

import csv
import os
from functools import partial
from itertools import islice
from pathlib import Path

from results import Result
from running import Measured, etl, measured, peer

from etl.reading.encodings import detect_encoding

DAY_ROWS = 5_000
HEAD_LINES = 5
PEERS = (
    ("pandas read_csv + to_sql", "pandas_load", 1, 0.8),
    ("dlt as documented for CSV", "dlt_documented", 10, 1 / 3),
    ("dlt by its Parquet route", "dlt_parquet", 1, None),
)
"""Who else loads the files: how it is called here, its script, every which file it is given (all would take one of them an hour), and
the pass line of ours ÷ theirs."""


def first_load(city: Path, folder: Path) -> list[Result]:
    """V1: the city's CSV files into an empty record, every check on; the peers read the same files without any."""
    ours: dict[int, Measured] = {}
    results = []
    for versus, name, every, most in PEERS:
        files = sorted(csv_files(city), key=lambda file: -Path(file["path"]).stat().st_size)[::every]
        if every not in ours:
            inbox = _linked(files, city, folder / f"csv-{every}")
            home = folder / ("csv-home" if every == 1 else f"csv-home-{every}")
            ours[every] = measured(partial(etl, "refresh", "--inbox", str(inbox), home=home))
        took = measured(partial(peer, name, {"files": files, "folder": str(folder / name)}))
        other = took.seconds if took.answer else None
        what = "first load of the CSV files" if every == 1 else f"first load of every {every}th CSV file"
        results.append(Result("V1", what, ours[every].seconds, other, most, versus))
    return results


def _linked(files: list[dict[str, str]], city: Path, inbox: Path) -> Path:
    """An inbox of these files of the city alone."""
    for file in files:
        target = inbox / Path(file["path"]).relative_to(city)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(file["path"], target)
    return inbox


def days_file(city: Path, folder: Path) -> list[Result]:
    """V2: a day's file into the record of the CSV files, and the same file into an empty one."""
    if not (folder / "csv-home").exists():
        etl("refresh", "--inbox", str(city), home=folder / "csv-home")
    inbox = folder / "day"
    inbox.mkdir()
    write_day(csv_files(city), inbox / "luot-hoi_ngay.csv")
    small = measured(lambda: etl("refresh", "--inbox", str(inbox), home=folder / "empty-home"))
    large = measured(lambda: etl("refresh", "--inbox", str(inbox), home=folder / "csv-home"))
    what = f"a day's file of {DAY_ROWS:,} rows into all of them"
    return [
        Result("V2", what, large.seconds, small.seconds, 1.5, "the same into an empty record"),
        Result("V2", f"{what}, with every import", large.seconds, most=15),
    ]


def whole_city(took: Measured) -> list[Result]:
    """The whole inbox, with its workbooks and what else it has, into an empty record."""
    return [
        Result("–", "first load of the whole city", took.seconds, most=90),
        Result("V4", "memory of that, GB", took.memory, most=4),
    ]


def csv_files(city: Path) -> list[dict[str, str]]:
    """The CSV files with how each is written, found before any clock runs: path, encoding, separator."""
    found = []
    for path in sorted(city.rglob("*.csv")):
        encoding = detect_encoding(path)
        with path.open(encoding=encoding, errors="replace") as lines:
            head = "".join(islice(lines, HEAD_LINES))
        separator = max((";", ",", "\t", "|"), key=head.count)
        found.append({"path": str(path), "encoding": encoding, "separator": separator})
    return found


def write_day(files: list[dict[str, str]], target: Path) -> None:
    """Requests under new numbers, as one more sheet: the last rows of the last file of them."""
    last = [file for file in files if Path(file["path"]).name.startswith("luot-hoi")][-1]
    with Path(last["path"]).open(encoding=last["encoding"], errors="replace", newline="") as file:
        header, *rows = csv.reader(file, delimiter=last["separator"])
    number = header.index("Mã") if "Mã" in header else 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in [row for row in rows if len(row) == len(header)][-DAY_ROWS:]:
            row[number] = f"N{row[number]}"
            writer.writerow(row)
