"""Requests for confirmation as letters: each goes to the addresses that may confirm, with tokens of its own.

Nothing is judged here; what comes back is read by `steps/answering.py` and judged by the room of consent.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from opora.desk.consent import actions as consent
from opora.desk.consent import states
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.consent.queries import who_may_confirm
from opora.desk.consent.tokens import answer_address
from opora.desk.customers.models import Address
from opora.desk.kernel.models import Event
from opora.desk.tickets.models import Ticket

from . import identity, wording
from .composing import Outgoing, tagged_subject
from .conversation import desk_of, link_to, thread_of
from .models import OutgoingLetter
from .outbox import new_message_id, post, post_words
from .parsing import Person


def mail_confirmation_asked(event: Event, at: datetime) -> None:
    """We asked, or nobody answered yet: everybody who may confirm gets the text, a link and an address to answer to."""
    request = _request(event)
    if request.state == states.ASKED:
        for address in who_may_confirm(request.organisation):
            _post_request(request, address, at)


def mail_confirmation_settled(event: Event, at: datetime) -> None:
    """It was confirmed, declined or taken back: everybody who may confirm reads what and by whom."""
    request = _request(event)
    for address in who_may_confirm(request.organisation):
        reader = address.contact
        with wording.speaking(request.language):
            state = request.get_state_display()
            text = wording.confirmation_settled(
                reader.name, request.mark, state, event.actor_name, event.why, request.text
            )
        post_words(OutgoingLetter.Kind.SETTLED, request.ticket, reader, address.email, text, at)


def _post_request(request: ConfirmationRequest, address: Address, at: datetime) -> None:
    ticket: Ticket = request.ticket
    link, token = consent.invite(request, address=address, at=at)
    place = settings.OPORA_SITE_URL.rstrip("/") + reverse("portal:confirm_by_link", args=[link])
    desk = desk_of(ticket)
    answered, references, _ = thread_of(ticket)
    by_letter = not request.asked_terms.high_risk
    with wording.speaking(request.language):
        words = wording.confirmation_asked(
            address.contact.name, request.text, place, request.expires_at, address.contact.zone, by_letter=by_letter
        )
        letter = Outgoing(
            sender=Person(desk.address, desk.name),
            to=[Person(address.email, address.contact.name)],
            subject=tagged_subject(wording.confirmation_subject(request.mark, ticket.subject), ticket.pk),
            text=words,
            date=at,
            message_id=new_message_id(ticket),
            reply_to=answer_address(desk.address, token),
            in_reply_to=answered,
            references=references,
            footer=wording.footer(ticket.mark, link_to(ticket)),
            language=request.language[:2],
            automatic=True,
            answers=False,
            loop_mark=identity.loop_mark(),
        )
    post(letter, kind=OutgoingLetter.Kind.CONFIRM, recipients=[(address.contact, address.email)], at=at, ticket=ticket)


def _request(event: Event) -> ConfirmationRequest:
    rows = ConfirmationRequest.objects.select_related("ticket__requester", "organisation")
    return rows.get(pk=event.facts["request"])
