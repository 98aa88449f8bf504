"""Who may knock: the loopback address only, the right host and origin only; and the headers every answer leaves with."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.middleware import Middleware
from streamlit import config

from etl.errors import UserError
from etl.language import LANGUAGES, _
from etl.settings import read_settings
from pages.server import sessions
from pages.server.warming import kept_warm

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
NAME = "Lắng Nghe"

# The one hash is of Streamlit's own inline line in its start page.
POLICY = (
    "default-src 'self'; script-src 'self' 'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]

# Streamlit's counters and its door for programs are nobody's business here.
CLOSED = ("/_stcore/metrics", "/_stcore/agent")


def is_loopback(address: str) -> bool:
    """Whether an address or host name (without port) is this machine's own."""
    if address in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def own_address() -> str:
    """The address that is configured, once it is known to be this machine's own.

    Raises:
        UserError: it is not; there is no identity provider that could tell viewers apart.
    """
    for address in (os.environ.get("STREAMLIT_SERVER_ADDRESS"), config.get_option("server.address")):
        if address and not is_loopback(address):
            raise UserError(
                _(
                    "The server refuses to listen on {address}: without an identity provider it serves this machine only. Set "
                    "STREAMLIT_SERVER_ADDRESS (server.address) to 127.0.0.1.",
                    address=address,
                )
            )
    return os.environ.get("STREAMLIT_SERVER_ADDRESS") or str(config.get_option("server.address") or "127.0.0.1")


def listening_address(port: int) -> str:
    """The address to listen on, once it is known to be ours and free.

    Raises:
        UserError: the configured address is not the loopback one, or the port is taken.
    """
    address = own_address()
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError:
            raise UserError(_("Port {port} is taken: stop the other program, or set LANGNGHE_PORT to a free port.", port=port)) from None
    return address


@asynccontextmanager
async def guard(_app: object) -> AsyncIterator[dict[str, Any]]:
    """The same refusal however the server was started (``streamlit run``, another ASGI server); then rows are kept at hand."""
    own_address()
    async with kept_warm():
        yield {}


def _header(scope: Message, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _host(netloc: str) -> str:
    return urlsplit("//" + netloc).hostname or ""


def _refusal(scope: Message) -> str:
    """Why this request is not answered; empty where it is."""
    peer = (scope.get("client") or ("", 0))[0]
    if not is_loopback(peer):
        return "not from this machine"
    host = _header(scope, b"host")
    if not is_loopback(_host(host)):
        return "unknown host"
    origin = _header(scope, b"origin")
    if origin and (scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")) and urlsplit(origin).netloc != host:
        return "foreign origin"
    return ""


class Door:
    """Refuses all that does not come from this machine, for this host and from this origin."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        reason = _refusal(scope)
        if scope["type"] == "websocket":
            if reason:
                await receive()
                return await send({"type": "websocket.close", "code": 1008})
            return await self.app(scope, receive, send)
        if reason:
            return await _plain(send, 403, reason)
        if scope["path"].startswith(CLOSED):
            return await _plain(send, 404, "not found")
        return await self.app(scope, receive, send)


async def _plain(send: Send, status: int, text: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain; charset=utf-8")]})
    await send({"type": "http.response.body", "body": text.encode()})


class Headers:
    """Adds the security headers to every answer, and a session cookie where the browser has none of ours."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        # A page opened from elsewhere comes without our strict cookie although the browser has one: the page's own
        # first call (host-config) comes with it, or brings the new one.
        own = _header(scope, b"sec-fetch-site") != "cross-site"
        wanted = own and not sessions.from_header(_header(scope, b"cookie"))

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(key, value) for key, value in message["headers"] if key.lower() not in dict(HEADERS)]
                is_page = any(key.lower() == b"content-type" and value.startswith(b"text/html") for key, value in headers)
                if wanted and (is_page or scope["path"].endswith("/_stcore/host-config")):
                    headers.append((b"set-cookie", sessions.new_cookie().encode()))
                message = {**message, "headers": headers + HEADERS}
            await send(message)

        return await self.app(scope, receive, add)


class StartPage:
    """Gives Streamlit's start page the language of its address and our name; it is sent as English otherwise."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or b"text/html" not in dict(scope["headers"]).get(b"accept", b""):
            return await self.app(scope, receive, send)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
        usual = read_settings().language
        language = asked if asked in LANGUAGES else usual
        # Streamlit would compress the page before it comes here.
        scope = {**scope, "headers": [(key, value) for key, value in scope["headers"] if key != b"accept-encoding"]}
        start: Message = {}
        body = b""

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if not dict(message["headers"]).get(b"content-type", b"").startswith(b"text/html"):
                    await send(message)
            elif not dict(start["headers"]).get(b"content-type", b"").startswith(b"text/html"):
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    page = body.replace(b'<html lang="en">', f'<html lang="{language}">'.encode(), 1)
                    page = page.replace(b"<title>Streamlit</title>", f"<title>{NAME}</title>".encode(), 1)
                    script = f'<script src="/chrome.js" data-language="{usual}"></script></head>'
                    page = page.replace(b"</head>", script.encode(), 1)
                    dropped = (b"content-length", b"etag", b"last-modified")
                    headers = [(key, value) for key, value in start["headers"] if key not in dropped]
                    await send({**start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
                    await send({"type": "http.response.body", "body": page})

        return await self.app(scope, receive, rewrite)


MIDDLEWARE = [Middleware(Headers), Middleware(Door), Middleware(StartPage)]
