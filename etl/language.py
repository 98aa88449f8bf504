"""The language in which people are spoken to: Vietnamese first, English beside it (gettext catalogues).

Message ids are English sentences with named places; ``data/locale/LANG/LC_MESSAGES/PACKAGE.po`` holds the translations.
"""

import io
import sys
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LANGUAGES = ("vi", "en")
LOCALE_DIR = Path(__file__).parent.parent / "data" / "locale"

_language: ContextVar[str] = ContextVar("language", default="vi")


def use_language(language: str) -> None:
    """Speak ``language`` (one of LANGUAGES) from here on, in this thread or task only."""
    _language.set(language)


def current_language() -> str:
    """The language in use: one of LANGUAGES."""
    return _language.get()


@cache
def _catalogue(language: str) -> NullTranslations:
    """All catalogues of one language, one file a package, as one."""
    merged = NullTranslations()
    for path in sorted((LOCALE_DIR / language / "LC_MESSAGES").glob("*.po")):
        from babel.messages.mofile import write_mo  # only where a translation is needed: a tenth of a second
        from babel.messages.pofile import read_po

        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        merged.add_fallback(GNUTranslations(compiled))
    return merged


@cache
def _translated(language: str, message: str) -> str:
    """One message in one language: a table asks for the same few thousands of times, and the catalogues stand one behind another."""
    return _catalogue(language).gettext(message)


def _(message: str, /, **values: object) -> str:
    """``message`` in the language in use, its named places filled with ``values``."""
    text = _translated(_language.get(), message)
    return text.format(**values) if values else text


def speak_utf8() -> None:
    """Print every letter, whatever letters the terminal's locale has: what is not a letter at all, as of a file's name, by its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def reason_of(error: OSError) -> str:
    """What the system says went wrong, in the language in use where a catalogue has it."""
    return _(str(error.strerror or error))
