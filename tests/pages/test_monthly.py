"""The button of the monthly report: the command line's file for who looks, made when it is asked for."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest

from etl.language import use_language
from metrics.scope import Scope
from pages.report import command
from pages.server import shelf
from pages.shared import monthly, scope

AS_OF = datetime(2026, 3, 2, 3, tzinfo=UTC)
ASKED = datetime(2026, 2, 10, 2, tzinfo=UTC)
CASES = [
    {"ward_code": ward, "officer_id": f"o{ward}", "asked_at": at, "answered_at": at + timedelta(hours=1)}
    for ward in ("A", "B")
    for at in (ASKED, ASKED - timedelta(days=40))
]
WARDS = [{"ward_code": "A", "name": "Phường An"}, {"ward_code": "B", "name": "Phường Bình"}]


def offered(page: Any) -> dict[str, shelf.Parcel]:
    """The report's files as the page's links lead to them, by file name."""
    links = [element.proto.url for element in page.get("link_button")]
    parcels = [shelf.fetch(link.removeprefix("/download/"), "a browser") for link in links]
    return {parcel.file_name: parcel for parcel in parcels if parcel and "2026-" in parcel.file_name}


@pytest.mark.parametrize(("role", "language"), [("secretary", "vi"), ("commander", "en")])
def test_the_links_lead_to_the_command_lines_file(make_version, open_page, tmp_path: Path, monkeypatch, role, language):
    make_version(interactions=CASES, wards=WARDS, as_of=AS_OF)
    files = offered(open_page("service/ward.py", ward="B", role=role, lang=language))
    assert sorted(files) == ["Phường Bình 2026-02.pdf", "Phường Bình 2026-02.xlsx"], "the last month that is over"
    monkeypatch.setenv("LANGNGHE_LANGUAGE", language)
    for ending, parcel in zip((".pdf", ".xlsx"), (files[name] for name in sorted(files)), strict=True):
        path = tmp_path / f"a{ending}"
        assert command.main(["report", "--ward", "B", "--month", "2026-02", "--output", str(path)]) == 0
        use_language("vi" if language == "en" else "en")  # as a thread that fetches may speak
        assert parcel.build() == path.read_bytes()


def test_nothing_is_computed_before_it_is_asked_for(make_version, open_page, monkeypatch):
    make_version(interactions=CASES, wards=WARDS, as_of=AS_OF)
    asked: list[object] = []
    monkeypatch.setattr(monthly, "ask", lambda *given: asked.append(given) or pytest.fail("asked"))
    page = open_page("service/ward.py", ward="A")
    assert len(offered(page)) == 2
    page.selectbox(key="report month").set_value(datetime(2026, 1, 1).date()).run()
    assert sorted(offered(page)) == ["Phường An 2026-01.pdf", "Phường An 2026-01.xlsx"]
    assert not asked


def test_an_officers_report_is_offered_to_who_may_see_the_officer(make_version, open_page):
    officers = [{"officer_id": f"o{ward}", "name": f"Lê Thị {ward}"} for ward in ("A", "B")]
    make_version(interactions=CASES, wards=WARDS, officers=officers, as_of=AS_OF)
    assert len(offered(open_page("service/officer.py", officer="oB", role="commander"))) == 2
    assert len(offered(open_page("service/officer.py", officer="oA", role="secretary"))) == 2
    assert not offered(open_page("service/officer.py", officer="oB", role="secretary"))


def test_the_file_holds_what_who_looks_may_see(make_version, open_page):
    elsewhere = [case | {"officer_id": "oA"} for case in CASES]
    make_version(interactions=elsewhere, wards=WARDS, officers=[{"officer_id": "oA", "name": "Lê Thị A"}], as_of=AS_OF)
    files = [offered(open_page("service/officer.py", officer="oA", role=role)) for role in ("secretary", "commander")]
    paper = [next(parcel for name, parcel in found.items() if name.endswith(".pdf")).build() for found in files]
    said = [pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text() for content in paper]
    assert ["đã trả lời 1 lượt" in said[0], "đã trả lời 2 lượt" in said[1]] == [True, True]


def test_two_roles_in_one_browser_never_share_a_link(make_version, open_page):
    make_version(interactions=CASES, wards=WARDS, as_of=AS_OF)
    links = [
        {e.proto.url for e in open_page("service/ward.py", ward="A", role=role).get("link_button")} for role in ("secretary", "commander")
    ]
    assert links[0]
    assert not links[0] & links[1]


def test_nor_do_two_viewers_of_one_role(make_version, open_page, monkeypatch):
    make_version(interactions=CASES, wards=WARDS, as_of=AS_OF)
    links = []
    for who in ("one", "other"):
        viewer = Scope(who=who, role="commander", officers_of=None, cases_of=None)
        monkeypatch.setattr(scope, "viewer", lambda viewer=viewer: viewer)
        links.append({element.proto.url for element in open_page("service/ward.py", ward="A").get("link_button")})
    files = [shelf.fetch(link.removeprefix("/download/"), "a browser") for link in links[0] & links[1]]
    assert not [file.file_name for file in files if file and "2026-" in file.file_name]
    assert len(links[0]) == len(links[1]) > len(files)
