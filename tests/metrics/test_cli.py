"""The command line: exit codes, one sentence for a wrong argument, and the same rows in every form."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etl.language import use_language
from metrics.cli import main
from metrics.output import DEFINITION
from tests.conftest import MakeVersion, redefine

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def published(make_version: MakeVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve cases of one ward whose name a spreadsheet might run."""
    case = {"asked_at": NOON, "answered_at": NOON + timedelta(seconds=90), "ward_code": "w1"}
    make_version(interactions=[case] * 12, wards=[{"ward_code": "w1", "name": "=1+1"}], as_of=NOON + timedelta(days=1))
    monkeypatch.setenv("LANGNGHE_SNAPSHOTS", str(tmp_path / "snapshots"))
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "en")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    use_language("vi")
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.usefixtures("published")
def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "figures", "--by", "ward", "--metric", "first_response_median", "--metric", "received", "--json")
    document = json.loads(out)
    assert (code, err, document["version"], document["as_of"]) == (0, "", "v001", "2026-03-03T05:00:00Z")
    received, median = document["rows"]
    assert (received["metric"], received["value"], received["numerator"], received["denominator"]) == ("received", 12, 12, None)
    assert (median["metric"], median["value"], median["from"], median["as_of"]) == (
        "first_response_median",
        90,
        "2026-03-02",
        "2026-03-03T05:00:00Z",
    )
    assert '"value": 90,' in out


@pytest.mark.usefixtures("published")
def test_csv_holds_the_same_rows_and_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "figures", "--by", "ward", "--format", "csv")
    _, document, _ = run(capsys, "figures", "--by", "ward", "--json")
    assert out.startswith("\ufeffunit_kind,unit,unit_name,from,to,as_of,metric,version,value,")
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert rows[0]["unit_name"] == "'=1+1"
    for printed, row in zip(rows, json.loads(document)["rows"], strict=True):
        row["unit_name"] = "'" + row["unit_name"]
        assert printed == {name: "" if value is None else str(value) for name, value in row.items()}


@pytest.mark.usefixtures("published")
def test_the_table_speaks_the_language_in_use(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run(capsys, "figures", "--by", "all", "--metric", "answered_within_1h")
    assert "100.0%" in out
    assert "75.8–100.0%" in out
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "vi")
    _, out, _ = run(capsys, "figures", "--by", "all", "--metric", "answered_within_1h")
    assert "75,8–100,0\u00a0%" in out
    assert "khoảng tin cậy 95 %" in out
    assert "Trả lời trong 1 giờ" in out
    assert "Toàn bộ" in out


@pytest.mark.usefixtures("published")
def test_every_filter_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    plain = ["figures", "--by", "all", "--metric", "received", "--json"]
    nothing = [
        ["--from", "2026-03-03"],
        ["--to", "2026-03-01"],
        ["--ward", "w2"],
        ["--topic", "theft"],
        ["--platform", "hotline"],
        ["--wards", "then", "--ward", "w2"],
    ]
    for more, value in [([], 12), (["--ward", "w1", "--ward", "w2", "--topic", "unknown", "--version", "v001", "--engine", "polars"], 12)]:
        assert json.loads(run(capsys, *plain, *more)[1])["rows"][0]["value"] == value
    assert json.loads(run(capsys, *plain, "--from", "0001-01-01", "--to", "9999-12-31")[1])["rows"][0]["value"] == 12
    for more in nothing:
        assert json.loads(run(capsys, *plain, *more)[1])["rows"][0]["value"] == 0, more


