"""Missed calls become tasks, one a number within an hour; the contact centre's promises run on clocks of their own."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from opora.desk.channels.phone import events, rules, states
from opora.desk.channels.phone.models import Call, CallBack, Connection
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.sla import actions as sla
from opora.desk.sla.models import Clock
from opora.desk.sla.queries import house_calendar, latest_version, open_clock
from opora.desk.sla.rules import NoWorkingTime

WARN_SHARE = 75


def promise_answer(call: Call, *, at: datetime) -> None:
    """A call rings: it is promised to be answered in time. Outside the contact centre's hours the time stands still."""
    _start(Clock.Promise.ANSWER, ("call", call.pk), call.connection, call.connection.answer_within, at)


def answered(call: Call, *, at: datetime) -> None:
    """Somebody took the call."""
    clock = open_clock(Clock.Promise.ANSWER, ("call", call.pk))
    if clock is not None:
        sla.stop_clock(clock, by=SYSTEM, at=max(at, clock.started_at))


def nobody_answered(call: Call, *, at: datetime) -> None:
    """The caller gave up; a promise that still ran is not judged."""
    clock = open_clock(Clock.Promise.ANSWER, ("call", call.pk))
    if clock is not None:
        sla.cancel_clock(clock, by=SYSTEM, at=max(at, clock.started_at), why=_("the caller hung up"))


def want_call_back(call: Call, *, at: datetime) -> CallBack:
    """Return the task for a missed call: one open task a number, and none anew within an hour of one that was done."""
    rows = CallBack.objects.select_for_update().filter(number=call.caller)
    recent = rows.filter(last_at__gt=call.began_at - rules.ONE_CALL_BACK_IN).order_by("-id").first()
    task = rows.filter(state=states.OPEN).first()
    if task is not None:
        CallBack.objects.filter(pk=task.pk).update(tries=F("tries") + 1, last_at=call.began_at)
        task.refresh_from_db()
        return task
    if recent is not None and recent.first_at > call.began_at - rules.ONE_CALL_BACK_IN:
        return recent
    task = CallBack.objects.create(
        number=call.caller, contact=call.contact, first_at=call.began_at, last_at=call.began_at
    )
    announce(
        events.CALL_BACK_WANTED,
        subject=("call_back", task.pk),
        by=SYSTEM,
        at=at,
        number=task.number,
        contact=task.contact_id,
    )
    _start(Clock.Promise.CALL_BACK, ("call_back", task.pk), call.connection, call.connection.call_back_within, at)
    return task


@transaction.atomic
def call_back_done(task: CallBack, *, by: Staff, at: datetime, note: str = "") -> None:
    """Somebody called. Raises Refused when it was done already, or for a role that does not call back."""
    _permit(by)
    move(task, to=states.DONE, table=states.CALL_BACK_TABLE, done_at=at, done_by=by, note=note.strip())
    _stop(task, by.actor, at)
    announce(events.CALLED_BACK, subject=("call_back", task.pk), by=by.actor, at=at, number=task.number)


@transaction.atomic
def drop_call_back(task: CallBack, *, by: Staff, at: datetime, note: str) -> None:
    """It is not needed any more; why is kept. Raises Refused without a reason."""
    _permit(by)
    if not note.strip():
        raise Refused("phone.no_reason", _("Say why nobody needs to call."))
    move(task, to=states.DROPPED, table=states.CALL_BACK_TABLE, done_at=at, done_by=by, note=note.strip())
    clock = open_clock(Clock.Promise.CALL_BACK, ("call_back", task.pk))
    if clock is not None:
        sla.cancel_clock(clock, by=by.actor, at=at, why=note.strip())
    announce(events.CALLED_BACK, subject=("call_back", task.pk), by=by.actor, at=at, number=task.number, dropped=True)


def settle_by_calls(call: Call, *, at: datetime) -> None:
    """An answered call to or from a number that waits for a call-back is that call-back."""
    number = call.called if call.outgoing else call.caller
    task = CallBack.objects.select_for_update().filter(number=number, state=states.OPEN).first() if number else None
    if task is None or call.answered_at is None or call.answered_at < task.first_at:
        return
    words = _("Spoken with by call.") if call.outgoing else _("The caller rang again and was answered.")
    move(task, to=states.DONE, table=states.CALL_BACK_TABLE, done_at=at, note=words)
    _stop(task, SYSTEM, max(call.answered_at, task.first_at))
    announce(events.CALLED_BACK, subject=("call_back", task.pk), by=SYSTEM, at=at, number=task.number)


def _stop(task: CallBack, by: Actor, at: datetime) -> None:
    clock = open_clock(Clock.Promise.CALL_BACK, ("call_back", task.pk))
    if clock is not None:
        sla.stop_clock(clock, by=by, at=max(at, clock.started_at))


def _start(promise: str, about: tuple[str, int], connection: Connection, seconds: int, at: datetime) -> None:
    calendar = latest_version(connection.calendar) if connection.calendar else house_calendar()
    if calendar is None or open_clock(promise, about) is not None:
        return
    try:
        sla.start_clock(
            promise=promise,
            about=about,
            calendar_version=calendar,
            target_seconds=seconds,
            warn_share=WARN_SHARE,
            by=SYSTEM,
            at=at,
        )
    except NoWorkingTime:
        return


def _permit(by: Staff) -> None:
    if not may(by, "calls:take"):
        raise Refused("phone.not_an_operator", _("Calls are taken and called back by the contact centre."))
