"""Small pieces of markup made in code, because lists make hundreds of them: icons, clocks, states, people.

Pure but for translation; every text that comes in is escaped here.
"""

import functools
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language, gettext, pgettext

from opora.desk.web.components import assets

SOON = timedelta(minutes=30)
STATE_ICONS: Mapping[str, str] = {
    "new": "circle-dashed",
    "open": "circle-half-2",
    "waiting_confirmation": "shield-question",
    "waiting_customer": "clock-pause",
    "waiting_vendor": "hourglass",
    "resolved": "circle-check",
    "closed": "circle-x",
    "merged": "git-merge",
}
PRIORITY_ICONS: Mapping[str, str] = {"low": "priority-low", "medium": "priority-medium", "high": "alert-triangle"}
CLOCK_ICONS: Mapping[str, str] = {
    "calm": "clock",
    "soon": "clock-exclamation",
    "late": "clock-x",
    "kept": "clock-check",
}


@functools.cache
def icon(name: str, more: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers: a word always stands beside it or in a label."""
    classes = f"icon {more}".strip()
    return mark_safe(
        f'<svg class="{classes}" aria-hidden="true"><use href="{assets.address("icons.svg")}#{name}"/></svg>'
    )


def span(seconds: float) -> str:
    """A span of time in the reader's language, two units at most: 45 min, 1 h 20 min, 13 h, 3 d 4 h."""
    minutes = int(abs(seconds)) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    day, hour, minute = pgettext("short day", "d"), pgettext("short hour", "h"), pgettext("short minute", "min")
    if days:
        return f"{days} {day} {hours} {hour}" if hours else f"{days} {day}"
    if hours:
        return f"{hours} {hour} {rest} {minute}" if rest and hours < 10 else f"{hours} {hour}"
    return f"{rest} {minute}"


def time_left(due: datetime | None, *, at: datetime, warn: datetime | None = None, big: bool = False) -> SafeString:
    """A promise as time left, by colour, icon and word. It counts on by itself. Empty without a promise."""
    if due is None:
        return SafeString("")
    left = (due - at).total_seconds()
    soon = at >= warn if warn else due - at < SOON
    level = "late" if left < 0 else "soon" if soon else "calm"
    words = gettext("%(span)s late") if level == "late" else gettext("%(span)s left")
    warned = f' warn="{iso(warn)}"' if warn else ""
    return mark_safe(
        f'<time-left due="{iso(due)}"{warned} level="{level}"{" class=big" if big else ""} title="{exact(due)}">'
        f"{icon(CLOCK_ICONS[level])}<span>{escape(words % {'span': span(left)})}</span></time-left>"
    )


def ago(moment: datetime | None) -> SafeString:
    """A moment as a short date that the browser turns into "5 min ago"; the exact moment is its title."""
    if moment is None:
        return SafeString("")
    return mark_safe(f'<relative-time datetime="{iso(moment)}" title="{exact(moment)}">{short(moment)}</relative-time>')


def exact_time(moment: datetime | None) -> SafeString:
    """A moment with date and time, in the reader's zone."""
    if moment is None:
        return SafeString("")
    return mark_safe(f'<time datetime="{iso(moment)}">{exact(moment)}</time>')


def period(start: datetime | None, end: datetime | None) -> SafeString:
    """From one moment to another, in the reader's zone; what both have in common is said once. Without an end only the start."""
    if start is None or end is None:
        return exact_time(start or end)
    return mark_safe(f'{exact_time(start)} – <time datetime="{iso(end)}">{_end_of(start, end)}</time>')


def state(code: str, label: object) -> SafeString:
    """A state as a shape, a colour and its word."""
    return mark_safe(
        f'<span class="state {escape(code)}">{icon(STATE_ICONS.get(code, "circle"))}{escape(label)}</span>'
    )


def priority(code: str, label: object) -> SafeString:
    """A priority as a shape, a colour and its word."""
    sign = icon(PRIORITY_ICONS.get(code, "priority-low"))
    return mark_safe(f'<span class="priority {escape(code)}">{sign}<span class="name">{escape(label)}</span></span>')


def initials(name: str) -> str:
    """The first letters of the first two words."""
    return "".join(word[0] for word in name.split()[:2]).upper() or "?"


def tone(name: str) -> int:
    """One of five calm colours, always the same for the same name."""
    return zlib.crc32(name.encode()) % 5 + 1


@functools.lru_cache(maxsize=4096)
def avatar(name: str, more: str = "") -> SafeString:
    """A person's initials in a circle of their own colour. The name itself must stand beside it."""
    return mark_safe(
        f'<span class="avatar tone-{tone(name)} {more}" aria-hidden="true">{escape(initials(name))}</span>'
    )


def iso(moment: datetime) -> str:
    """The moment in UTC as a browser reads it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact(moment: datetime) -> str:
    """Date and time in the reader's zone and language."""
    return _dated(moment.astimezone(UTC).replace(microsecond=0), _zone(), _language(), "exact")


def short(moment: datetime) -> str:
    """Day, month and time in the reader's zone and language."""
    return _dated(moment.astimezone(UTC).replace(second=0, microsecond=0), _zone(), _language(), "short")


def _end_of(start: datetime, end: datetime) -> str:
    zone = ZoneInfo(_zone())
    same_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    return (
        _dated(end.astimezone(UTC).replace(second=0, microsecond=0), str(zone), _language(), "clock")
        if same_day
        else exact(end)
    )


SHAPES = {
    ("clock", "en"): "H:i",
    ("clock", "ru"): "H:i",
    ("exact", "en"): "j F Y, H:i",
    ("exact", "ru"): "j E Y, H:i",
    ("short", "en"): "j M, H:i",
    ("short", "ru"): "j M, H:i",
}


def _zone() -> str:
    return str(get_current_timezone())


def _language() -> str:
    return "ru" if (get_language() or "en").startswith("ru") else "en"


@functools.lru_cache(maxsize=8192)
def _dated(moment: datetime, zone: str, language: str, shape: str) -> str:
    return date_format(moment.astimezone(ZoneInfo(zone)), SHAPES[shape, language], use_l10n=False)
