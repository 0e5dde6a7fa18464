"""States and promises in the words of somebody who has never seen a support desk. Moments are said in the reader's zone.

Pure but for translation and the reader's active zone; decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.sla import states as sla_states
from opora.desk.sla.models import Clock
from opora.desk.sla.words import say_length
from opora.desk.tickets import events, states
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.reading import Promised, PublicEvent

MOSCOW = "Europe/Moscow"
TO_CUSTOMERS = frozenset(Clock.Promise.values) - {Clock.Promise.ANSWER, Clock.Promise.LINE, Clock.Promise.VENDOR}
"""What is promised to the customer; the rest our lines and vendors promise each other."""


@dataclass(frozen=True, slots=True)
class StateLine:
    """How things stand: `tone` is a class of the shared look, `sign` an icon, `more` a quieter sentence.

    `timed` says that the words name a time of day, so that the zone belongs beside them.
    """

    words: str
    tone: str = ""
    sign: str = "clock"
    more: str = ""
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A promise in one sentence, and whether it was kept: "", "good" or "late"."""

    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Argued:
    """Two priorities side by side, ours with its reason, and what the customer can do about it."""

    old: tuple[str, str, str]
    new: tuple[str, str, str]
    why: str
    may_object: bool
    waiting: bool


def argued(
    happened: Sequence[PublicEvent],
    meanings: Mapping[str, tuple[str, str, str]],
    *,
    may_object: bool,
    waiting: bool,
) -> Argued | None:
    """The last change of priority while it is a question or its answer is the newest word on it; None otherwise."""
    change = next((event for event in reversed(happened) if event.name in events.ARGUED), None)
    if change is None or change.old not in meanings or change.new not in meanings or change.outcome:
        return None
    return Argued(meanings[change.old], meanings[change.new], change.why, may_object, waiting)


def state_of(ticket: Ticket, reader: Contact, *, at: datetime) -> StateLine:
    """How the request stands, for this reader."""
    if ticket.state == states.WAITING_CUSTOMER:
        return _waiting(ticket, reader)
    if ticket.state == states.WAITING_CONFIRMATION:
        return _unconfirmed(ticket, reader)
    if ticket.state == states.WAITING_VENDOR:
        return StateLine(_("With us: we wait for our supplier’s answer"), sign="hourglass")
    if ticket.state == states.RESOLVED:
        silence = _("If we hear nothing, it closes by itself in a while.")
        return StateLine(_("Solved – tell us if not"), "done", "circle-check", silence)
    if ticket.state == states.CLOSED:
        return StateLine(_("Closed"), "closed", "circle-x", _closed_on(ticket))
    if ticket.state == states.MERGED:
        return StateLine(
            _("Goes on in request %(mark)s") % {"mark": f"T-{ticket.merged_into_id}"}, "closed", "git-merge"
        )
    return _with_us(ticket, at)


def _waiting(ticket: Ticket, reader: Contact) -> StateLine:
    if reader.pk == ticket.requester_id:
        return StateLine(_("Waiting for you"), "yours", "message", _("We asked you something. Please answer below."))
    name = ticket.requester.name or _("your colleague")
    return StateLine(
        _("Waiting for %(name)s") % {"name": name}, "yours", "message", _("You may answer instead, if you know.")
    )


def _unconfirmed(ticket: Ticket, reader: Contact) -> StateLine:
    """Taken down by phone: a written word from the customer starts our promise and lets our engineers begin."""
    more = _("We wrote down what was said on the phone. Answer below that it is right; then our promised time begins.")
    if reader.pk == ticket.requester_id:
        return StateLine(_("Waiting for your confirmation"), "yours", "shield-question", more)
    name = ticket.requester.name or _("your colleague")
    return StateLine(_("Waiting for %(name)s to confirm") % {"name": name}, "yours", "shield-question", more)


def _with_us(ticket: Ticket, at: datetime) -> StateLine:
    if ticket.due_at is None:
        said = _("With us: we are working on it") if ticket.last_staff_at else _("With us: we have it and will answer")
        return StateLine(said, sign="circle-half-2")
    if ticket.due_at < at:
        late = _("We promised it %(when)s and are late. We are sorry; it is seen by the people in charge.")
        return StateLine(
            _("With us: our answer is late"), "late", "clock-x", late % {"when": by_when(ticket.due_at, at=at)}
        )
    return StateLine(_("With us: answer %(when)s") % {"when": by_when(ticket.due_at, at=at)}, timed=True)


