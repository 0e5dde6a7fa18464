"""Reads settings from the environment; the one place where `os.environ` is looked at for them.

A secret may come from a file: NAME_FILE points to it. Never logs a value.
"""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


class BadSetting(ValueError):
    """A setting holds what cannot be understood; the text names it and says what is expected."""


def text(name: str, default: str = "") -> str:
    """The value of NAME with surrounding space removed, or the default when unset or empty."""
    return os.environ.get(name, "").strip() or default


def switch(name: str, *, default: bool = False) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off. Raises BadSetting for anything else."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number within [least, most]. Raises BadSetting."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise BadSetting(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated words, empty ones dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed words, in any case. Raises BadSetting."""
    value = text(name, default)
    found = next((word for word in allowed if word.lower() == value.lower()), None)
    if found is None:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return found


def zone(name: str, default: str) -> str:
    """The name of a time zone. Raises BadSetting."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError) as error:
        raise BadSetting(f"{name} must be a time zone such as Europe/Moscow, not {value!r}.") from error
    return value


def site(name: str, default: str) -> str:
    """A web address without the last slash. Raises BadSetting."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSetting(f"{name} must look like https://desk.example, not {value!r}.")
    return value


def mailbox(name: str, default: str) -> str:
    """A mail address, in small letters. Raises BadSetting."""
    value = text(name, default).lower()
    local, _, domain = value.partition("@")
    if not local or not domain or "@" in domain or set(value) & set(" <>,;"):
        raise BadSetting(f"{name} must look like support@desk.example, not {value!r}.")
    return value


def mail_server(name: str) -> str:
    """Where letters go out, or nothing. A secret: its value is never shown. Raises BadSetting."""
    value = secret(name)
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"smtp", "smtp+starttls", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if value and not known:
        raise BadSetting(f"{name} must look like smtp://host:25, smtp+starttls://… or smtps://….")
    return value


def networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Comma-separated addresses and networks. Raises BadSetting."""
    try:
        return [ip_network(word) for word in words(name, default)]
    except ValueError as error:
        raise BadSetting(f"{name} must hold addresses or networks such as 10.0.0.0/8: {error}.") from error


def secret(name: str) -> str:
    """The value of NAME, or the content of the file that NAME_FILE names. Raises BadSetting for a broken path."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{name}_FILE: cannot read {path}: {error.strerror}.") from error


def address(name: str, default: str) -> tuple[str, int]:
    """A `host:port` pair. Raises BadSetting."""
    value = text(name, default)
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise BadSetting(f"{name} must look like 127.0.0.1:8480, not {value!r}.")
    return host.strip("[]"), int(port)
