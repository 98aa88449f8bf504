"""What is installed is what was looked at: every lock pins each library by version and hash, and the licences are listed (promise S11)."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COPYLEFT = re.compile(r"(?<!L)GPL|Affero|SSPL|Business Source", re.IGNORECASE)
TOLD = {"unidecode"}
"""Under such a licence, as ADR 8 says."""


def entries(lock: Path) -> list[str]:
    """One text per locked library: its name, version, marker and hashes."""
    return re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n?", "", lock.read_text(), flags=re.MULTILINE).strip())


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[=<>~; ]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_of_a_lock_is_pinned_by_version_and_hash(lock: Path):
    assert not [
        entry for entry in entries(lock) if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+.*\\\n", entry) or "--hash=sha256:" not in entry
    ]
    assert "://" not in lock.read_text()


def test_every_dependency_is_locked_and_its_licence_is_listed():
    dependencies, groups = PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]
    wanted = names([*dependencies, *PROJECT["project"]["optional-dependencies"]["dev"], *groups["spark"]])
    assert not wanted - names([entry for lock in LOCKS for entry in entries(lock)])
    listed = (ROOT / "docs" / "adr" / "0008-libraries.md").read_text()
    assert not [name for name in wanted if not re.search(rf"\b{name}\b", listed)]


def test_no_licence_that_would_have_to_be_ours_but_the_one_that_is_told():
    for name in names(entries(ROOT / "requirements.lock")) - TOLD:
        try:
            about = metadata(name)
        except PackageNotFoundError:  # of another system: `colorama ; sys_platform == 'win32'`
            continue
        licences = [about["License-Expression"], *(about.get_all("Classifier") or [])]
        assert not [text for text in licences if text and "GNU Lesser" not in text and COPYLEFT.search(text)], name
