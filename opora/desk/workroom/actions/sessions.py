"""What the gateway tells: a session begins, things happen in it, it ends. Told twice, kept once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.workroom import events, policies, states
from opora.desk.workroom.actions.roads import tell_tunnel
from opora.desk.workroom.models import Agreement, Denial, HostEntry, Look, SessionEvent, WorkSession

PAUSED, RESUMED, QUESTION, VIEWER, ENDED = "paused", "resumed", "question", "viewer", "ended"
DENIED, TUNNEL = "denied", "tunnel"


@transaction.atomic
def open_session(
    name: str, *, agreement: str, staff: int, host: str, came_from: str, began: datetime, at: datetime
) -> WorkSession:
    """Return the session, written down before its host is dialled. Asks the gate again. Raises Refused.

    The same session told twice is the same row; another one under its name is refused.
    """
    made = WorkSession.objects.select_related("agreement", "host").filter(name=name).first()
    if made is not None:
        if (made.agreement.sha256, made.staff_id, made.host.name) != (agreement, staff, host):
            raise Refused("session", _("Another session has this name."))
        return made
    person = Staff.objects.filter(pk=staff).first()
    agreed = Agreement.objects.select_related("ticket").filter(sha256=agreement).first()
    if agreed is None or person is None:
        raise Refused("no_agreement", _("The desk does not know this agreement."))
    opened = policies.knock(agreed.ticket.mark, host, staff=person, at=at)
    if opened.agreement.pk != agreed.pk:
        raise Refused("no_agreement", _("Another agreement holds now. Come in again."))
    entry = HostEntry.objects.get(pk__in=agreed.host_ids, name=host)
    session = WorkSession.objects.create(
        name=name,
        agreement=agreed,
        ticket=agreed.ticket,
        staff=person,
        host=entry,
        came_from=came_from[:60],
        opened_at=began,
    )
    announce(
        events.OPENED,
        subject=("ticket", agreed.ticket_id),
        by=person.actor,
        at=at,
        session=session.pk,
        host=host,
        agreement=agreed.pk,
    )
    return session


@transaction.atomic
def tell(name: str, *, number: int, what: str, facts: dict[str, Any], happened: datetime, at: datetime) -> bool:
    """Keep what happened in a session; returns False when it was told before. Raises Refused for a session nobody knows.

    `happened` is the gateway's moment, `at` ours.
    """
    if not name and what == DENIED:
        _row, new = Denial.objects.get_or_create(number=number, defaults={"facts": facts, "at": happened})
        return new
    if not name and what == TUNNEL:
        return tell_tunnel(number, facts, happened=happened, at=at)
    session = (
        WorkSession.objects.select_for_update(of=("self",)).select_related("ticket", "staff").filter(name=name).first()
    )
    if session is None:
        raise Refused("session", _("The desk does not know this session."))
    _kept, new = SessionEvent.objects.get_or_create(
        session=session, number=number, defaults={"what": what[:20], "facts": facts, "at": happened, "heard_at": at}
    )
    if new:
        _follow(session, what, facts, happened, at)
    return new


def _follow(session: WorkSession, what: str, facts: dict[str, Any], happened: datetime, at: datetime) -> None:
    if what == PAUSED and session.state == states.OPEN:
        _go(session, states.PAUSED, events.PAUSED, facts, at)
    elif what == RESUMED and session.state == states.PAUSED and facts.get("paused") is not True:
        _go(session, states.OPEN, events.CONTINUED, facts, at)
    elif what == QUESTION:
        _announce(session, events.QUESTION, facts | {"why": facts.get("text", "")}, at)
    elif what == VIEWER and facts.get("event", facts.get("state")) == "joined":
        _note_look(session, facts.get("viewer", facts), happened)
    elif what == ENDED and session.state != states.ENDED:
        ending = {
            "ended_at": happened,
            "reason": str(facts.get("reason", ""))[:60],
            "frames": facts.get("frames") if isinstance(facts.get("frames"), int) else None,
            "head": str(facts.get("head", ""))[:64],
        }
        _go(session, states.ENDED, events.ENDED, facts, at, **ending)


def _go(session: WorkSession, to: str, event: str, facts: dict[str, Any], at: datetime, **also: Any) -> None:
    """The gateway's word is what happened; the row follows it, by the table."""
    WorkSession.objects.filter(pk=session.pk, state=session.state).update(state=to, **also)
    session.state = to
    _announce(session, event, facts, at)


def _announce(session: WorkSession, event: str, facts: dict[str, Any], at: datetime) -> None:
    said = facts.get("by")
    name = said.get("name", "") if isinstance(said, dict) else str(said or "")
    announce(
        event,
        subject=("ticket", session.ticket_id),
        by=SYSTEM,
        at=at,
        why=str(facts.get("why", "") or "")[:1000],
        session=session.pk,
        who=str(name)[:160],
        reason=str(facts.get("reason", ""))[:60],
    )


def _note_look(session: WorkSession, viewer: Any, at: datetime) -> None:
    said = viewer if isinstance(viewer, dict) else {}
    Look.objects.create(
        session=session,
        kind=Look.Kind.LIVE,
        who=str(said.get("id", "?"))[:60],
        name=str(said.get("name", "?"))[:160],
        at=at,
    )
