"""Downloads: bound to the browser session, for a while, and without a live formula."""

import asyncio
import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest
import python_calamine
from starlette.applications import Starlette

from etl.language import use_language
from pages.server import door, routes, sessions, shelf
from pages.shared import downloads

SITE = Starlette(routes=routes.ROUTES, middleware=door.MIDDLEWARE)
Get = Callable[..., tuple[int, bytes, dict[str, str]]]


@pytest.fixture
def get() -> Get:
    """A browser on this machine: ``get(path, headers)`` gives status, body and headers."""

    def ask(path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        given = {"host": "localhost:8501"} | (headers or {})
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 50000),
        }
        asyncio.run(SITE(scope, receive, send))  # type: ignore[arg-type]
        answered = {key.decode(): value.decode() for key, value in sent[0]["headers"]}  # type: ignore[attr-defined]
        return int(sent[0]["status"]), b"".join(bytes(m.get("body", b"")) for m in sent[1:]), answered  # type: ignore[call-overload]

    return ask


def a_session() -> tuple[str, dict[str, str]]:
    value = sessions.new_cookie().split("=", 1)[1].split(";")[0]
    session = sessions.verified(value)
    assert session is not None
    return session, {"cookie": f"{sessions.COOKIE}={value}"}


def test_the_file_comes_to_its_own_session_only(get: Get) -> None:
    session, mine = a_session()
    _other, theirs = a_session()
    token = shelf.lay(session, "rows", "Phường, xã.csv", downloads.CSV, lambda: b"x")
    status, body, headers = get(f"/download/{token}", mine)
    assert (status, body) == (200, b"x")
    assert "filename*=UTF-8''Ph%C6%B0%E1%BB%9Dng%2C%20x%C3%A3.csv" in headers["content-disposition"]
    assert headers["cache-control"] == "no-store"
    assert get(f"/download/{token}", theirs)[0] == 404
    assert get(f"/download/{token}")[0] == 404
    assert get(f"/download/{token}", {"cookie": f"{sessions.COOKIE}={session}.{'0' * 64}"})[0] == 404
    assert get("/download/nothing", mine)[0] == 404


def test_a_link_ends_after_a_quarter_of_an_hour_unused(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(shelf, "CLOCK", lambda: now)
    session, mine = a_session()
    token = shelf.lay(session, "rows", "a.csv", downloads.CSV, lambda: b"x")
    now += shelf.IDLE_SECONDS - 1
    assert get(f"/download/{token}", mine)[0] == 200
    now += shelf.IDLE_SECONDS + 1
    assert get(f"/download/{token}", mine)[0] == 404


def test_what_cannot_be_made_is_a_number_and_a_sentence(get: Get, caplog: pytest.LogCaptureFixture) -> None:
    session, mine = a_session()

    def fail() -> bytes:
        use_language("en")  # as whoever asked for the file speaks
        raise FileNotFoundError("/snapshots/000001 is gone")

    status, body, _headers = get(f"/download/{shelf.lay(session, 'rows', 'a.pdf', 'application/pdf', fail)}", mine)
    number = re.findall("[0-9a-f]{8}", body.decode())[0]
    assert (status, body.decode().partition(" here.")[0]) == (500, "Something went wrong")
    assert "gone" not in body.decode()
    assert f"error {number}" in caplog.text
    assert "is gone" in caplog.text


def test_one_session_cannot_fill_the_memory() -> None:
    session, _mine = a_session()
    tokens = [shelf.lay(session, str(i), "a.csv", downloads.CSV, lambda: b"x") for i in range(shelf.PER_SESSION + 5)]
    assert sum(shelf.fetch(token, session) is not None for token in tokens) == shelf.PER_SESSION


BODIES = (
    *("1+1", "SUM(A1:A9)", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")'),
    *('WEBSERVICE("http://x")', 'IMPORTXML("http://x","//a")', "Z1", 'x,"y"'),
)
LEADS = ("", " ", "\u00a0", "\ufeff", "\u200b", "'", "\t", "\r")
TRIGGERS = [lead + sign + body for lead in LEADS for sign in "=+-@＝＋－＠" for body in BODIES]
"""What a spreadsheet may run when it opens a file."""


def test_five_hundred_formulas_are_plain_in_every_column_of_a_csv_and_come_back() -> None:
    assert len(TRIGGERS) >= 500
    frame = pl.DataFrame({"a": TRIGGERS, "b": TRIGGERS[::-1], TRIGGERS[0]: "x"})
    header, *rows = csv.reader(io.StringIO(downloads.csv_bytes(frame).decode("utf-8-sig"), newline=""))
    cells = [*header, *(cell for row in rows for cell in row)]
    assert not [cell for cell in cells if cell.strip(" \u00a0\ufeff\u200b\t\r")[0] in "=+-@＝＋－＠"]
    assert [[cell.removeprefix("'") for cell in row] for row in [header, *rows]] == [list(frame.columns), *map(list, frame.rows())]


def test_they_are_text_in_a_workbook() -> None:
    content = downloads.xlsx_bytes(pl.DataFrame({"a": TRIGGERS}))
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in read[1:]] == TRIGGERS
    assert_nothing_lives(content)


def assert_nothing_lives(workbook: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        xml = b"".join(archive.read(name) for name in archive.namelist())
    assert b"<f>" not in xml
    assert b"<hyperlink" not in xml


def test_csv_has_a_mark_for_vietnamese_excel() -> None:
    frame = pl.DataFrame({"Phường": ["Hoàn Kiếm"], "n": [3]})
    assert downloads.csv_bytes(frame) == b"\xef\xbb\xbf" + "Phường,n\r\nHoàn Kiếm,3\r\n".encode()


def test_xlsx_holds_text_as_text_numbers_as_numbers_and_no_link() -> None:
    frame = pl.DataFrame(
        {
            "text": [*TRIGGERS[:4], "https://example.org", "01"],
            "share": [0.5, float("nan"), None, 1.0, 2.0, 3.0],
            "day": [date(2026, 10, 31)] * 6,
            "at": [datetime(2026, 10, 31, 1, tzinfo=UTC)] * 6,
        }
    )
    content = downloads.xlsx_bytes(frame)
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["text", "share", "day", "at"]
    assert [row[0] for row in rows[1:]] == [*TRIGGERS[:4], "https://example.org", "01"]
    assert rows[1][1:] == [0.5, date(2026, 10, 31), datetime(2026, 10, 31, 8)]
    assert rows[2][1] == ""
    assert_nothing_lives(content)


def test_a_file_name_leads_nowhere() -> None:
    assert downloads._file_name("../a:b\n", ".csv") == "a b.csv"
    assert downloads._file_name("", ".csv") == "langnghe.csv"
