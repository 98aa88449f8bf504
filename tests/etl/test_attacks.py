"""Files that attack: each is refused with a reason in the user's language, and nothing else of the load suffers."""

import gzip
import io
import json
import os
import statistics
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from etl import readers
from etl.box import Box
from etl.language import current_language, use_language
from etl.reference.topics import read_topics
from etl.sources.inbox import read_inbox
from etl.sources.source import read_sources
from tests.etl.house import House, at, case, sheet, source

SECONDS = 5
"""Of the processor, that half of all attacks may take at most."""
FORMATS = ("csv", "xlsx", "json", "jsonl", "parquet")
GOOD = sheet([case(number) for number in range(20)])
ATTACKS: dict[str, Callable[[Path], object]] = {}
Attack = Callable[[Path], object]


def attack(name: str) -> Callable[[Attack], Attack]:
    """A file of that name that attacks."""

    def known(made: Attack) -> Attack:
        assert name not in ATTACKS
        ATTACKS[name] = made
        return made

    return known


# -- archives -------------------------------------------------------------------


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return out.getvalue()


@attack("ratio.csv.gz")
def _(path: Path) -> object:
    return path.write_bytes(gzip.compress(b"a" * 20_000_000))


@attack("ratio.csv.zip")
def _(path: Path) -> object:
    return path.write_bytes(zipped({"a.csv": b"a" * 20_000_000}))


@attack("twice-packed.csv.gz")
def _(path: Path) -> object:
    return path.write_bytes(gzip.compress(gzip.compress(GOOD.encode())))


@attack("nested.csv.zip")
def _(path: Path) -> object:
    return path.write_bytes(zipped({"nested.csv": zipped({"nested.csv": zipped({"a.csv": GOOD.encode()})})}))


@attack("several.csv.zip")
def _(path: Path) -> object:
    return path.write_bytes(zipped({f"{number}.csv": b"" for number in range(20_000)}, zipfile.ZIP_STORED))


@attack("out-of-it.csv.zip")
def _(path: Path) -> object:
    return path.write_bytes(zipped({"../../../out.csv": GOOD.encode()}))


