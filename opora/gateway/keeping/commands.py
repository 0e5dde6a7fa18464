"""`opora record`: what a person may ask of the ledger about one ended session: keep it longer, or erase what was typed.

There is no third act: a record itself is never deleted, changed or kept for less than was agreed.
"""

import asyncio
from datetime import UTC, date, datetime, time
from typing import Any

from opora.gateway.settings import Settings
from opora.gateway.sockets import Gone, Refused, ask

PATIENCE = 30.0


def keep(settings: Settings, session: str, *, until: str, by: str) -> tuple[str, int]:
    """Keep a record at least to the end of that day (UTC); returns words for people and the exit code."""
    try:
        last = datetime.combine(date.fromisoformat(until), time(23, 59, 59), UTC)
    except ValueError:
        return f"{until!r} is no day; write it like 2040-12-31", 2
    asked = {"do": "extend", "session": session, "until": int(last.timestamp()) * 1_000_000_000, "by": by}
    return _asked(settings, asked, f"The record of {session} is kept until {until} at least.")


def erase_input(settings: Settings, session: str, *, by: str, why: str) -> tuple[str, int]:
    """Destroy the keys to what was typed in a session; returns words for people and the exit code."""
    asked = {"do": "erase", "session": session, "by": by, "why": why}
    done = "The keys here to what was typed are destroyed; the record stays. Bundles given away before still hold them."
    return _asked(settings, asked, done)


def _asked(settings: Settings, message: dict[str, Any], done: str) -> tuple[str, int]:
    try:
        asyncio.run(ask(settings.socket("ledger"), message, seconds=PATIENCE))
    except (Refused, Gone) as trouble:
        return str(trouble), 1
    return done, 0
