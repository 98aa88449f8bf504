"""No resident reaches the browser: every byte that each page of a real server sends is looked through, its downloads and logs too."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from etl.settings import ROOT
from pages.shared.registry import PAGES
from pages.shared.scope import ACCESS
from tests.etl.canaries import found, found_in, plant_sheets
from tests.numbers import times

CANARIES = times(210, 10_000)
WITH_DOWNLOAD = ("overview", "cases", "quarantine", "loads")
"""Pages that offer what they show whatever there is; others do where there are officers, channels and the like."""
STILL = """() => {
  const running = document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning";
  window.stillSince = running ? undefined : window.stillSince ?? Date.now();
  return !running && Date.now() - window.stillSince > 1000;
}"""
FETCH = "async (link) => Array.from(new Uint8Array(await (await fetch(link)).arrayBuffer()))"


def loaded(home: Path) -> None:
    """A record of residents in sheets of every shape, loaded by the program."""
    inbox, sources = home / "inbox", home / "sources"
    for folder in (inbox, sources):
        folder.mkdir()
    plant_sheets(inbox, sources, CANARIES)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANGNGHE_")}
    command = [sys.executable, "-m", "etl", "refresh", "--inbox", str(inbox), "--sources", str(sources)]
    done = subprocess.run(command, cwd=ROOT, env=environment | {"LANGNGHE_HOME": str(home)}, capture_output=True, check=True)
    assert found(done.stdout + done.stderr) == []
    shutil.rmtree(sources)


def unpacked(content: bytes) -> bytes:
    """What can be read in a file that a page offers."""
    if content.startswith(b"%PDF-"):
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).encode()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return content


class Heard:
    """All that the server says to a page."""

    def __init__(self, page: Page) -> None:
        self._frames: list[bytes] = []
        self._answers: list[Response] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._hear))
        page.on("response", lambda answer: self._answers.append(answer))  # playwright takes functions only

    def _hear(self, frame: str | bytes) -> None:
        self._frames.append(frame.encode() if isinstance(frame, str) else frame)

    def all(self) -> bytes:
        """What came since the last call: frames, and what was answered beside Streamlit's own files."""
        own = [answer for answer in self._answers if "/static/" not in answer.url and answer.ok]
        told = [part for answer in own for part in (str(answer.all_headers()).encode(), answer.body())]
        heard = b"\n".join([*self._frames, *told])
        self._frames.clear()
        self._answers.clear()
        return heard


@pytest.mark.long
def test_no_byte_of_a_resident_reaches_the_browser(site: str, browser: Browser, tmp_path: Path) -> None:
    loaded(tmp_path)
    page = browser.new_page()
    heard, everything = Heard(page), b""
    for entry in PAGES:
        role = sorted(ACCESS[entry.name])[-1 if entry.section == "data" else 0]
        page.goto(f"{site}/{entry.name}?role={role}&period=all&lang=en")
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=120_000)
        links = page.get_by_role("link", name=re.compile("CSV|XLSX|PDF"))
        if entry.name in WITH_DOWNLOAD:
            links.first.wait_for(timeout=120_000)
        page.wait_for_function(STILL, timeout=120_000)
        if entry.name == "ward":
            page.get_by_role("button", name="Monthly report").click()
            page.get_by_role("link", name="PDF").wait_for(timeout=120_000)
        files = [unpacked(bytes(page.evaluate(FETCH, link.get_attribute("href")))) for link in links.all()]
        said = b"".join([heard.all(), *files])
        assert found(said) == [], entry.name
        everything += said
    for text in ("canary-interactions-csv.csv", "Phường Láng", "What may not be concluded from it"):
        assert text.encode() in everything, "what is said is looked through as it is"
    shutil.rmtree(tmp_path / "inbox")
    assert found_in(tmp_path) == {}, "nor is it in the server's log"
