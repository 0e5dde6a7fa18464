"""Decisions of sign-in: how long to pause after wrong guesses, which one-time number is right now, what a device is called.

Pure: no database, no clock, no Django.
"""

import hashlib
import hmac
import re
import struct
from datetime import datetime, timedelta

FORGOTTEN_AFTER = timedelta(hours=24)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
FREE_TRIES = {"account": 4, "address": 20, "code_account": 3, "code_address": 20}

CODE_DIGITS = 6
CODE_LIVES = timedelta(minutes=10)
CODE_TRIES = 5

TOTP_STEP_SECONDS = 30
TOTP_DIGITS = 6
TOTP_LEEWAY_STEPS = 1

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("YaBrowser", "Yandex Browser"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def pause_after(failures: int, kind: str) -> timedelta:
    """How long nobody may try again after so many failures in a row: nothing at first, then twice as long each time."""
    over = failures - FREE_TRIES[kind]
    if over <= 0:
        return timedelta(0)
    return min(FIRST_PAUSE * int(2 ** min(over - 1, 20)), LONGEST_PAUSE)


def hotp(secret: bytes, counter: int) -> str:
    """The one-time number for a counter (RFC 4226 section 5.3, SHA-1, six digits)."""
    digest = hmac.new(secret, struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**TOTP_DIGITS).zfill(TOTP_DIGITS)


def totp_step(at: datetime) -> int:
    """The number of the half-minute since 1970 in which the moment lies (RFC 6238 section 4.2)."""
    return int(at.timestamp()) // TOTP_STEP_SECONDS


def matching_step(secret: bytes, number: str, *, at: datetime, after: int) -> int | None:
    """The step whose number was typed, one half-minute of leeway each way; None for a wrong or already used one.

    Steps up to `after` are used up: a number is good once (RFC 6238 section 5.2).
    """
    present = totp_step(at)
    found = None
    for step in range(present - TOTP_LEEWAY_STEPS, present + TOTP_LEEWAY_STEPS + 1):
        if hmac.compare_digest(hotp(secret, step), number) and step > after and found is None:
            found = step
    return found


def digits_of(typed: str) -> str:
    """What was typed without spaces and dashes; at most 12 characters, for nothing longer can be right."""
    return re.sub(r"[\s\-–—]", "", typed)[:12]


def recovery_code_of(typed: str) -> str:
    """A recovery code as it is kept: small letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", typed.lower())[:40]


def device_words(user_agent: str) -> str:
    """A short name for a browser, "Firefox, Windows" for one; an empty string when nothing is known."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    if not browser and "Safari" in user_agent:
        browser = "Safari"
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or user_agent.strip()[:60]
