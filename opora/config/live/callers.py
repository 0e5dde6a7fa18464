"""Who calls at the streams and the sockets: read from the request alone, nothing is looked up here."""

from collections.abc import MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Scope = MutableMapping[str, Any]


def session_key(scope: Scope) -> str:
    """The key of the caller's session, "" when it brings none."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        for name, value in scope["headers"]:
            if name == b"cookie":
                cookies.load(value.decode("latin-1"))
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


def is_own_page(scope: Scope) -> bool:
    """Whether a page of ours opens this socket. Browsers send cookies with sockets of foreign pages too (RFC 6455, 10.2)."""
    origin = header(scope, b"origin").lower()
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    told = urlsplit(origin)
    return (
        told.scheme in {"http", "https"}
        and told.netloc == header(scope, b"host").lower()
        and validate_host(told.hostname or "", settings.ALLOWED_HOSTS)
    )


def header(scope: Scope, wanted: bytes) -> str:
    """The header of this name (in small letters), "" without one."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")
