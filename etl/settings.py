"""The LANGNGHE_* settings, read once from the environment and obeyed by every command and page."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from etl.errors import UserError
from etl.language import LANGUAGES, _, use_language

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
REFERENCE = DATA / "reference"
_IN_MEMORY = re.compile(r"sqlite[^:]*:/*(?::memory:|[?]|$)|sqlite.*[?&]mode=memory")
"""An SQLite database that lives no longer than its connection."""
DEFINITIONS = DATA / "definitions.json"
"""Metric → version → digest of what that version computes; kept by hand, held by tests."""


@dataclass(frozen=True)
class Settings:
    """Where things lie and how to speak. All paths are absolute."""

    home: Path
    """Record, desk, snapshots and key (LANGNGHE_HOME)."""
    database_url: str
    """SQLAlchemy URL of the record (LANGNGHE_DATABASE_URL): SQLite or PostgreSQL."""
    snapshots: Path
    """Folder of published versions (LANGNGHE_SNAPSHOTS)."""
    targets: Path
    """Deadlines per topic and urgency (LANGNGHE_TARGETS)."""
    inbox: Path
    """Where files are dropped (LANGNGHE_INBOX)."""
    language: str
    """vi or en (LANGNGHE_LANGUAGE)."""
    port: int
    """Port on the loopback address (LANGNGHE_PORT)."""
    keep_text: int = 0
    """Days that redacted texts are kept (LANGNGHE_KEEP_TEXT); 0: none is."""


def begin() -> Settings:
    """The settings of a program that begins. It speaks their language from here on: of a setting that is wrong, too.

    Raises:
        UserError: a setting has a value that cannot be; the sentence names it.
    """
    use_language(_read_language(os.environ))
    return read_settings()


def _read_language(environment: Mapping[str, str]) -> str:
    language = environment.get("LANGNGHE_LANGUAGE", "").strip() or "vi"
    if language not in LANGUAGES:
        raise UserError(_("LANGNGHE_LANGUAGE is {value}: set it to vi or en.", value=repr(language)))
    return language


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        UserError: a setting has a value that cannot be; the sentence names it.
    """

    def value(name: str, default: str) -> str:
        return environment.get(name, "").strip() or default

    language = _read_language(environment)
    port = value("LANGNGHE_PORT", "8501")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UserError(_("LANGNGHE_PORT is {value}: set it to a number from 1 to 65535.", value=repr(port)))
    days = value("LANGNGHE_KEEP_TEXT", "0")
    if not (days.isascii() and days.isdigit() and int(days) <= 36_500):
        raise UserError(_("LANGNGHE_KEEP_TEXT is {value}: set it to a number of days, or leave it out.", value=repr(days)))
    home = Path(value("LANGNGHE_HOME", str(DATA / "home"))).expanduser().absolute()
    url = value("LANGNGHE_DATABASE_URL", sqlite_in(home))
    if not url.startswith(("sqlite:", "sqlite+", "postgresql:", "postgresql+", "postgres:")):
        raise UserError(
            _("LANGNGHE_DATABASE_URL must start with sqlite: or postgresql: (it starts with {value}).", value=url.split(":")[0])
        )
    if _IN_MEMORY.match(url):
        raise UserError(_("LANGNGHE_DATABASE_URL is {value}, which names no file: the record would be lost with each command.", value=url))
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            url = "postgresql+psycopg://" + url.removeprefix(plain)
    return Settings(
        home=home,
        database_url=url,
        snapshots=Path(value("LANGNGHE_SNAPSHOTS", str(home / "snapshots"))).expanduser().absolute(),
        targets=Path(value("LANGNGHE_TARGETS", str(DATA / "targets.toml"))).expanduser().absolute(),
        inbox=Path(value("LANGNGHE_INBOX", str(DATA / "inbox"))).expanduser().absolute(),
        language=language,
        port=int(port),
        keep_text=int(days),
    )


def sqlite_in(home: Path) -> str:
    """The URL of a home's own record."""
    return f"sqlite:///{quote(str(home / 'record.sqlite'))}"
