"""What the tests of pages share: a page opened as a browser would, past the menu, on the versions a test has made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from etl.language import use_language

OpenPage = Callable[..., AppTest]
FIRST = "service/overview.py"
"""The page that opens without a name in the address."""
ENTRY = Path(__file__).parent.parent.parent / "pages" / "frame.py"


@pytest.fixture(autouse=True)
def _vietnamese() -> None:
    """Each test begins in Vietnamese, whatever the one before spoke."""
    use_language("vi")


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """A factory: ``open_page("service/wards.py", lang="en", ...)`` runs the page with these parameters in its address."""
    monkeypatch.setenv("LANGNGHE_LANGUAGE", "vi")
    monkeypatch.delenv("LANGNGHE_SNAPSHOTS", raising=False)
    monkeypatch.setattr("pages.server.sessions.verified", lambda _cookie: "a browser")

    def run(file: str, **parameters: str) -> AppTest:
        page = AppTest.from_file(str(ENTRY), default_timeout=30)
        if file != FIRST:
            # The menu must have been drawn once before a page can be opened by its file; not yet with the test's data.
            monkeypatch.setenv("LANGNGHE_HOME", str(tmp_path / "nothing yet"))
            page.run().switch_page(file)
        monkeypatch.setenv("LANGNGHE_HOME", str(tmp_path))
        for name, value in parameters.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        return page

    return run


@pytest.fixture
def charts() -> Callable[[AppTest], list[dict[str, Any]]]:
    """The plotly figures of a page, in its order."""
    return lambda page: [json.loads(element.proto.spec) for element in page.get("plotly_chart")]
