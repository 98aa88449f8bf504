"""Residents who are made up to be found again: planted in logs of every shape, looked for in every byte afterwards."""

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import xlsxwriter

from etl.reading.read import read_records
from etl.sources.inbox import read_inbox
from etl.sources.source import read_sources
from etl.staging.map import map_records, with_file_name
from etl.text import nfc
from tests.etl.house import source

Rows = list[dict[str, str]]

_WORD = "chimv"
"""In every name, address and link of theirs, and nowhere else."""
_FOUND = re.compile(
    rb"(?i)chimv\S{0,9}|c\0h\0i\0m\0v\0"
    rb"|(?<![0-9a-f.])(?:0|84)[ .]?999[ .]?\d{3}[ .]?\d{3}(?![0-9a-f])"
    rb"|(?<![0-9a-f.])079099\d{6}(?![0-9a-f])"
    rb"|99Z\d?-?\d{3}\.?\d{2}"
)


def canary(number: int) -> dict[str, str]:
    """What one resident is known by: name, telephone, identity card, plate, address, profile; and a story with all of it."""
    left, right = divmod(number % 1_000_000, 1_000)
    told = {
        "name": f"Hoàng Thị Chimvàng{number}",
        "phone": (f"0999{left:03}{right:03}", f"0999 {left:03} {right:03}", f"+84999.{left:03}.{right:03}")[number % 3],
        "card": f"079099{number:06}",
        "plate": f"99Z{number % 10}-{left:03}.{right % 100:02}",
        "mail": f"chimvang{number}@example.vn",
        "profile": f"https://facebook.com/chimvang.{number}",
    }
    story = "Tôi là chị {name}, gọi {phone}, căn cước {card}, xe {plate}, thư {mail}, trang {profile}.".format(**told)
    return told | {"story": story}


def found(content: bytes) -> list[str]:
    """What of them is in some bytes, at most five."""
    return [match.group().decode(errors="replace") for match, _place in zip(_FOUND.finditer(content), range(5), strict=False)]


def found_in(folder: Path) -> dict[Path, list[str]]:
    """What of them is in the files below a folder, compressed ones included."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path: hits for path in files if (hits := [hit for content in _contents(path.read_bytes()) for hit in found(content)])}


def _contents(content: bytes) -> Iterator[bytes]:
    """The bytes of a file, and those that are packed in them."""
    yield content
    if content.startswith(b"PAR1"):
        texts = pl.read_parquet(content).select(pl.col(pl.String))
        yield "\n".join(value for column in texts for value in column.drop_nulls().unique()).encode()
    elif content.startswith(b"\x1f\x8b"):
        yield from _contents(gzip.decompress(content))
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _contents(archive.read(name))


# -- sheets of every format ------------------------------------------------------------------------------------------------------------

KINDS = ("name", "phone", "card", "plate", "mail", "profile")
TABLES = ("interactions", "feedback", "messages")


def rows_of(table: str, numbers: range) -> Rows:
    """One row for each: the resident named in one of the ways, the story as text, contacts where no source asks; each tenth is refused."""
    rows = []
    for number in numbers:
        who = canary(number)
        named = who[KINDS[number % len(KINDS)]]
        when = "soon" if number % 10 == 3 else f"2026-01-{number % 28 + 1:02} 08:{number % 60:02}"
        place = f"Phường Láng, Hà Nội, hỏi {who['phone']} hoặc {who['mail']}" if number % 4 == 1 else "Phường Láng, Hà Nội"
        own = {
            "interactions": {"interaction_id": f"c{number}", "asked_at": when, "resident": named, "topic": who["phone"]},
            "feedback": {
                "feedback_id": f"f{number}",
                "kind": "complaint",
                "received_at": when,
                "resident": named,
                "category": who["profile"],
            },
            "messages": {
                "message_id": f"m{number}",
                "thread_id": f"t{number // 2}",
                "sent_at": when,
                "author": named,
                "topic": who["card"],
            },
        }[table]
        role = {"author_role": ("resident", "officer", "page", "bot")[number % 4]} if table == "messages" else {}
        rows.append(own | role | {"ward": place, "text": who["story"], "Điện thoại": who["phone"], "ghi chú": who["story"]})
    return rows


def _as_csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode() + (",".join(rows[0].values()) + ",one,too,many\n").encode()


def _as_xlsx(rows: Rows) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, list(row.values()))
    return made.getvalue()


def _as_parquet(rows: Rows) -> bytes:
    made = io.BytesIO()
    pl.DataFrame(rows).write_parquet(made)
    return made.getvalue()


def _as_zip(rows: Rows) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.csv", _as_csv(rows))
    return made.getvalue()


SHAPES: dict[str, tuple[str, Callable[[Rows], bytes]]] = {
    "csv": ("csv", _as_csv),
    "csv.gz": ("csv", lambda rows: gzip.compress(_as_csv(rows))),
    "csv.zip": ("csv", _as_zip),
    "xlsx": ("xlsx", _as_xlsx),
    "json": ("json", lambda rows: json.dumps(rows, ensure_ascii=False).encode()),
    "jsonl": ("jsonl", lambda rows: "\n".join(json.dumps(row) for row in rows).encode()),
    "parquet": ("parquet", _as_parquet),
}
"""Ending → the source's format, and how rows are written so."""


