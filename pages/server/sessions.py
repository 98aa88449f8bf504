"""Browser sessions: a cookie that only this server process can have made, to which downloads are bound."""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

COOKIE = "langnghe_session"
_SECRET = secrets.token_bytes(32)


def _signature(name: str) -> str:
    return hmac.new(_SECRET, name.encode(), hashlib.sha256).hexdigest()


def new_cookie() -> str:
    """The ``Set-Cookie`` value of a new session: unreadable for scripts, never sent from other sites."""
    name = secrets.token_urlsafe(24)
    return f"{COOKIE}={name}.{_signature(name)}; Path=/; HttpOnly; SameSite=Strict"


def verified(value: str | None) -> str | None:
    """The session of a cookie's value, or None where this process did not make it."""
    name, _dot, signature = (value or "").rpartition(".")
    return name if name and hmac.compare_digest(signature.encode(), _signature(name).encode()) else None


def from_header(header: str) -> str | None:
    """The session of a ``Cookie`` header, or None."""
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return verified(morsel.value) if morsel else None


def sign(text: str) -> str:
    """A keyed digest of ``text`` that nobody outside this process can foretell."""
    return _signature("token " + text)
