"""Answers that go out later: in some seconds, so that they can be taken back, or at a moment somebody chose.

Until then nothing was said: no promise is kept by it, no page of a customer shows it, and nothing is sent.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel import files as kernel_files
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import events, rules, states
from opora.desk.tickets.actions.conversation import NewFile, note, reply, reply_and_resolve, reply_and_wait
from opora.desk.tickets.actions.drafts import drop_draft, keep_draft
from opora.desk.tickets.models import Draft, Message, PlannedFile, PlannedReply, Ticket

LONGEST_AHEAD = timedelta(days=60)
LATER = timedelta(minutes=5)
"""What is planned further ahead than this is stopped when the customer writes before: it may no longer fit."""
VERBS: dict[str, Callable[..., Message]] = {"": reply, "wait": reply_and_wait, "resolve": reply_and_resolve}


@transaction.atomic
def plan_reply(
    ticket: Ticket,
    *,
    by: Staff,
    text: str,
    due_at: datetime,
    at: datetime,
    files: Sequence[NewFile] = (),
    then: str = "",
) -> PlannedReply:
    """Keep an answer until its moment; `then` is what shall be of the ticket: "", wait or resolve. Raises Refused."""
    if not may(by, "tickets:reply"):
        raise Refused(
            "tickets.may_not_reply", _("Your role does not answer customers in writing; leave a note instead.")
        )
    if ticket.state in states.ENDED:
        raise Refused("tickets.ended", _("This ticket has ended. Open a follow-up to write to the customer."))
    if not text.strip() and not files:
        raise Refused("tickets.empty", _("Write something first; there is nothing to send yet."))
    if not at < due_at <= at + LONGEST_AHEAD:
        raise Refused("tickets.no_moment", _("Choose a moment within the next sixty days."))
    planned = PlannedReply.objects.create(
        ticket=ticket,
        author=by,
        text=rules.clean_text(text),
        then=then if then in VERBS else "",
        made_at=at,
        due_at=due_at,
    )
    for new in files:
        stored = kernel_files.keep(new.content, declared_type=new.type, at=at)
        PlannedFile.objects.create(planned=planned, file=stored, name=kernel_files.safe_name(new.name))
    drop_draft(ticket, by=by, kind=Draft.Kind.REPLY)
    announce(events.REPLY_PLANNED, subject=("ticket", ticket.pk), by=by.actor, at=at, planned=planned.pk)
    return planned


@transaction.atomic
def take_back(planned: PlannedReply, *, by: Staff, at: datetime) -> None:
    """Undo: nothing is sent, and the words are their writer's draft again. Raises Clash when it has gone out."""
    compare_and_set(planned, {"state": PlannedReply.State.WAITING}, state=PlannedReply.State.TAKEN_BACK)
    _back_to_draft(planned, at)
    announce(events.REPLY_TAKEN_BACK, subject=("ticket", planned.ticket_id), by=by.actor, at=at, planned=planned.pk)


def say_planned(*, at: datetime, limit: int = 20) -> int:
    """Say what is due; returns how many were dealt with. Several may run at once; each is said once."""
    count = 0
    due = PlannedReply.objects.filter(state=PlannedReply.State.WAITING, due_at__lte=at).order_by("due_at", "pk")
    for key in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            mine = PlannedReply.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
                "ticket", "author"
            )
            planned = mine.filter(pk=key, state=PlannedReply.State.WAITING).first()
            if planned is not None:
                _say(planned, at)
                count += 1
    return count


def _say(planned: PlannedReply, at: datetime) -> None:
    ticket, wrote = planned.ticket, planned.ticket.last_customer_at
    if planned.due_at - planned.made_at > LATER and wrote is not None and wrote > planned.made_at:
        _stop(planned, _("the customer wrote meanwhile"), at)
        return
    files = [
        NewFile(row.name, row.file.type, kernel_files.read(row.file)) for row in planned.files.select_related("file")
    ]
    draft = Draft.objects.filter(ticket=ticket, staff=planned.author, kind=Draft.Kind.REPLY).first()
    try:
        with transaction.atomic():
            message = VERBS[planned.then](ticket, by=planned.author, text=planned.text, at=at, files=files)
    except Refused as refusal:
        _stop(planned, refusal.message, at)
        return
    if since := _since(planned, draft):
        keep_draft(ticket, by=planned.author, kind=Draft.Kind.REPLY, text=since, at=at)
    PlannedReply.objects.filter(pk=planned.pk).update(state=PlannedReply.State.SAID, message=message)


def _stop(planned: PlannedReply, why: str, at: datetime) -> None:
    PlannedReply.objects.filter(pk=planned.pk).update(state=PlannedReply.State.STOPPED, why=why[:300])
    _back_to_draft(planned, at)
    words = _("The planned answer of %(name)s was not sent: %(why)s. Its words are in the draft again:")
    said = words % {"name": planned.author.name, "why": why.rstrip(".")}
    note(planned.ticket, by=SYSTEM, text=f"{said}\n\n{planned.text}", at=at)


def _back_to_draft(planned: PlannedReply, at: datetime) -> None:
    """The words become the draft; what has been typed since stays below them."""
    kind = Draft.Kind.REPLY
    draft = Draft.objects.filter(ticket=planned.ticket_id, staff=planned.author, kind=kind).first()
    since = _since(planned, draft)
    text = f"{planned.text}\n\n{since}" if since else planned.text
    keep_draft(planned.ticket, by=planned.author, kind=kind, text=text, at=at)


def _since(planned: PlannedReply, draft: Draft | None) -> str:
    """What was begun since the answer was planned. A draft of the same words came late, and is nothing new."""
    return draft.text if draft is not None and draft.text.strip() != planned.text.strip() else ""