@pytest.mark.usefixtures("published")
def test_a_filter_that_nothing_fits_may_be_mistyped(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("figures", "--by", "all", "--metric", "received", "--json")
    code, out, err = run(capsys, *asked, "--ward", "w11", "--ward", "w1", "--topic", "x")
    assert (code, json.loads(out)["rows"][0]["value"]) == (0, 0)
    assert err == "--ward w11 does not occur in these data. Did you mean w1?\n--topic x does not occur in these data.\n"


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["figures", "--by", "wards"], "--by wards is not known: did you mean ward?"),
        (
            ["figures", "--by", "all", "--metric", "on_tim"],
            "--metric on_tim is not known: did you mean on_time? python -m metrics definitions lists them all.",
        ),
        (["figures", "--by", "all", "--metric", "zzz"], "--metric zzz is not known: python -m metrics definitions lists them all."),
        (["figures", "--by", "all", "--wards", "curent"], "--wards curent is not known: did you mean current?"),
        (["figures", "--by", "all", "--platform", "facebook"], "--platform facebook is not known: did you mean facebook_page?"),
        (["figures", "--by", "all", "--attribution", "auther"], "--attribution auther is not known: did you mean author?"),
        (["figures", "--by", "all", "--from", "1/3/2026"], "--from 1/3/2026 is no date: write it as 2026-01-31."),
        (["figures", "--by", "all", "--from", "2026-W05-6"], "--from 2026-W05-6 is no date: write it as 2026-01-31."),
        (
            ["figures", "--by", "all", "--from", "2026-03-02", "--to", "2026-03-01"],
            "--from 2026-03-02 lies after --to 2026-03-01: swap them.",
        ),
        (["figures", "--by", "all", "--engine", "sparks"], "--engine sparks is not known: did you mean spark?"),
        (["figures", "--by", "all", "--version", "v9"], "There is no version v9 in "),
        (["figures", "--by", "all", "--version", "v" * 300], "There is no version vvv"),
        (["figures", "--by", "all", "--format", "xml"], "--format xml is not known: use one of table, csv, json."),
        (["figures", "--by", "all", "--colour", "red"], "Unrecognized arguments: --colour red. See python -m metrics --help."),
        (["figures"], "The following arguments are required: --by."),
        (["course"], "Argument figures|trend|changes|definitions: invalid choice: 'course'"),
        (["trend", "--by", "officer", "--every", "week"], "--by officer is not known: use one of all, ward, channel."),
        (["trend", "--by", "all", "--every", "day"], "--every day is not known: use one of week, month."),
    ],
)
def test_a_wrong_argument_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_before_the_first_version(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_SNAPSHOTS", str(tmp_path))
    code, out, err = run(capsys, "figures", "--by", "all")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"Chưa có phiên bản nào được công bố trong {tmp_path}: hãy chạy python -m etl refresh; ")
    assert "python -m etl status" in err, "where a first load is held, that says so"


def test_definitions(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "definitions", "--json")
    metrics = json.loads(out)["metrics"]
    assert code == 0
    assert tuple(metrics[0]) == DEFINITION
    assert metrics[0]["question"] == "Có bao nhiêu lượt hỏi, phản ánh?"
    assert next(m for m in metrics if m["name"] == "praise_share")["measure"] == "share"
    code, out, _ = run(capsys, "definitions")
    assert all(metric["name"] in out for metric in metrics)


def test_start_up_loads_nothing_heavy() -> None:
    heavy = ["pandas", "streamlit", "scipy", "plotly", "sqlalchemy", "great_expectations", "vietnamadminunits"]
    code = f"import sys, metrics.cli; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.usefixtures("published")
def test_the_course_has_its_limits_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("trend", "--by", "all", "--every", "month", "--metric", "answered")
    document = json.loads(run(capsys, *arguments, "--json")[1])
    assert list(document) == ["version", "as_of", "rows"]
    keys = ["unit", "metric", "from", "to", "value", "numerator", "denominator", "centre", "lower", "upper", "rules", "provisional"]
    assert all(list(row) == keys for row in document["rows"])
    lines = run(capsys, *arguments, "--format", "csv")[1].lstrip("\ufeff").splitlines()
    assert lines[0] == ",".join(keys)
    assert len(lines) == len(document["rows"]) + 1
    assert "All together: Answered (answered)" in run(capsys, *arguments)[1]
    assert "counts have none" in run(capsys, *arguments[:-1], "received")[1]


@pytest.mark.usefixtures("published")
def test_changes(capsys: pytest.CaptureFixture[str], make_version: MakeVersion, tmp_path: Path) -> None:
    case = {"asked_at": NOON, "answered_at": NOON + timedelta(seconds=90), "ward_code": "w1"}
    make_version(interactions=[case] * 13, as_of=NOON + timedelta(days=1))
    asked = ("changes", "--by", "ward", "--since", "v001", "--metric", "received")
    code, out, _ = run(capsys, *asked, "--json")
    (row,) = json.loads(out)["rows"]
    assert (code, row["value_before"], row["value_after"]) == (0, 12, 13)
    assert row["moves"] == [{"reason": "late", "numerator": 1, "denominator": None}]
    assert run(capsys, *asked, "--format", "csv")[1].endswith("late:+1\r\n")
    told = run(capsys, *asked)[1].splitlines()
    assert [line.split() for line in told[4:6]] == [["Questions", "received", "12", "13"], ["why:", "logged", "late", "+1"]]
    assert run(capsys, "changes", "--by", "ward", "--since", "v002")[1].endswith("\n\nNo figure moved.\n")
    assert run(capsys, "changes", "--by", "ward", "--since", "v009")[0] == 2
    redefine(tmp_path / "snapshots" / "v001", received=2)
    (row,) = json.loads(run(capsys, *asked, "--json")[1])["rows"]
    assert [row[name] for name in ("version_before", "version_after", "value_before", "value_after")] == [2, 1, None, 13]
    assert row["moves"] == [{"reason": "definition", "numerator": None, "denominator": None}]
    assert run(capsys, *asked, "--format", "csv")[1].endswith("definition\r\n")
    assert "why: the figure itself is defined otherwise since\n" in run(capsys, *asked)[1]
