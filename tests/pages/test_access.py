"""Who may open which page, by every way in: the menu, a deep link, a page run past the entry script."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import registry, scope

PAGES = Path(registry.__file__).parent.parent
ENTRIES = {entry.name: entry for entry in registry.PAGES}
OPEN = {
    "overview": {"commander", "secretary", "data_staff"},
    "wards": {"commander", "secretary", "data_staff"},
    "feedback": {"commander", "secretary", "data_staff"},
    "channels": {"commander", "secretary", "data_staff"},
    "ward": {"commander", "secretary", "data_staff"},
    "officers": {"commander", "secretary"},
    "officer": {"commander", "secretary"},
    "cases": {"commander", "secretary", "data_staff"},
    "refresh": {"data_staff"},
    "quarantine": {"data_staff"},
    "loads": {"data_staff"},
    "gate": {"data_staff"},
    "methods": {"commander", "secretary", "data_staff"},
    "quality": {"commander", "data_staff"},
    "then": {"commander", "data_staff"},
}
REFUSAL = "Trang này không mở cho vai của bạn."


@pytest.mark.parametrize("role", scope.ROLES)
@pytest.mark.parametrize("name", list(ENTRIES))
def test_a_page_opens_for_its_roles_and_for_nobody_else(
    open_page: Callable[..., AppTest], make_version: Callable[..., object], name: str, role: str
) -> None:
    make_version(interactions=[{"ward_code": "00070"}])
    page = open_page(ENTRIES[name].file, role=role)
    assert (page.title[0].value == REFUSAL) is (role not in OPEN[name])


def test_who_is_refused_can_still_choose_another_role(open_page: Callable[..., AppTest], make_version: Callable[..., object]) -> None:
    make_version(interactions=[{"ward_code": "00070"}])
    page = open_page("data/refresh.py")
    assert page.title[0].value == REFUSAL
    assert page.segmented_control(key="lang").value == "vi"
    page.selectbox(key="role").select("data_staff").run()
    assert page.title[0].value == "Sáng nay có gì mới?"


@pytest.mark.parametrize("name", list(ENTRIES))
def test_a_page_opens_before_anything_is_published(open_page: Callable[..., AppTest], name: str) -> None:
    page = open_page(ENTRIES[name].file, role=min(OPEN[name]))
    assert page.title[0].value != REFUSAL


def test_a_forged_role_is_the_least_surprising_one(open_page: Callable[..., AppTest]) -> None:
    page = open_page("data/refresh.py", role="auditor'--")
    assert page.title[0].value == REFUSAL


def test_every_page_is_registered_and_asks_first_who_is_looking() -> None:
    files = {str(path.relative_to(PAGES)) for part in ("service", "trust", "data", "admin") for path in (PAGES / part).glob("*.py")}
    assert files == {entry.file for entry in registry.PAGES}
    for entry in registry.PAGES:
        body = ast.parse((PAGES / entry.file).read_text()).body
        statements = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
        first = statements[1]  # after the page's docstring
        assert f"require('{entry.name}')" in ast.unparse(first), f"{entry.file} does something before it asks who is looking"


def test_a_page_run_past_the_entry_script_still_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_HOME", str(tmp_path))
    page = AppTest.from_file(str(PAGES / "data" / "refresh.py"), default_timeout=30).run()
    assert page.title[0].value == REFUSAL
    assert not page.button


def test_streamlit_runs_no_page_on_its_own() -> None:
    # With a folder `pages` beside the entry script a fresh server runs its files past the entry script (FACTS 1.2).
    from streamlit.runtime.pages_manager import PagesManager

    import app

    assert PagesManager.uses_pages_directory is False
    assert not (app.app.script_path.parent / "pages").exists()


def test_the_scope_follows_the_role_alone(open_page: Callable[..., AppTest], make_version: Callable[..., object]) -> None:
    from pages.shared import sources

    make_version(interactions=[{"ward_code": "00070"}, {"ward_code": "00004"}])
    page = open_page("trust/methods.py", role="secretary", wards="00070", officers_of="*")
    assert page.session_state["role"] == "secretary"
    version = sources.version()
    assert version is not None
    assert sources.first_ward(version) == frozenset({"00004"})


def test_no_page_stops_before_what_stands_under_it_is_drawn() -> None:
    stopping = {path.name for path in PAGES.rglob("*.py") if "st.stop()" in path.read_text().replace("``st.stop()``", "")}
    assert stopping == {"ending.py"}
