"""Files torn in every way, in all formats: an account that closes or a reason that names nobody, and whatever rows were left whole."""

import csv
import gzip
import io
import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from etl.box import Box
from etl.reading.read import read_records
from etl.reference.topics import Topics, read_topics
from etl.sources.inbox import InboxFile, UnreadableError
from etl.sources.source import Source
from etl.staging.stage import stage_file
from tests.numbers import times

LATEST = datetime(2026, 11, 22, tzinfo=UTC)
FORMATS = ("csv", "xlsx", "json", "jsonl", "parquet")
HEADERS = ("Mã", "Hỏi", "Phường", "Nội dung", "Người dân", "Số")
COLUMNS = ("interaction_id", "asked_at", "ward", "text", "resident", "reply_count")
ROWS = [(f"{i:03}", f"{i + 1:02}/10/2026 08:{i:02}", "Phường Đống Đa", f"Hỏi về việc {i}", f"Lan {i}", f"0{i}") for i in range(25)]
Row = tuple[Any, ...]
WRITINGS: tuple[dict[str, Any], ...] = (
    {},
    {"compression": "zstd", "data_page_version": "2.0"},
    {"use_dictionary": False, "column_encoding": {"Mã": "DELTA_BYTE_ARRAY"}, "row_group_size": 10, "store_schema": False},
    {"compression": "none", "store_schema": False},
)

# -- the files, as they would be whole ------------------------------------------


def whole(format: str, rows: list[Row], rich: random.Random | None = None) -> bytes:
    """The rows in a format; a row may have more or fewer cells than there are headers. With ``rich``, in its more intricate ways: quotes
    over lines, lists within records, types."""
    if rich:
        rows = [(*row[:3], f'một\nhai, "{row[0]}"', *row[4:]) for row in rows]
    records = [dict(zip((*HEADERS, "thêm"), row, strict=False)) for row in rows]
    if format == "xlsx":
        return _workbook(rows)
    if format == "json":
        within = [{"in": {"list": records[: number % 4]}} if rich else {} for number in range(len(records))]
        data = [record | more for record, more in zip(records, within, strict=True)]
        return json.dumps({"data": data, "id": "1"}, ensure_ascii=False, indent=1).encode()
    if format == "jsonl":
        return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
    if format == "parquet":
        return _parquet(records, rich)
    text = io.StringIO()
    csv.writer(text).writerows([HEADERS, *rows])
    return text.getvalue().encode()


def _parquet(records: list[dict[str, Any]], rich: random.Random | None) -> bytes:
    out = io.BytesIO()
    columns = {name: pa.array([record.get(name) for record in records], pa.string()) for name in HEADERS}
    if rich:
        columns["Hỏi"] = pa.array(range(len(records)), pa.timestamp("us", "UTC"))
        columns["Số"] = pa.array([[number] if number % 9 == 0 else None for number in range(len(records))])
        columns["Phường"] = columns["Phường"].dictionary_encode()
    parquet.write_table(pa.table(columns), out, **(rich.choice(WRITINGS) if rich else {}))
    return out.getvalue()


