"""V5: pages at full size in Chromium, on a server that is warm; each question asked is new to it."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright
from results import Result
from running import ROOT

CHROMIUM = os.environ.get("LANGNGHE_TEST_BROWSER", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
WAIT = 60_000
PAGES_CHANGED = 2
"""Of so many pages, the menu's first, every list of filters is changed."""
SETTLED = 1_000
"""Milliseconds in which a click has begun its run."""
ROLES = ("commander", "secretary", "data_staff")
UNFINISHED = "[data-stale=true], [data-testid=stSkeleton]"
WATCH = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  window.took = new Promise((done) => {
    let began = null, ran = false, ended = null, drawn = null;
    const drawing = new MutationObserver(() => { drawn = performance.now(); });
    drawing.observe(document.body, { childList: true, subtree: true });  // the list itself closes outside the page
    document.addEventListener("click", () => { if (!ran) began = performance.now(); }, true);
    const look = () => {
      const running = app.dataset.testScriptState !== "notRunning" || document.querySelector(UNFINISHED);
      if (running) { ran = true; ended = null; }
      else if (ran && ended === null) ended = performance.now();
      if (ended !== null && performance.now() - ended > 150) { watcher.disconnect(); done(ended - began); }
      else if (!ran && drawn > began && performance.now() - drawn > 1000) done(drawn - began);
      else requestAnimationFrame(look);
    };
    setTimeout(() => done(null), 30000);
    const watcher = new MutationObserver(() => { if (app.dataset.testScriptState !== "notRunning") ran = true; });
    watcher.observe(app, { attributes: true });
    look();
  });
}""".replace("UNFINISHED", repr(UNFINISHED))
"""From a click to the moment when the run that it started has ended and nothing stale is shown, in milliseconds; where it was over before
its state could be seen, until the last thing was drawn."""
STILL = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  const still = app && app.dataset.testScriptState === "notRunning" && document.querySelector("h1");
  return still && !document.querySelector(UNFINISHED);
}""".replace("UNFINISHED", repr(UNFINISHED))


def pages(home: Path, folder: Path) -> list[Result]:
    """Seconds of a first load, of every page of every role, and of filter changes."""
    with _server(home, folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        first = browser.new_page(viewport={"width": 1366, "height": 768}, locale="vi-VN")
        began = time.perf_counter()
        first.goto(address)
        _still(first)
        opened = time.perf_counter() - began
        found: dict[str, float] = {}
        changes: list[float] = []
        for role in ROLES:
            page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="vi-VN")
            page.goto(f"{address}/?role={role}")
            _still(page)
            _walk(page)
            for number in range(PAGES_CHANGED):
                _links(page, 0).nth(number).click()
                page.wait_for_timeout(SETTLED)
                _still(page)
                changes += _change_filters(page)
            found |= {f"{role}, {name}": seconds for name, seconds in _walk(page).items()}
        browser.close()
    slowest = max(found, key=lambda name: found[name])
    for name, seconds in sorted(found.items(), key=lambda pair: -pair[1]):
        print(f"{seconds:7.3f} s  {name}")
    return [
        Result("V5", "first load of a page, on a server that nobody has asked", opened, most=3),
        Result("V5", f"the slowest of {len(found)} pages, warm ({slowest})", found[slowest], most=1),
        Result("V5", f"a filter change, median of {len(changes)}", statistics.median(changes), most=0.3),
        Result("V5", "a filter change, the slowest", max(changes), most=0.5),
    ]


def _still(page: Page) -> None:
    page.wait_for_function(STILL, timeout=WAIT)


def _took(page: Page) -> float:
    """Seconds from the last click."""
    milliseconds = page.evaluate("() => window.took")
    if milliseconds is None:
        raise RuntimeError(f"nothing ran, or it never ended: {page.url}")
    return float(milliseconds) / 1000


def _walk(page: Page) -> dict[str, float]:
    """Open every page of the menu; what the filters say stays."""
    found = {}
    sections = page.get_by_test_id("stTopNavSection")
    for section in range(sections.count()):
        links = _links(page, section)
        names = links.all_inner_texts()
        page.keyboard.press("Escape")
        for number, name in enumerate(names):
            link = _links(page, section).nth(number)
            page.evaluate(WATCH)
            link.click()
            found[name] = _took(page)
    return found


def _links(page: Page, section: int) -> Locator:
    """The pages of one section of the menu, opened."""
    page.get_by_test_id("stTopNavSection").nth(section).click()
    links = page.get_by_test_id("stTopNavDropdownLink")
    links.first.wait_for()
    return links


def _change_filters(page: Page) -> list[float]:
    """Choose, on the page at hand, one after the other what each list of filters offers next."""
    found = []
    lists = page.get_by_test_id("stSidebarUserContent").get_by_test_id("stSelectbox")
    for number in range(lists.count() - 1):  # the last one is the role
        for option in (1, 2, 3):
            lists.nth(number).locator("input").click()
            choices = page.get_by_role("option")
            choices.first.wait_for()
            # What is chosen already, on the page before, would start nothing.
            if choices.count() <= option or choices.nth(option).get_attribute("aria-selected") == "true":
                page.keyboard.press("Escape")
                continue
            page.evaluate(WATCH)
            choices.nth(option).click()
            found.append(_took(page))
    return found


@contextmanager
def _server(home: Path, folder: Path) -> Iterator[str]:
    """A fresh server of the home, ready to answer."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(os.environ.get("BENCH_PORT", "0")) or trial.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LANGNGHE_", "STREAMLIT_"))}
    environment |= {"LANGNGHE_HOME": str(home), "LANGNGHE_PORT": str(port)}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stdout=log, stderr=log)
        try:
            end = time.monotonic() + 90
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((folder / "server.log").read_text())
                time.sleep(0.1)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
