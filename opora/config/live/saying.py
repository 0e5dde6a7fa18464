"""What pages of watched work ask and say, read and worded for the gateway: a letter, and facts as JSON.

Nothing of it is believed: who says it is the desk's word, and whatever is not understood to the last sign is refused.
"""

import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

LONGEST_SAID = 64 << 10
"""Bytes of one message of a page."""
WRONG, MAY_NOT = 4400, 4403
"""Why a page is let go that says what nobody may, or what it may not."""

Scope = MutableMapping[str, Any]


class Watcher(Protocol):
    """Somebody who may watch: `id` as `contact:5`, `kind` as the record names it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def may_steer(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Watch:
    """A page that looks on, from frame `start`; `late`: it may be painted from a later place, and told the past beside."""

    session: str
    start: int
    late: bool = False
    past: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """A page that types. `page` names the page itself, so that it finds its own session again."""

    ticket: str
    host: str
    cols: int
    rows: int
    page: str = ""


def of_watcher(said: bytes, watcher: Watcher) -> bytes | int:
    """Return the message for the gateway, signed with who says it; or why the page is let go."""
    letter = said[:1]
    if letter not in {b"B", b"D", b"Q"} or len(said) > LONGEST_SAID:
        return WRONG
    if letter != b"B" and not watcher.may_steer:
        return MAY_NOT
    try:
        told = json.loads(said[1:])
        if letter == b"B":
            facts: dict[str, Any] = {"visible": told["visible"] is True}
        elif letter == b"Q":
            facts = {"text": _text(told["text"], 2000), "by": _by(watcher)}
        elif told["do"] not in {"pause", "resume", "stop"}:
            return WRONG
        else:
            facts = {"do": told["do"], "why": _text(told.get("why", ""), 500), "by": _by(watcher)}
    except (ValueError, KeyError, TypeError, RecursionError):
        return WRONG
    return letter + _json(facts)


def of_typist(said: bytes) -> bytes | int:
    """Return the message for the gateway: what was typed, or the size of the screen; or why the page is let go."""
    if len(said) > LONGEST_SAID:
        return WRONG
    if said[:1] == b"I":
        return said
    if said[:1] != b"Z":
        return WRONG
    try:
        told = json.loads(said[1:])
        return b"Z" + _json({"cols": _side(told["cols"]), "rows": _side(told["rows"])})
    except (ValueError, KeyError, TypeError, RecursionError):
        return WRONG


def asked_by(scope: Scope) -> Watch | Terminal | None:
    """Return what the address asks for; None for no such place."""
    parts = [unquote(part) for part in scope["path"].split("/")[1:]]
    query = parse_qs(scope["query_string"].decode("latin-1"))
    told = {name: int(values[0]) for name, values in query.items() if values[0].isdecimal() and len(values[0]) < 16}
    if parts[:2] == ["live", "work"] and len(parts) == 3 and _is_session(parts[2]):
        past = (told["past"], told["until"]) if "past" in told and "until" in told else None
        return Watch(parts[2], told.get("from", 0), told.get("late") == 1, past)
    if parts[:2] == ["live", "terminal"] and len(parts) == 4 and all(0 < len(part) < 200 for part in parts):
        page = query.get("page", [""])[0]
        sides = _side(told.get("cols", 80)), _side(told.get("rows", 24))
        return Terminal(parts[2], parts[3], *sides, page if _is_session(page) else "")
    return None


def _is_session(name: str) -> bool:
    return len(name) == 32 and all(letter in "0123456789abcdef" for letter in name)


def hello_of_watcher(asked: Watch, who: Watcher) -> bytes:
    """Return the first message to the gateway for a page that looks on."""
    facts: dict[str, Any] = {"session": asked.session, "from": asked.start, "viewer": _by(who)}
    if asked.late:
        facts["late"] = True
    if asked.past is not None:
        facts["past"] = list(asked.past)
    return b"W" + _json(facts)


def hello_of_typist(asked: Terminal, staff: int) -> bytes:
    """Return the first message to the gateway for a page that types."""
    facts: dict[str, Any] = {
        "staff": staff,
        "ticket": asked.ticket,
        "host": asked.host,
        "cols": asked.cols,
        "rows": asked.rows,
    }
    return b"T" + _json(facts | ({"page": asked.page} if asked.page else {}))


def _by(who: Watcher) -> dict[str, str]:
    return {"id": who.id, "name": who.name, "kind": who.kind}


def _side(number: Any) -> int:
    if type(number) is not int:
        raise ValueError("columns and rows are whole numbers")
    return min(max(number, 2), 1000)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("no text, or too long")
    value.encode()  # half of a sign is none
    return value


def _json(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
