"""The monthly report: the command line's rows on paper and in sheets, for whom they are, and what is never in it."""

import io
import json
import re
import unicodedata
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pypdf
import pytest
import python_calamine

from etl.errors import UserError
from etl.language import use_language
from metrics import cli
from metrics.catalogue import BY_NAME
from metrics.scope import Scope
from metrics.wording import interval, metric_name
from pages.report import asked, command, files
from pages.shared import wording

AS_OF = datetime(2026, 3, 2, 3, tzinfo=UTC)
ASKED = datetime(2026, 2, 10, 2, tzinfo=UTC)
MONTH, BEFORE = ("--from", "2026-02-01", "--to", "2026-02-28"), ("--from", "2026-01-01", "--to", "2026-01-31")


def cases(ward: str, number: int, late: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Cases of one ward with a deadline of a day, answered within the hour but for ``late`` of them."""
    answered = [{"answered_at": ASKED + timedelta(days=2 if index < late else 0, hours=1)} for index in range(number)]
    return [
        {"ward_code": ward, "asked_at": ASKED, "answer_due": ASKED + timedelta(days=1), "topic": "theft", **more} | each
        for each in answered
    ]


SIX = [row for place, ward in enumerate("ABCDEF") for row in cases(ward, 40, late=4 * place, officer_id=f"o{ward}")]
EARLIER = [row | {"asked_at": datetime(2025, 12, 31, 18, tzinfo=UTC)} for row in cases("A", 12, officer_id="oA")]
WARDS = [{"ward_code": "A", "name": "Phường Ấp Hạ"}, *({"ward_code": ward} for ward in "BCDEF")]
OFFICERS = [{"officer_id": f"o{ward}", "name": f"Lê Thị {ward}", "badge": f"1-{ward}"} for ward in "ABCDEF"]
FEEDBACK = [{"ward_code": "A", "officer_id": "oA", "kind": "complaint", "received_at": ASKED}]


@pytest.fixture
def published(make_version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANGNGHE_SNAPSHOTS", str(tmp_path / "snapshots"))
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "vi")
    return make_version(interactions=[*SIX, *EARLIER], feedback=FEEDBACK, wards=WARDS, officers=OFFICERS, as_of=AS_OF)


def written(path: Path, *more: str, whose: tuple[str, str] = ("--ward", "A")) -> bytes:
    assert command.main(["report", *whose, "--month", "2026-02", "--output", str(path), *more]) == 0
    use_language("vi")
    return path.read_bytes()


def text_of(content: bytes) -> str:
    """All that a reader finds in a PDF file, cell after cell, a space between words and cells."""
    return flat(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages))


def flat(text: str) -> str:
    return " ".join(text.split())


def rows_of(capsys: pytest.CaptureFixture[str], by: str, unit: str, month: tuple[str, ...] = MONTH) -> dict[str, dict[str, Any]]:
    """What ``metrics figures`` answers for the month, by metric."""
    capsys.readouterr()
    assert cli.main(["figures", "--by", by, *month, "--json"]) == 0
    return {row["metric"]: row for row in json.loads(capsys.readouterr().out)["rows"] if row["unit"] == unit}


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("by", "unit"), [("ward", "A"), ("officer", "oB")])
def test_the_paper_holds_the_command_lines_rows(tmp_path, capsys, by, unit):
    text = text_of(written(tmp_path / "a.pdf", whose=(f"--{by}", unit)))
    table = text[text.index("Số liệu của tháng") : text.index("Chủ đề và kênh trong tháng")]
    rows, before, whole = rows_of(capsys, by, unit), rows_of(capsys, by, unit, BEFORE), rows_of(capsys, "all", "all")
    overdue = wording.number(rows["overdue_open"]["value"])
    assert (f"{overdue} lượt trong số này" if rows["overdue_open"]["value"] else "không lượt nào trong số này") in text
    for metric in rows if by == "ward" else asked.OFFICER:
        row, kind = rows[metric], BY_NAME[metric].kind
        cells = [metric_name(metric), wording.value(kind, row["value"], row["note"]), interval(kind, row["lower"], row["upper"])]
        cells.append(wording.NONE if kind == "count" else wording.number(row["denominator"]))
        for beside in (before[metric], whole[metric]):
            cells.append(wording.value(kind, beside["value"], beside["note"]))
            cells += [] if kind == "count" else [f"n = {wording.number(beside['denominator'])}"]
        assert flat(" ".join(cells)) in table


@pytest.mark.usefixtures("published")
def test_the_sheet_holds_the_command_lines_rows_as_numbers(tmp_path, capsys):
    content = written(tmp_path / "a.xlsx")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    heads, *lines = book.get_sheet_by_name("Số liệu trong tháng").to_python()
    rows = rows_of(capsys, "ward", "A")
    assert [line[heads.index("Mã")] for line in lines] == list(rows)
    columns = {"Giá trị": "value", "95 % từ": "lower", "Tử số": "numerator", "n": "denominator", "Mong đợi, số lượt": "expected"}
    columns |= {"Đã hiệu chỉnh": "adjusted", "Ước lượng ổn định": "shrunk", "Thứ hạng từ": "rank_low", "Thứ hạng đến": "rank_high"}
    for line, row in zip(lines, rows.values(), strict=True):
        for head, name in columns.items():
            assert line[heads.index(head)] == ("" if row[name] is None else pytest.approx(row[name], rel=1e-14)), (row["metric"], name)
    assert any(row["rank_low"] for row in rows.values())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    line = 2 + list(rows).index("on_time")
    styled = {head: f'<c r="{chr(65 + heads.index(head))}{line}" s=' in sheet for head in ("Giá trị", "Mong đợi, số lượt")}
    assert styled == {"Giá trị": True, "Mong đợi, số lượt": False}, "a share is written in hundreds, a number of cases is not"


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("ending", [".pdf", ".xlsx"])
def test_the_same_version_gives_the_same_bytes(tmp_path, ending, monkeypatch):
    first = written(tmp_path / f"a{ending}")
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert written(tmp_path / f"b{ending}", "--version", "v001") == first
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "en")
    assert written(tmp_path / f"b{ending}") != first


def test_the_file_is_of_its_language_and_date_and_its_words_are_found(published, tmp_path):
    content = written(tmp_path / "a.pdf")
    paper = pypdf.PdfReader(io.BytesIO(content))
    assert (paper.metadata.title, paper.root_object["/Lang"]) == ("Báo cáo tháng 02/2026: Phường Ấp Hạ", "vi")
    assert paper.metadata.creation_date == published.as_of
    text = text_of(content)
    assert unicodedata.is_normalized("NFC", text)
    for words in ("Phường Ấp Hạ", "Trả lời đúng hạn", "như mong đợi", "phiên bản v001", "trang 1/", "không được kết luận từ báo cáo này"):
        assert words in text, words
    fonts = [font.get_object() for page in paper.pages for font in page["/Resources"]["/Font"].values()]
    assert all("/FontFile2" in font["/FontDescriptor"] and "/ToUnicode" in font for font in fonts)


@pytest.mark.usefixtures("published")
def test_an_officer_has_no_place_no_alarm_and_of_complaints_only_those_upheld(tmp_path):
    text = text_of(written(tmp_path / "a.pdf", whose=("--officer", "oA")))
    assert "Lê Thị A" in text
    assert "1-A" in text
    assert "Khoảng thứ hạng" not in text
    assert "Dải nhạt" not in text
    assert "Lời phê bình trên 1.000" not in text
    ward = text_of(written(tmp_path / "b.pdf"))
    assert "Khoảng thứ hạng" in ward
    assert "Dải nhạt" in ward


def test_a_secretary_gets_no_report_of_an_officer_elsewhere(published):
    scope = Scope(who="s", role="secretary", officers_of=frozenset("A"), cases_of=frozenset("A"))
    month = asked.month_of("2026-02", published)
    assert asked.ask(published, scope, asked.Subject("officer", "oA"), month).name == "Lê Thị A"
    assert asked.ask(published, scope, asked.Subject("ward", "B"), month).now.height
    with pytest.raises(UserError, match="--officer oB") as refused:
        asked.ask(published, scope, asked.Subject("officer", "oB"), month)
    assert "Lê Thị B" not in str(refused.value)


def test_the_month_before_stands_beside_only_where_the_data_reach_back(make_version, published, tmp_path):
    report = asked.ask(published, command.COMMAND_LINE, asked.Subject("ward", "A"), asked.month_of("2026-02", published))
    assert report.before.filter(pl.col("metric") == "received")["from"].to_list() == [date(2026, 1, 1)]
    assert [first for first, _last in report.months] == [date(2026, 1, 1), date(2026, 2, 1)]
    half_a_month = SIX[0] | {"asked_at": datetime(2026, 1, 15, tzinfo=UTC)}
    later = make_version(interactions=[*SIX, half_a_month], wards=WARDS, as_of=datetime(2026, 2, 20, tzinfo=UTC))
    report = asked.ask(later, command.COMMAND_LINE, asked.Subject("ward", "A"), asked.month_of("2026-02", later))
    assert report.before.is_empty()
    text = text_of(written(tmp_path / "a.pdf"))
    assert "Dữ liệu không có trọn tháng trước." in text
    assert "tạm tính" in text
    assert "Rỗng: tháng chưa kết thúc." in text


@pytest.mark.usefixtures("published")
def test_a_ward_without_a_case_says_so(make_version, tmp_path):
    posted = [{"officer_id": "o9", "ward_code": "Z", "starts_on": date(2025, 1, 1)}]
    make_version(interactions=SIX, wards=[*WARDS, {"ward_code": "Z", "name": "Xã Vắng"}], postings=posted, as_of=AS_OF)
    text = text_of(written(tmp_path / "a.pdf", whose=("--ward", "Z")))
    assert "Trả lời đúng hạn: chưa có dữ liệu, n = 0" in text
    assert "Chủ đề: tháng này không có lượt nào." in text


@pytest.mark.usefixtures("published")
def test_a_hostile_name_stays_text(make_version, tmp_path):
    name = '=HYPERLINK("http://x.example") <a href="http://x.example">&amp;</a><img src="x"/>'
    wards = [{"ward_code": "A", "name": name}]
    make_version(
        interactions=cases("A", 20, topic=name, channel_id="c"), wards=wards, channels=[{"channel_id": "c", "name": name}], as_of=AS_OF
    )
    content = written(tmp_path / "a.pdf")
    assert re.sub(r"\s+", "", text_of(content)).count(re.sub(r"\s+", "", name)) >= 3
    assert not any("/Annots" in page for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    with zipfile.ZipFile(io.BytesIO(written(tmp_path / "a.xlsx"))) as archive:
        xml = b"".join(archive.read(member) for member in archive.namelist())
    assert b"HYPERLINK" in xml
    assert b"<f>" not in xml
    assert b"<hyperlink" not in xml


@pytest.mark.usefixtures("published")
def test_a_name_longer_than_a_page_goes_on_on_the_next(make_version, tmp_path):
    channel = {"channel_id": "c", "name": "thậtdài " * 2_000}
    make_version(interactions=cases("A", 20, channel_id="c"), wards=WARDS, channels=[channel], as_of=AS_OF)
    assert text_of(written(tmp_path / "a.pdf")).count("thậtdài") == 2_000


WRONG = [
    (("--ward", "A1"), "2026-02", "a.pdf", "--ward A1: không có; có phải ý bạn là A (Phường Ấp Hạ)?"),
    (("--ward", "Phường Ấp H"), "2026-02", "a.pdf", "A (Phường Ấp Hạ)?"),
    (("--ward", "unknown"), "2026-02", "a.pdf", "--ward unknown: không có"),
    (("--officer", "someone"), "2026-02", "a.pdf", "python -m metrics figures --by officer liệt kê tất cả"),
    (("--ward", "A"), "2026-13", "a.pdf", "--month 2026-13 không phải là tháng"),
    (("--ward", "A"), "02/2026", "a.pdf", "không phải là tháng"),
    (("--ward", "A"), "2026-04", "a.pdf", "--month 2026-04 không có dữ liệu: dữ liệu có từ 2026-01 đến 2026-03."),
    (("--ward", "A"), "2025-12", "a.pdf", "không có dữ liệu"),
    (("--ward", "A"), "2026-02", "a.doc", "đuôi .pdf hoặc .xlsx"),
    (("--ward", "A"), "2026-02", "nowhere/a.pdf", "Không ghi được"),
    (("--ward", "A", "--version", "v9"), "2026-02", "a.pdf", "Không có phiên bản v9"),
    (("--ward", "A", "--officer", "oA"), "2026-02", "a.pdf", "--officer"),
    ((), "2026-02", "a.pdf", "--ward --officer"),
]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("whose", "month", "output", "sentence"), WRONG)
def test_a_wrong_argument_is_one_sentence_and_leaves_nothing(tmp_path, capsys, whose, month, output, sentence):
    before = sorted(tmp_path.iterdir())
    assert command.main(["report", *whose, "--month", month, "--output", str(tmp_path / output)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.usefixtures("published")
def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"an earlier one")

    def fail(_report: asked.Report) -> bytes:
        raise ZeroDivisionError

    def fail_to_write() -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setitem(files.MAKERS, ".pdf", fail)
        with pytest.raises(ZeroDivisionError):
            written(path)
    with monkeypatch.context() as full:
        full.setattr(Path, "replace", lambda *_given: fail_to_write())
        assert command.main(["report", "--ward", "A", "--month", "2026-02", "--output", str(path)]) == 2
    assert path.read_bytes() == b"an earlier one"
    assert written(path).startswith(b"%PDF-")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.pdf", "snapshots"]


def test_before_the_first_version(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LANGNGHE_SNAPSHOTS", str(tmp_path))
    assert command.main(["report", "--ward", "A", "--month", "2026-02", "--output", str(tmp_path / "a.pdf")]) == 2
    assert "python -m etl refresh" in capsys.readouterr().err
