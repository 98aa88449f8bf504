"""What Python and the system say of arguments, files and JSON is in the language of whoever reads it."""

import io
import re
from pathlib import Path

import pytest

from etl.cli import main as etl
from etl.language import use_language
from etl.reading.json_text import Window
from etl.sources.inbox import UnreadableError
from metrics.cli import main as metrics

ENGLISH = re.compile(r"\b(usage|options|arguments?|invalid|choose|expected|required|unrecognized|ambiguous|show)\b", re.IGNORECASE)
WRONG = [
    [],
    ["frobnicate"],
    ["undo"],
    ["undo", "x"],
    ["undo", "1", "2"],
    ["publish", "1", "--reason"],
    ["template", "interaction", "t.xlsx"],
    ["refresh", "--json=yes"],
    ["refresh", "--a"],
]


@pytest.fixture(autouse=True)
def vietnamese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "vi")
    monkeypatch.setenv("LANGNGHE_HOME", str(tmp_path))


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_wrong_is_one_vietnamese_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert etl(arguments) == 2
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert (said.out, ENGLISH.search(line)) == ("", None)
    assert line.endswith("--help.")


def test_so_of_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert metrics(["figures"]) == 2
    assert capsys.readouterr().err == "Còn thiếu tham số: --by. Xem python -m metrics figures --help.\n"


def test_help_is_vietnamese_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        etl(["undo", "--help"])
    said = capsys.readouterr().out
    assert said.startswith("cách dùng: python -m etl undo")
    assert ENGLISH.search(said.replace("LOAD", "")) is None


def test_and_english_where_that_was_set(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "en")
    assert etl(["undo"]) == 2
    assert capsys.readouterr().err == "The following arguments are required: LOAD. See python -m etl undo --help.\n"
    use_language("vi")


def test_what_the_system_says_is_vietnamese_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = tmp_path / "nowhere"
    for arguments in (["template", "interactions", f"{nowhere}/t.xlsx"], ["quarantine", "--csv", f"{nowhere}/q.csv"]):
        assert etl(arguments) == 2
        assert capsys.readouterr().err == f"Không ghi được {arguments[-1]}: không có tệp hay thư mục này.\n"


@pytest.mark.parametrize("text", ["[", "{1: 2}", '{"a" 1}', '["a', '["\x01"]', r'["\q"]', r'["\u12"]', "nought"])
def test_and_what_is_wrong_with_json(text: str) -> None:
    use_language("vi")
    with pytest.raises(UnreadableError) as error:
        Window(io.StringIO(text)).value()
    assert "JSON" in str(error.value)
    assert re.search(r"(?i)expecting|invalid|unterminated", str(error.value)) is None
