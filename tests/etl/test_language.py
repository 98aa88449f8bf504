"""Every sentence of the loader has its Vietnamese, with the same places; and is said in the language that is set."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from etl.errors import UserError
from etl.language import LOCALE_DIR, use_language
from etl.settings import ROOT, begin

PLACE = re.compile(r"\{(\w*)\}")


def messages() -> dict[str, str]:
    """msgid → where it stands."""
    found = extract_from_dir(str(ROOT / "etl"), method_map=[("**.py", "python")], keywords={"_": None})
    return {str(message): f"{path}:{line}" for path, line, message, _comments, _context in found}


def translations() -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted((LOCALE_DIR / "vi" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            texts |= {str(entry.id): str(entry.string) for entry in read_po(file, locale="vi") if entry.id}
    return texts


def test_every_sentence_of_the_loader_is_there_in_vietnamese() -> None:
    wanted, known = messages(), translations()
    assert len(wanted) > 150
    assert {message: place for message, place in wanted.items() if not known.get(message)} == {}


def test_a_translation_has_the_places_of_its_sentence() -> None:
    known = translations()
    odd = {
        message: known[message] for message in messages() if sorted(PLACE.findall(message)) != sorted(PLACE.findall(known.get(message, "")))
    }
    assert odd == {}


@pytest.mark.parametrize("path", sorted((LOCALE_DIR / "vi" / "LC_MESSAGES").glob("*.po")), ids=lambda path: path.name)
def test_a_catalogue_says_each_sentence_once_and_is_utf8(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "charset=utf-8" in text.lower()
    ids = re.findall(r'^msgid (".+")$', text, re.MULTILINE)
    assert len(ids) == len(set(ids))


def test_no_two_catalogues_say_the_same_sentence() -> None:
    said = [line for path in LOCALE_DIR.glob("vi/LC_MESSAGES/*.po") for line in path.read_text().splitlines() if line.startswith('msgid "')]
    assert [line for line, times in Counter(said).items() if times > 1 and line != 'msgid ""'] == []


@pytest.mark.parametrize(("language", "says"), [("en", "set it to a number of days"), ("vi", "hãy đặt một số ngày")])
def test_a_wrong_setting_is_told_in_the_language_that_is_set(language: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_LANGUAGE", language)
    monkeypatch.setenv("LANGNGHE_KEEP_TEXT", "x")
    use_language("vi" if language == "en" else "en")
    with pytest.raises(UserError, match=says):
        begin()
