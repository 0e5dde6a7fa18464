"""The root-cause letter after a total outage: owed on a clock, written by one, approved by another, sent as a public word."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.incidents import events, policies, states
from opora.desk.incidents.actions.declaring import permit
from opora.desk.incidents.models import RootCauseLetter
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.people.models import Staff
from opora.desk.sla import actions as sla
from opora.desk.sla.queries import open_clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import promises
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import clean_text, needs_cause

PROMISE = ABOUT = "root_cause"


def owe_letter(event: Event, _at: datetime) -> None:
    """Reaction: a total outage was resolved: its customer is owed a letter, counted from that moment."""
    ticket = Ticket.objects.select_related("contract_version__calendar_version").filter(pk=event.subject_id).first()
    if ticket is None or not needs_cause(ticket.kind, ticket.priority):
        return
    letter, new = RootCauseLetter.objects.get_or_create(ticket=ticket, defaults={"owed_at": event.at})
    if letter.state != states.SENT and open_clock(PROMISE, (ABOUT, letter.pk)) is None:
        promises.start_inner(PROMISE, ticket, about=(ABOUT, letter.pk), by=SYSTEM, at=event.at)
    if new:
        _tell(letter, events.LETTER_OWED, by=None, at=event.at)


def hold_letter(event: Event, _at: datetime) -> None:
    """Reaction: the ticket was opened again, so nothing can be explained yet: the clock ends until it is resolved anew."""
    letter = RootCauseLetter.objects.filter(ticket=event.subject_id).exclude(state=states.SENT).first()
    clock = open_clock(PROMISE, (ABOUT, letter.pk)) if letter else None
    if clock is not None:
        sla.cancel_clock(clock, by=SYSTEM, at=event.at)


@transaction.atomic
def write_letter(letter: RootCauseLetter, *, text: str, by: Staff, at: datetime) -> None:
    """The words as they stand; whoever wrote last is the author. Raises Refused when it waits for approval or was sent."""
    permit(by)
    if letter.state != states.OWED:
        raise Refused("incidents.letter_stands", _("This letter is not open for writing."))
    compare_and_set(letter, {"state": states.OWED}, text=clean_text(text), author=by, changed_at=at)


@transaction.atomic
def propose_letter(letter: RootCauseLetter, *, by: Staff, at: datetime) -> None:
    """The author believes it is ready. Raises Refused without words."""
    permit(by)
    if not letter.text.strip() or letter.author_id is None:
        raise Refused("incidents.letter_empty", _("Write the letter first."))
    move(letter, to=states.PROPOSED, table=states.LETTERS, returned_words="")
    _tell(letter, events.LETTER_PROPOSED, by=by, at=at)


@transaction.atomic
def return_letter(letter: RootCauseLetter, *, words: str, by: Staff, at: datetime) -> None:
    """Not yet: it goes back to its author with words. Raises Refused without them, and for anybody who may not approve."""
    _permit_approving(letter, by)
    if not words.strip():
        raise Refused("incidents.why_missing", _("Say what is missing, so that the author can go on."))
    move(letter, to=states.OWED, table=states.LETTERS, returned_words=clean_text(words))
    _tell(letter, events.LETTER_RETURNED, by=by, at=at)


@transaction.atomic
def approve_letter(letter: RootCauseLetter, *, by: Staff, at: datetime) -> None:
    """Approved by another than the author: it is sent as the author's public word, and the promise is kept.

    Raises Refused for the author and for those who do not lead. The ticket stays where it is, even when it has ended.
    """
    _permit_approving(letter, by)
    if letter.author is None or letter.state != states.PROPOSED:
        raise Refused("incidents.letter_not_proposed", _("Nobody has proposed this letter yet."))
    message = tickets.send_letter(letter.ticket, by=letter.author, text=letter.text, at=at)
    move(letter, to=states.SENT, table=states.LETTERS, approved_by=by, sent_at=at, message=message)
    clock = open_clock(PROMISE, (ABOUT, letter.pk))
    if clock is not None:
        sla.stop_clock(clock, by=by.actor, at=at)
    _tell(letter, events.LETTER_SENT, by=by, at=at)


def _permit_approving(letter: RootCauseLetter, by: Staff) -> None:
    if not policies.may_approve(by, letter):
        raise Refused(
            "incidents.may_not_approve", _("A lead or the head of support approves it, and never its own author.")
        )


def _tell(letter: RootCauseLetter, name: str, *, by: Staff | None, at: datetime) -> None:
    actor = by.actor if by else SYSTEM
    announce(name, subject=("ticket", letter.ticket_id), by=actor, at=at, letter=letter.pk)
