"""A call goes on to an engineer. It rang at operators first; the engineer reads what the caller wants before it speaks."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.channels.phone import events
from opora.desk.channels.phone.models import Call
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket


@transaction.atomic
def hand_to_engineer(call: Call, *, ticket: Ticket, to: Staff, by: Staff, words: str, at: datetime) -> None:
    """A call goes on to an engineer; a note on the ticket says what the caller wants.

    Raises Refused without words, and for a colleague who works no tickets.
    """
    if not words.strip():
        raise Refused("phone.no_words", _("Say in a sentence what the caller wants; the engineer reads it first."))
    if not may(to, "tickets:work"):
        raise Refused("tickets.may_not_work", _("%(name)s does not work tickets.") % {"name": to.name})
    said = _("%(by)s hands a call to %(to)s: %(words)s") % {"by": by.name, "to": to.name, "words": words.strip()}
    tickets.note(ticket, by=by.actor, text=said, at=at)
    call.ticket, call.handed_to = ticket, to
    call.save(update_fields=["ticket", "handed_to"])
    announce(
        events.NOTED,
        subject=("call", call.pk),
        by=by.actor,
        at=at,
        to=to.pk,
        ticket=ticket.pk,
        words=words.strip()[:300],
        staff=[to.pk],
    )