def _workbook(rows: list[Row]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        written = book.add_worksheet()
        for place, row in enumerate([HEADERS, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    written.write_datetime(place, column, cell.replace(tzinfo=None))
                elif cell is not None:
                    written.write(place, column, cell)
    return out.getvalue()


# -- mutations: bytes in, bytes out ---------------------------------------------

Mutation = Callable[[bytes, random.Random], bytes]
SIGNS = [b'"', b"\x00", b"\xff", b"\r", b"\n", b",", b";", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u", b"<", b"&", b"\xed\xa0\x80"]
WORDS = ["٣", "Ã\xa0", "\u202e", "\u0301" * 50, "\ufeff", "+262142-01-01", "NaN", "1e999", "9" * 400, "=1+1", '"Mã":1,', "{" * 2_000]


def _place(raw: bytes, chance: random.Random) -> int:
    """Anywhere, and often near the end, where archives and Parquet say what is in them."""
    near = min(len(raw), 700)
    return chance.randrange(len(raw)) if chance.random() < 0.7 else len(raw) - 1 - chance.randrange(near)


def inserted_sign(raw: bytes, chance: random.Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + chance.choice(SIGNS) + raw[at:]


def inserted_word(raw: bytes, chance: random.Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + chance.choice(WORDS).encode() + raw[at:]


def inserted_nulls(raw: bytes, chance: random.Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + bytes(chance.choice([1, 2, 40])) + raw[at:]


def other_byte(raw: bytes, chance: random.Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]


def other_bit(raw: bytes, chance: random.Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]


def zeroed(raw: bytes, chance: random.Random) -> bytes:
    at, length = _place(raw, chance), chance.choice([4, 40])
    return raw[:at] + bytes(length) + raw[at + length :]


def less(raw: bytes, chance: random.Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + raw[at + chance.choice([1, 20, 300]) :]


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    return raw[: _place(raw, chance)]


def beheaded(raw: bytes, chance: random.Random) -> bytes:
    return raw[chance.choice([1, 3, 30]) :]


def repeated(raw: bytes, chance: random.Random) -> bytes:
    at, length = _place(raw, chance), chance.choice([2, 40, 1_000])
    return raw[:at] + raw[at : at + length] + raw[at:]


def swapped(raw: bytes, chance: random.Random) -> bytes:
    one, two = sorted((_place(raw, chance), _place(raw, chance)))
    return raw[:one] + raw[two : two + 20] + raw[one + 20 : two] + raw[one : one + 20] + raw[two + 20 :]


def continued(raw: bytes, chance: random.Random) -> bytes:
    """Two programs wrote into one file."""
    return raw + raw[_place(raw, chance) :]


def _lines(change: Callable[[list[bytes], int, random.Random], object]) -> Mutation:
    def mutation(raw: bytes, chance: random.Random) -> bytes:
        lines = raw.split(b"\n")
        change(lines, chance.randrange(len(lines)), chance)
        return b"\n".join(lines)

    mutation.__name__ = change.__name__
    return mutation


def line_repeated(lines: list[bytes], at: int, _chance: random.Random) -> None:
    lines.insert(at, lines[at])


def line_lost(lines: list[bytes], at: int, _chance: random.Random) -> None:
    del lines[at]


def line_elsewhere(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), lines.pop(at))


def line_joined(lines: list[bytes], at: int, _chance: random.Random) -> None:
    lines[at : at + 2] = [b"".join(lines[at : at + 2])]


def line_quoted(lines: list[bytes], at: int, _chance: random.Random) -> None:
    lines[at] = lines[at].replace(b",", b',"', 1)


def line_shorter(lines: list[bytes], at: int, _chance: random.Random) -> None:
    lines[at] = lines[at].rpartition(b",")[0]


def line_longer(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines[at] = lines[at].rstrip(b"\r") + chance.choice([b",", b",x", b",x" * 300])


def line_endless(lines: list[bytes], at: int, _chance: random.Random) -> None:
    lines[at] += b"x" * 100_000


def line_of_old_letters(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines[at] = lines[at].decode("utf-8", "replace").encode(chance.choice(["cp1258", "utf-16-le"]), "replace")


def saved_otherwise(raw: bytes, chance: random.Random) -> bytes:
    text = raw.decode("utf-8", "replace")
    return text.encode(chance.choice(["utf-8-sig", "utf-16", "utf-16-be", "cp1258"]), "replace")


def saved_twice(raw: bytes, _chance: random.Random) -> bytes:
    """UTF-8 that was read as Latin-1 and saved again."""
    return raw.decode("latin-1").encode()


MUTATIONS: tuple[Mutation, ...] = (
    *(inserted_sign, inserted_word, inserted_nulls, other_byte, other_bit, zeroed, less, cut_off, beheaded, repeated, swapped, continued),
    *map(_lines, (line_repeated, line_lost, line_elsewhere, line_joined, line_quoted, line_shorter, line_longer, line_endless)),
    *(_lines(line_of_old_letters), saved_otherwise, saved_twice),
)


def torn(format: str, raw: bytes, chance: random.Random, first: Mutation) -> bytes:
    """A file after one mutation or some; of a workbook mostly one of its members."""
    if format == "xlsx" and chance.random() < 0.8:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
            hit = chance.choice([name for name in old.namelist() if "sheet" in name or "shared" in name or "book" in name])
            for name in old.namelist():
                new.writestr(name, torn("", old.read(name), chance, first) if name == hit else old.read(name))
        return out.getvalue()
    for mutation in (first, *chance.choices(MUTATIONS, k=chance.choice([0, 0, 0, 1, 5]))):
        raw = mutation(raw, chance) or b"x"
    return raw


# -- what becomes of them -------------------------------------------------------


def outcome(file: InboxFile, topics: Topics) -> Iterator[bytes]:
    """In the box: the account of a file, and all its cells as they were read."""
    staged = stage_file(file, LATEST, b"k" * 32, topics)
    cells = read_records(file.path, file.source).frame.drop("row_number").rows()
    fates = [staged.good.height, staged.refused.height, staged.not_selected]
    yield json.dumps({"rows": staged.rows, "fates": fates, "cells": cells}).encode()


Try = Callable[[str, bytes], dict[str, Any] | str]


@pytest.fixture
def tried(tmp_path: Path, make_source: Callable[..., Source], box: Box) -> Try:
    """What becomes of a file: its outcome, or the reason why it cannot be read. A box that dies is no reason, nor is a bug."""
    columns = "\n".join(f'{column} = "{header}"' for column, header in zip(COLUMNS, HEADERS, strict=True))
    head = 'times = ["%d/%m/%Y %H:%M", "iso", "unix"]\n'
    records = {"json": 'records = ["data", "data.in.list"]\n'}
    sources = {format: make_source(columns, format=format, head=head + records.get(format, "")) for format in FORMATS}
    topics = read_topics()

    def tried(format: str, raw: bytes) -> dict[str, Any] | str:
        path = tmp_path / f"a.{format}{'.gz' if raw.startswith(bytes.fromhex('1f8b')) else ''}"
        path.write_bytes(raw)
        file = InboxFile(path, PurePosixPath(path.name), len(raw), "", (sources[format],))
        try:
            found: dict[str, Any] = json.loads(b"".join(box.run(outcome, file, topics, size=len(raw))))
        except UnreadableError as error:
            return str(error)
        found["cells"] = [tuple(row) for row in found["cells"]]
        return found

    return tried


def check(found: dict[str, Any] | str, untouched: list[Row]) -> None:
    """The account closes or the reason names no resident, and rows that nothing happened to are there as they were written."""
    if isinstance(found, str):
        assert "Lan" not in found
        assert len(found) < 1_000
        assert not untouched, found
        return
    assert found["rows"] == sum(found["fates"])
    assert not Counter(untouched) - Counter(found["cells"])


def untouched_lines(format: str, raw: bytes) -> list[Row]:
    """Rows of a torn text whose lines are still there, where nothing gives them another meaning: a header that is another one, quotes
    that enclose lines, other letters."""
    lines = {line.removesuffix(b"\r") for line in raw.split(b"\n")}
    original = whole(format, ROWS).splitlines()
    if format == "jsonl":
        return [row for row, line in zip(ROWS, original, strict=True) if line in lines]
    quoted = sum(b'"' in line for line in lines)
    if format != "csv" or quoted > 1 or not raw.startswith(original[0] + b"\r\n"):
        return []
    return [row for row, line in zip(ROWS, original[1:], strict=True) if line in lines]


@pytest.mark.long
def test_torn_files_end_in_an_account_or_a_reason_and_their_untouched_rows_arrive(tried: Try) -> None:
    assert len(MUTATIONS) >= 17
    for format in FORMATS:
        check(tried(format, whole(format, ROWS)), ROWS)
    rows = lines = 0
    for number in range(times(230, 10_000)):
        chance = random.Random(f"torn {number}")
        format, first = FORMATS[number // len(MUTATIONS) % len(FORMATS)], MUTATIONS[number % len(MUTATIONS)]
        raw = torn(format, whole(format, ROWS, chance if chance.random() < 0.3 else None), chance, first)
        left = untouched_lines(format, raw)
        if chance.random() < 0.1 and len(raw) < 20_000:  # what is packed too well is a bomb
            raw = gzip.compress(raw)
            left, raw = (left, raw) if chance.random() < 0.5 else ([], torn("", raw, chance, first))
        try:
            found = tried(format, raw)
            check(found, left)
        except Exception as error:
            raise AssertionError(f"file {number}") from error
        rows += 0 if isinstance(found, str) else found["rows"]
        lines += len(left)
    assert rows > times(1_000, 50_000)
    assert lines > times(500, 25_000)


# -- one odd row among good ones ------------------------------------------------

ODD = (
    "",
    "=1+1",
    "@x",
    "x\u0301" * 200,
    "\u202e",
    "x" * 30_000,
    "Ã\xa0",
    "\ufffd",
    "2026-13-45",
    "99" * 300,
    "a\nb",
    'a"b',
    ";",
    "\t",
    "NULL",
)
TYPED: dict[str, tuple[Any, ...]] = {
    "xlsx": (None, True, 7, 1.5, -1e300, datetime(2026, 10, 5, 8, 30)),
    "json": (None, True, 7, 1e300, [], [1], {}, {"a": [{}]}),
    "jsonl": (None, False, -0.5, 10**400, ["x"], {"Mã": 1}),
    "parquet": (None,),
}


@pytest.mark.long
@pytest.mark.parametrize("format", FORMATS)
def test_an_odd_row_costs_itself(tried: Try, format: str) -> None:
    for number in range(times(15, 400)):
        chance = random.Random(f"odd {format} {number}")
        hit = chance.randrange(len(ROWS))
        width = chance.choice([6, 6, 6, 0, 1, 5, 7])
        odd = tuple(chance.choice([*ODD, *TYPED.get(format, ())]) if chance.random() < 0.5 else cell for cell in (*ROWS[hit], "x")[:width])
        found = tried(format, whole(format, [*ROWS[:hit], odd, *ROWS[hit + 1 :]]))
        check(found, [*ROWS[:hit], *ROWS[hit + 1 :]])
