"""The server as a whole: who may knock, the headers of every answer, and how it refuses to begin."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from starlette.requests import Request

from pages.server import door, routes
from pages.shared import registry

ROOT = Path(__file__).parent.parent.parent
PAGE = {"Accept": "text/html", "Accept-Encoding": "gzip"}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def start(home: Path, port: int, **settings: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LANGNGHE_", "STREAMLIT_"))}
    environment |= {"LANGNGHE_HOME": str(home), "LANGNGHE_INBOX": str(home / "inbox"), "LANGNGHE_PORT": str(port)} | settings
    command = [sys.executable, str(ROOT / "app.py")]
    return subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A served application with an empty home, started from a foreign folder."""
    number = free_port()
    process = start(tmp_path_factory.mktemp("home"), number)
    wait_until_served(number, process)
    yield number
    process.terminate()
    process.communicate(timeout=30)


def wait_until_served(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 90
    while True:
        try:
            ask(port, "/healthz")
            return
        except OSError:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.1)


def ask(port: int, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_health_names_the_version(port: int) -> None:
    answer, body = ask(port, "/healthz")
    assert answer.status == 200
    assert json.loads(body) == {"status": "ok", "version": None, "as_of": None}


def test_health_tells_strangers_no_path_of_a_damaged_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LANGNGHE_SNAPSHOTS", str(tmp_path))
    (tmp_path / "current.json").write_bytes(b"{")
    answer = asyncio.run(routes.health(Request({"type": "http"})))
    assert (answer.status_code, json.loads(bytes(answer.body))) == (503, {"status": "unavailable"})
    assert f"{tmp_path}/current.json" in caplog.text


@pytest.mark.parametrize("path", ["/", "/refresh", "/healthz", "/_stcore/health", "/download/x", "/chrome.js"])
def test_every_answer_carries_the_headers(port: int, path: str) -> None:
    answer, _body = ask(port, path, PAGE)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_start_page_speaks_the_language_of_its_address(port: int) -> None:
    assert b'<html lang="vi">' in ask(port, "/wards", PAGE)[1]
    assert b'<html lang="en">' in ask(port, "/wards?lang=en", PAGE)[1]
    assert b'<html lang="vi">' in ask(port, "/wards?lang=xx", PAGE)[1]
    assert b"<title>Streamlit" not in ask(port, "/", PAGE)[1]


def test_a_session_cookie_is_given_once(port: int) -> None:
    first, _body = ask(port, "/", PAGE)
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    again, _body = ask(port, "/", PAGE | {"Cookie": cookie.split(";")[0]})
    assert "Set-Cookie" not in again.headers
    forged, _body = ask(port, "/", PAGE | {"Cookie": "langnghe_session=a.b"})
    assert "Set-Cookie" in forged.headers
    # Opened from elsewhere the strict cookie does not come along: the old one must not be replaced.
    foreign, _body = ask(port, "/", PAGE | {"Sec-Fetch-Site": "cross-site"})
    assert "Set-Cookie" not in foreign.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8501", "", "localhost.evil.example:80"])
def test_another_host_is_not_answered(port: int, host: str) -> None:
    assert ask(port, "/healthz", {"Host": host})[0].status == 403


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json"])
def test_doors_for_programs_are_closed(port: int, path: str) -> None:
    assert ask(port, path)[0].status == 404


@pytest.mark.parametrize(
    ("origin", "opens"), [("http://localhost:{port}", True), ("http://evil.example", False), ("http://localhost:1", False)]
)
def test_only_its_own_origin_opens_a_socket(port: int, origin: str, opens: bool) -> None:
    headers = {
        "Host": f"localhost:{port}",
        "Origin": origin.format(port=port),
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    }
    # An open socket has no body to wait for.
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    assert status == (101 if opens else 403)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        process = start(tmp_path, number)
        said = process.communicate(timeout=90)
    assert process.returncode == 2
    assert said == ("", f"Cổng {number} đang được dùng: hãy tắt chương trình kia hoặc đặt LANGNGHE_PORT thành một cổng còn trống.\n")


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}, "0.0.0.0"),
        ({"STREAMLIT_SERVER_ADDRESS": "::"}, "::"),
        ({"LANGNGHE_PORT": "http"}, "LANGNGHE_PORT"),
    ],
)
def test_it_refuses_to_begin_in_one_sentence(tmp_path: Path, settings: dict[str, str], word: str) -> None:
    process = start(tmp_path, free_port(), **settings)
    out, errors = process.communicate(timeout=90)
    assert process.returncode == 2
    assert out == ""
    assert word in errors
    assert errors.count("\n") == 1


def test_it_stops_without_a_word(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path, port)
    wait_until_served(port, process)
    process.send_signal(signal.SIGINT)
    _out, errors = process.communicate(timeout=90)
    assert (process.returncode, "Traceback" in errors) == (0, False)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback(address: str) -> None:
    assert door.is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.1", "localhost.evil", "", "127.0.0.1.evil"])
def test_not_loopback(address: str) -> None:
    assert not door.is_loopback(address)


def test_a_client_from_elsewhere_is_refused() -> None:
    scope = {"type": "http", "method": "GET", "headers": [(b"host", b"localhost")], "client": ("10.0.0.7", 1)}
    assert door._refusal(scope)
    assert not door._refusal(scope | {"client": ("127.0.0.1", 1)})


def test_the_first_page_answers_to_its_name_too(port: int) -> None:
    answer, _body = ask(port, "/overview?lang=en&period=7d")
    assert (answer.status, answer.getheader("location")) == (307, "/?lang=en&period=7d")
    assert registry.PAGES[0].name == routes.FIRST_PAGE
