"""Documentation is tested like code: what it names exists, and what exists is named."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")])
DOCS = [path for path in DOCS if not path.is_relative_to(ROOT / "data" / "home")]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_every_promise_names_tests_that_exist():
    rows = re.findall(r"^\| *([A-Z]\d*) *\|.*?\|(.*?)\|.*\|$", (ROOT / "docs" / "PROMISES.md").read_text(), re.MULTILINE)
    promised = {name for name, _tests in rows}
    families = {"L": 14, "S": 11, "P": 6, "J": 8, "V": 7}
    assert promised == {f"{family}{i}" for family, count in families.items() for i in range(1, count + 1)} | {"F"}
    for promise, tests in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert named or "open" in tests, f"{promise} names no test and is not open"
        for file, test in named:
            assert re.search(rf"^def {test}\(", (ROOT / file).read_text(), re.MULTILINE), f"{promise} names {file}::{test}"


@pytest.mark.parametrize("module", ["etl", "metrics", "pages"])
def test_every_command_is_in_the_operations_page(module: str):
    page = (ROOT / "docs" / "operations.md").read_text()
    usage = subprocess.run([sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^    ([a-z-]+)(?: |$)", usage, re.MULTILINE))
    assert commands
    assert not [command for command in commands if f"`python -m {module} {command}" not in page]


def test_every_setting_is_in_the_operations_page():
    page = (ROOT / "docs" / "operations.md").read_text()
    source = "".join(path.read_text() for folder in ("etl", "pages") for path in (ROOT / folder).rglob("*.py"))
    for setting in set(re.findall(r"LANGNGHE_[A-Z_]+[A-Z]", source)):
        assert f"`{setting}`" in page, setting


MODULES = [path for folder in ("etl", "metrics") for path in (ROOT / folder).rglob("*.py") if path.stat().st_size]


def test_every_module_of_the_loader_and_the_metrics_says_what_it_is():
    assert not [path for path in MODULES if not path.read_text().startswith('"""')]


def test_every_module_of_the_loader_is_on_the_map():
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    loader = [path for path in MODULES if path.is_relative_to(ROOT / "etl") and not {"demo", "migrations"} & {*path.parts}]
    assert len(loader) > 80
    assert not [path for path in loader if not path.name.startswith("__") and f"{path.name}`" not in page]


def test_the_readme_shows_the_overview():
    assert (ROOT / "docs" / "overview.png").stat().st_size > 10_000