def _closed_on(ticket: Ticket) -> str:
    return _("on %(day)s") % {"day": say_day(_local(ticket.closed_at).date())} if ticket.closed_at else ""


def promise_in_words(clock: Clock | Promised, *, always: bool, at: datetime) -> Said | None:
    """A promise to the customer as a sentence; nothing for one that was taken back, and for what we promise each other.
    `always`: its calendar is 24x7."""
    if clock.state == sla_states.CANCELLED or clock.promise not in TO_CUSTOMERS:
        return None
    facts = {
        "what": _what(clock.promise),
        "within": length_in_words(clock.target_seconds, always=always),
        "when": by_when(clock.due_at, at=at),
        "zone": zone_in_words(clock.due_at),
        "answered": say_moment(clock.stopped_at) if clock.stopped_at else "",
    }
    if clock.state == sla_states.KEPT:
        return Said(_("We promised %(what)s %(when)s; it came on %(answered)s: kept.") % facts, "good")
    if clock.state == sla_states.MISSED and clock.stopped_at:
        late = _("We promised %(what)s %(when)s; it came on %(answered)s: that was late, and we are sorry.")
        return Said(late % facts, "late")
    if clock.state == sla_states.PAUSED:
        return Said(_("We promise %(what)s within %(within)s; the time stands still just now.") % facts, "")
    if clock.state == sla_states.MISSED or clock.due_at < at:
        return Said(_("We promised %(what)s %(when)s (%(zone)s) and are late.") % facts, "late")
    return Said(_("We promise %(what)s within %(within)s: %(when)s (%(zone)s).") % facts, "")


def _what(promise: str) -> str:
    """What was promised, as it stands after "we promise"."""
    return {
        Clock.Promise.FIRST_REPLY: _("a first answer"),
        Clock.Promise.NEXT_UPDATE: _("news"),
        Clock.Promise.RESOLUTION: _("a solution"),
        Clock.Promise.OBJECTION: _("an answer to your objection"),
        Clock.Promise.ROOT_CAUSE: _("a letter about the cause"),
        Clock.Promise.CALL_BACK: _("a call back"),
        Clock.Promise.REVIEW: _("a review"),
        Clock.Promise.WINDOW: _("the agreed window"),
    }[Clock.Promise(promise)]


def length_in_words(seconds: int, *, always: bool) -> str:
    """`4 h`, or `4 h of working time` where nights and weekends do not count."""
    length = say_length(seconds)
    return length if always else _("%(length)s of working time") % {"length": length}


def answer_within(seconds: int | None, *, always: bool) -> str:
    """What the contract promises for a priority; nothing without a promise."""
    if seconds is None:
        return ""
    return _("First answer within %(length)s") % {"length": length_in_words(seconds, always=always)}


def by_when(due: datetime, *, at: datetime) -> str:
    """`by 14:30`, `tomorrow by 14:30`, or `by 14:30 on 16 September`, in the reader's zone."""
    local, today = _local(due), _local(at).date()
    facts = {"time": f"{local:%H:%M}", "day": say_day(local.date())}
    if local.date() == today:
        return _("by %(time)s") % facts
    if local.date() == today + timedelta(days=1):
        return _("by %(time)s tomorrow") % facts
    return _("by %(time)s on %(day)s") % facts


def say_moment(moment: datetime, *, year: bool = False) -> str:
    """`16 September, 14:30`, or with the year, in the reader's zone."""
    local = _local(moment)
    return f"{say_day(local.date())}{f' {local.year}' if year else ''}, {local:%H:%M}"


def say_day(day: date) -> str:
    """`16 September`."""
    return date_format(day, "j E", use_l10n=False)


def zone_in_words(at: datetime) -> str:
    """The reader's zone as people call it: `Moscow time`, or `UTC+05:00` where we know no such name."""
    zone = str(get_current_timezone())
    if zone == MOSCOW:
        return _("Moscow time")
    offset = _local(at).strftime("%z")
    return _("UTC%(offset)s") % {"offset": "" if offset in {"+0000", ""} else f"{offset[:3]}:{offset[3:]}"}


def name_of_zone(zone: str) -> str:
    """A calendar's zone in words."""
    return _("Moscow time") if zone == MOSCOW else _("the time of %(zone)s") % {"zone": zone}


def _local(moment: datetime) -> datetime:
    return moment.astimezone(UTC).astimezone(get_current_timezone())
