"""What the tests of pages share: a page opened as a browser would, past the menu, on the versions a test has made."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from streamlit.testing.v1 import AppTest

from etl.language import use_language
from pages.shared import commands, standing

OpenPage = Callable[..., AppTest]
FIRST = "service/overview.py"
"""The page that opens without a name in the address."""
Answers = dict[str, tuple[int, dict[str, Any] | None, list[str]]]
"""Of each command of the loader: exit code, document, lines said."""
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

    def run(file: str, /, **parameters: str) -> AppTest:
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


# Stands in for the loader: says what it was asked, takes steps, prints JSON, ends as told.
LOADER = """
import json, os, sys
answers = json.loads(open(os.environ["ANSWERS"]).read())
code, document, said = answers.get(sys.argv[1], [0, {}, []])
for line in said:
    print(line, file=sys.stderr, flush=True)
with open(os.environ["ANSWERS"] + ".log", "a") as log:
    print(json.dumps([sys.argv[1:], os.environ["LANGNGHE_LANGUAGE"]]), file=log)
if document is not None:
    print(json.dumps(document))
sys.exit(code)
"""


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    commands.forget()
    standing._kept.clear()
    standing._failed.clear()
    yield
    commands.forget()
    standing._kept.clear()
    standing._failed.clear()


@pytest.fixture
def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], Callable[[], list[Any]]]:
    """``loader(answers)`` puts a stand-in in the loader's place; what it returns lists what was asked of it."""
    script, answers = tmp_path / "loader.py", tmp_path / "answers"
    script.write_text(LOADER)
    monkeypatch.setattr(commands, "PROGRAM", (sys.executable, str(script)))
    monkeypatch.setenv("ANSWERS", str(answers))
    monkeypatch.setenv("LANGNGHE_HOME", str(tmp_path))
    monkeypatch.setenv("LANGNGHE_INBOX", str(tmp_path / "inbox"))
    monkeypatch.delenv("LANGNGHE_DATABASE_URL", raising=False)
    (tmp_path / "record.sqlite").write_bytes(b"a record")

    def tell(given: Answers) -> Callable[[], list[Any]]:
        answers.write_text(json.dumps(given))
        log = tmp_path / "answers.log"
        return lambda: [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    return tell


ROOT = Path(__file__).parent.parent.parent
CHROMIUM = os.environ.get("LANGNGHE_TEST_BROWSER", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of a server that nobody has opened a page of."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LANGNGHE_", "STREAMLIT_"))}
    environment |= {"LANGNGHE_HOME": str(tmp_path), "LANGNGHE_INBOX": str(tmp_path / "inbox"), "LANGNGHE_PORT": str(port)}
    log = (tmp_path / "server.log").open("w")
    process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stdout=log, stderr=log)
    end = time.monotonic() + 90
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            break
        except OSError:
            assert process.poll() is None, (tmp_path / "server.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.1)
        finally:
            connection.close()
    yield f"http://localhost:{port}"
    process.terminate()
    process.wait(timeout=30)
    log.close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()
