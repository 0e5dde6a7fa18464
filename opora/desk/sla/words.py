"""Saying in the reader's language what the rules found: lengths, moments, faults and the steps of a reckoning.

Moments are said in the zone they are given in; the language is the active one of the thread.
"""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from opora.desk.sla.rules import Fault, Step, reasons
from opora.desk.sla.rules.faults import gettext_noop
from opora.desk.sla.rules.steps import ClosedDays


def say_length(seconds: int) -> str:
    """Return `1 h 30 min`; hours are not gathered into days, for a working day has no fixed length."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [
        _("%(number)s h") % {"number": hours} if hours else "",
        _("%(number)s min") % {"number": minutes} if minutes else "",
        _("%(number)s s") % {"number": rest} if rest or not seconds else "",
    ]
    return " ".join(filter(None, parts))


def say_fault(fault: Fault) -> str:
    """Return the fault in one line, led by the place where it stands."""
    said = _(fault.text) % fault.facts
    return f"{fault.where}: {said}" if fault.where else said


def say_moment(moment: datetime, zone: tzinfo) -> str:
    """Return `Mon 14 September 2026, 12:00` in the zone; seconds only when there are some."""
    local = moment.astimezone(zone)
    return f"{say_day(local.date())} {local.year}, {_time(local)}"


def say_day(day: date) -> str:
    """Return `Mon 14 September`."""
    return _said_day(day, get_language())


@lru_cache(maxsize=4096)
def _said_day(day: date, _language: str | None) -> str:
    return f"{_weekday(day)} {date_format(day, 'j E')}"


def say_span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """Return `Mon 14 September, 08:00–13:00`, or both days when it reaches over midnight; midnight at the end is 24:00."""
    opens, closes = start.astimezone(zone), end.astimezone(zone)
    last, closing = closes.date(), _time(closes)
    if closing == "00:00" and last > opens.date():
        last, closing = last - timedelta(days=1), "24:00"
    if opens.date() == last:
        return f"{say_day(last)}, {_time(opens)}–{closing}"
    return f"{say_day(opens.date())}, {_time(opens)} – {say_day(last)}, {closing}"


_PLAIN = {
    "before_start": gettext_noop("before the promise began, not counted"),
    "break": gettext_noop("a break, not counted"),
    "night": gettext_noop("outside working hours, not counted"),
}


def say_step(step: Step) -> str:
    """Return what the step says, without its moments: `working time, 4 h counted` or why nothing was counted."""
    if step.held:
        return _("%(days)s, not counted") % {"days": say_reason(step.why)}
    said = _counted(step) if step.counts else _not_counted(step)
    if step.shift > 0:
        said += "; " + _("the clocks went forward by %(length)s") % {"length": say_length(step.shift)}
    if step.shift < 0:
        said += "; " + _("the clocks went back by %(length)s") % {"length": say_length(-step.shift)}
    return said


def say_reason(why: str) -> str:
    """Return why time is held: the words of its code, or itself."""
    return _(reasons.WORDS[why]) if why in reasons.WORDS else why


def _counted(step: Step) -> str:
    length = say_length(step.seconds)
    if step.waits:
        said = ngettext(
            "working time with %(waits)s wait in it, %(length)s counted",
            "working time with %(waits)s waits in it, %(length)s counted",
            step.waits,
        )
        return said % {"waits": step.waits, "length": length}
    if step.days:
        said = ngettext(
            "%(days)s working day, %(length)s counted", "%(days)s working days, %(length)s counted", step.days
        ) % {"days": step.days, "length": length}
        return said + (f"; {_closed_days(step)}" if step.closed else "")
    if step.late:
        return _("working time after the due moment, %(length)s late") % {"length": length}
    return _("working time, %(length)s counted") % {"length": length}


def _not_counted(step: Step) -> str:
    if step.waits:
        said = ngettext("%(waits)s wait, not counted", "%(waits)s waits, not counted", step.waits)
        return said % {"waits": step.waits}
    if step.why in _PLAIN:
        return _(_PLAIN[step.why])
    return _("%(days)s, not counted") % {"days": _closed_days(step)}


def _closed_days(step: Step) -> str:
    return ", ".join(dict.fromkeys(_say_run(run, alone=len(step.closed) == 1) for run in step.closed))


def _say_run(run: ClosedDays, *, alone: bool) -> str:
    if run.why == "weekend":
        return _("weekend")
    plain = {"closed_weekday": _("closed on this weekday"), "day_off": _("day off by the calendar")}
    what = plain.get(run.why) or _("official holiday “%(name)s”") % {"name": _name(dict(run.names))}
    if alone and run.first == run.last and run.why == "closed_weekday":
        return what
    return f"{what} ({_days(run.first, run.last)})"


def _days(first: date, last: date) -> str:
    if first == last:
        return date_format(first, "j E")
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_format(last, 'j E')}"
    return f"{date_format(first, 'j E')} – {date_format(last, 'j E')}"


def _name(names: dict[str, str]) -> str:
    return names.get((get_language() or "en")[:2]) or names.get("en") or next(iter(names.values()), "")


def _time(local: datetime) -> str:
    seconds = f":{local.second:02}" if local.second else ""
    return f"{local.hour:02}:{local.minute:02}{seconds}"


_WEEKDAYS = (
    pgettext_lazy("weekday, short", "Mon"),
    pgettext_lazy("weekday, short", "Tue"),
    pgettext_lazy("weekday, short", "Wed"),
    pgettext_lazy("weekday, short", "Thu"),
    pgettext_lazy("weekday, short", "Fri"),
    pgettext_lazy("weekday, short", "Sat"),
    pgettext_lazy("weekday, short", "Sun"),
)


def _weekday(day: date) -> str:
    return str(_WEEKDAYS[day.weekday()])