@attack("locked.csv.zip")
def _(path: Path) -> object:
    raw = bytearray(zipped({"a.csv": GOOD.encode()}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return path.write_bytes(raw)


# -- workbooks ------------------------------------------------------------------


def workbook(**changed: bytes) -> dict[str, bytes]:
    """The members of a workbook that would load, with some of them changed."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        written = book.add_worksheet()
        for number, line in enumerate(GOOD.splitlines()):
            written.write_row(number, 0, line.split(","))
    with zipfile.ZipFile(out) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return members | {f"xl/{'worksheets/' if name == 'sheet1' else ''}{name}.xml": raw for name, raw in changed.items()}


def rows(xml: str, before: str = "") -> bytes:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f'<?xml version="1.0"?>{before}<worksheet {space}><sheetData>{xml}</sheetData></worksheet>'.encode()


CORNERS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
LAUGHS = "<!DOCTYPE l [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{i + 1} '{f'&a{i};' * 10}'>" for i in range(9)) + "]>"
OUTSIDE = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"


@attack("ratio.xlsx")
def _(path: Path) -> object:
    return path.write_bytes(zipped(workbook(sheet1=rows(" " * 20_000_000))))


@attack("members.xlsx")
def _(path: Path) -> object:
    return path.write_bytes(zipped(workbook() | {f"xl/media/{number}": b"" for number in range(300)}))


@attack("total.xlsx")
def _(path: Path) -> object:
    """Says that it unpacks to 400 MB, at a ratio that may be."""
    raw = bytearray(zipped(workbook() | {"xl/media/1": bytes(5_000_000)}, zipfile.ZIP_STORED))
    entry = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, entry + 24, 400_000_000)
    return path.write_bytes(raw)


@attack("corners.xlsx")
def _(path: Path) -> object:
    return path.write_bytes(zipped(workbook(sheet1=rows(CORNERS))))


@attack("corners-behind-a-lie.xlsx")
def _(path: Path) -> object:
    """Whoever believes the sizes that the archive states sees a harmless beginning of the sheet, and its checksum."""
    whole = rows('<row r="1"><c r="A1"><v>1</v></c></row>' + " " * 2_000 + CORNERS)
    raw, shown = bytearray(zipped(workbook(sheet1=whole))), whole[:1_000]
    entry = raw.rindex(b"PK\x01\x02", 0, raw.rindex(b"xl/worksheets/sheet1.xml"))
    struct.pack_into("<I", raw, entry + 16, zlib.crc32(shown))
    struct.pack_into("<I", raw, entry + 24, len(shown))
    return path.write_bytes(raw)


@attack("laughs.xlsx")
def _(path: Path) -> object:
    return path.write_bytes(zipped(workbook(sheet1=rows('<row r="1"><c r="A1" t="str"><v>&a9;</v></c></row>', LAUGHS))))


@attack("outside.xlsx")
def _(path: Path) -> object:
    return path.write_bytes(zipped(workbook(sheet1=rows('<row r="1"><c r="A1" t="str"><v>&e;</v></c></row>', OUTSIDE))))


@attack("locked.xlsx")
def _(path: Path) -> object:
    return path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4_000))


@attack("cut-off.xlsx")
def _(path: Path) -> object:
    raw = zipped(workbook())
    return path.write_bytes(raw[: len(raw) // 2])


# -- text -----------------------------------------------------------------------


@attack("null-bytes.csv")
def _(path: Path) -> object:
    return path.write_bytes(bytes(1_000_000))


@attack("one-line.csv")
def _(path: Path) -> object:
    return path.write_bytes(b"x" * (1 << 24))


@attack("one-quote.csv")
def _(path: Path) -> object:
    return path.write_bytes(b'"' + b"x\n" * (1 << 20))


@attack("columns.csv")
def _(path: Path) -> object:
    return path.write_text("\n".join(",".join(f"{sign}{i}" for i in range(10_000)) for sign in "hx"))


@attack("accents.csv")
def _(path: Path) -> object:
    return path.write_text("a" + "\u0301\u0323" * 400 + "," + "\u0301\u0323" * 200_000 + "\n1,2\n")


@attack("accents.jsonl")
def _(path: Path) -> object:
    return path.write_text(json.dumps({"a" + "\u0301\u0323" * 400_000: 1, "b": 2}, ensure_ascii=False) + "\n")


@attack("deep.json")
def _(path: Path) -> object:
    return path.write_text('[{"interaction_id": ' + "[" * 1_000_000)


@attack("one-record.json")
def _(path: Path) -> object:
    return path.write_text('[{"interaction_id": "' + "x" * (1 << 24))


# -- Parquet --------------------------------------------------------------------


@attack("footer.parquet")
def _(path: Path) -> object:
    return path.write_bytes(b"PAR1" + bytes(20_000_000) + struct.pack("<I", 19_000_000) + b"PAR1")


@attack("deep-footer.parquet")
def _(path: Path) -> object:
    return path.write_bytes(b"PAR1" + b"\x1c" * 1_000_000 + struct.pack("<I", 1_000_000) + b"PAR1")


@attack("dictionary.parquet")
def _(path: Path) -> object:
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), pa.array(["x" * 1_000_000]))
    return parquet.write_table(pa.table({"interaction_id": long, "asked_at": ["2026-01-05"] * 5_000}), path)


@attack("cells.parquet")
def _(path: Path) -> object:
    """Ninety million cells of one value take no room in a file."""
    once = pa.RunEndEncodedArray.from_arrays([1_000_000], ["2026-01-05"])
    text = pa.compute.run_end_decode(once).dictionary_encode()
    table = pa.table(dict.fromkeys(("interaction_id", "asked_at", "ward", "text"), text))
    with parquet.ParquetWriter(path, table.schema) as writer:
        for _group in range(30):
            writer.write_table(table)
    return None


# -- names, links, pipes --------------------------------------------------------


@attack("link.csv")
def _(path: Path) -> object:
    return path.symlink_to("/dev/zero")


@attack("pipe.csv")
def _(path: Path) -> object:
    return os.mkfifo(path)


@attack("turned\u202evsc.csv")
def _(path: Path) -> object:
    return path.write_text(GOOD)


@attack("cursor\x1b[2Jup.csv")
def _(path: Path) -> object:
    return path.write_text(GOOD)


@attack("pipe-as-manifest.csv")
def _(path: Path) -> object:
    os.mkfifo(path.with_name(f"{path.name}.manifest.toml"))
    return path.write_text(GOOD)


@attack("deep-manifest.csv")
def _(path: Path) -> object:
    path.with_name(f"{path.name}.manifest.toml").write_text("rows = " + "[" * 9_000)
    return path.write_text(GOOD)


@attack("endless-manifest.csv")
def _(path: Path) -> object:
    path.with_name(f"{path.name}.manifest.toml").symlink_to("/dev/zero")
    return path.write_text(GOOD)


# -------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def vietnamese() -> Iterator[None]:
    before = current_language()
    yield
    use_language(before)


def besieged(house: House) -> None:
    """All attacks in one inbox, and a good file at either end."""
    for written in FORMATS:
        text = source(written, glob=f"*.{written}").replace('format = "csv"', f'format = "{written}"')
        (house.sources / f"{written}.toml").write_text(text)
    (house.sources / "log.toml").unlink()
    for name, make in ATTACKS.items():
        make(house.inbox / name)
    house.drop("00-first.csv", GOOD)
    house.drop("zz-last.csv.zip", zipped({"last/last.csv": sheet([case(f"z{number}") for number in range(5)]).encode()}))
    use_language("vi")


def test_every_attack_is_refused_with_a_reason_and_costs_nothing_else(house: House) -> None:
    besieged(house)
    report = house.refresh(as_of=at("2026-03-01 00:00"))
    files = {file["path"]: file for file in report["files"]}
    assert len(files) == len(ATTACKS) + 2
    for path in ("00-first.csv", "zz-last.csv.zip"):
        assert files.pop(path)["skipped"] is None
    assert {path: file["skipped"] for path, file in files.items() if file["skipped"] != "unreadable"} == {}
    assert [path for path, file in files.items() if file["reason"].isascii() or "root:" in file["reason"]] == []
    assert house.table("interactions").height == 25
    assert report["gate"]["passed"]
    assert not [line for line in house.said if not line.isprintable()]
    assert not list(house.folder.rglob("out.csv"))


def test_half_of_the_attacks_are_refused_within_seconds(house: House, box: Box) -> None:
    besieged(house)
    files = [file for file in read_inbox(house.inbox, read_sources([house.sources])) if not file.trouble]
    spent = {}
    for file in files:
        process, before = box.process_id, _spent(box)
        readers.read_file(file, at("2026-03-01 00:00"), b"k" * 32, read_topics(), box)
        # What a process took that had to be ended nobody knows: it counts as far too much.
        spent[file.path.name] = _spent(box) - before if box.process_id == process and box.is_alive else 1_000.0
    assert statistics.median(spent.values()) < SECONDS, spent


def _spent(box: Box) -> float:
    """Seconds of the processor that a box has used."""
    if not box.is_alive:
        return 0.0
    fields = (Path("/proc") / str(box.process_id) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