def plant_sheets(inbox: Path, sources: Path, canaries: int) -> list[Path]:
    """Files of each table in each shape, so many residents in all of them together, and the sources that read them."""
    planted = []
    each = -(-canaries // (len(TABLES) * len(SHAPES)))
    for place, (table, ending) in enumerate((table, ending) for table in TABLES for ending in SHAPES):
        form, write = SHAPES[ending]
        name = f"canary-{table}-{ending.replace('.', '-')}"
        toml = source(name, table, glob=f"{name}.*", columns="text" if table == "interactions" else "")
        (sources / f"{name}.toml").write_text(toml.replace('format = "csv"', f'format = "{form}"'), encoding="utf-8")
        path = inbox / f"{name}.{ending}"
        path.write_bytes(write(rows_of(table, range(place * each, (place + 1) * each))))
        planted.append(path)
    return planted


# -- the samples of the shipped sources -----------------------------------------------------------------------------------------------


def plant_samples(inbox: Path, samples: Path, sources: Path, first: int) -> list[Path]:
    """The shipped samples with other residents: whatever words the sources read as resident, author or text are a canary's."""
    planted = []
    for file in read_inbox(samples, read_sources([sources])):
        content, personal = file.path.read_bytes(), _personal(file)
        for value in sorted(personal, key=len, reverse=True):
            first += 1
            who = canary(first)
            content = _exchanged(content, value, who["story" if " " in value and len(value) > 30 else "name"])
        if any(found(part) for part in _contents(content)):
            path = inbox / file.path.name
            path.write_bytes(content)
            planted.append(path)
    return planted


def _personal(file) -> set[str]:  # type: ignore[no-untyped-def]
    mapped = map_records(with_file_name(read_records(file.path, file.source), nfc(file.name)), file.source).frame
    columns = [name for name in ("resident", "author", "text") if name in mapped.columns]
    return {value for name in columns for value in mapped[name].drop_nulls() if " " in value}


def _exchanged(content: bytes, old: str, new: str) -> bytes:
    """A text for another, however the file writes it."""
    if content.startswith(b"PK"):
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(made, "w") as other:
            for name in archive.namelist():
                other.writestr(name, archive.read(name).replace(old.encode(), new.encode()))
        return made.getvalue()
    if content.startswith(b"PAR1"):
        made = io.BytesIO()
        pl.read_parquet(content).with_columns(pl.col(pl.String).replace(old, new)).write_parquet(made)
        return made.getvalue()
    garbled = tuple(text.encode().decode("latin-1") for text in (old, new))
    for was, now in ((old, new), garbled):
        for write in (lambda text: text, lambda text: json.dumps(text)[1:-1], lambda text: json.dumps(text, ensure_ascii=False)[1:-1]):
            content = content.replace(write(was).encode(), write(now).encode())
    return content
