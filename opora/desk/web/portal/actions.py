"""What customers do by forms. What is sent goes through once: the same form a second time changes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Service
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact, System
from opora.desk.customers.policies import names_people
from opora.desk.kernel.errors import Clash, Refused
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import portal_door
from opora.desk.web.portal.models import SentForm


@transaction.atomic
def send_request(
    *,
    key: UUID,
    by: Contact,
    at: datetime,
    subject: str,
    text: str,
    kind: str,
    priority: str,
    service: Service | None,
    system: System | None,
    copy_to: Sequence[Contact],
    files: Sequence[NewFile],
    after: Ticket | None = None,
) -> Ticket:
    """The new ticket, tied to the ended one it goes on from; the same ticket again when this form was sent before.

    Raises Refused as `tickets.open_ticket` does.
    """
    sent = _remember(key, by, at)
    if sent.ticket is not None:
        return sent.ticket
    ticket = tickets.open_ticket(
        requester=by,
        by=by.actor,
        at=at,
        subject=subject,
        text=text,
        kind=kind,
        priority=priority,
        service=service or (system.service if system else None),
        system=system,
        copy_to=copy_to,
        files=files,
    )
    if after is not None:
        tickets.follow_up(after, opened=ticket, by=by.actor, at=at)
    SentForm.objects.filter(pk=key).update(ticket=ticket)
    return ticket


def send_answer(*, key: UUID, number: int, by: Contact, at: datetime, text: str, files: Sequence[NewFile] = ()) -> None:
    """The customer's words are on the ticket, once. Somebody of ours changing its state meanwhile does not hinder them.

    Raises NotHere, and Refused as `tickets.customer_wrote` does.
    """
    try:
        _answer(key, number, by, at, text, files)
    except Clash:
        _answer(key, number, by, at, text, files)


@transaction.atomic
def _answer(key: UUID, number: int, by: Contact, at: datetime, text: str, files: Sequence[NewFile]) -> None:
    ticket = portal_door(by, number)
    if _remember(key, by, at).ticket is None:
        tickets.customer_wrote(ticket, by=by, text=text, at=at, files=files)
        SentForm.objects.filter(pk=key).update(ticket=ticket)


def _remember(key: UUID, by: Contact, at: datetime) -> SentForm:
    """The row of this form; a second sending waits here until the first is done or has failed."""
    sent, _new = SentForm.objects.select_related("ticket").get_or_create(
        key=key, defaults={"contact": by, "sent_at": at}
    )
    if sent.contact_id != by.pk:
        raise Refused("portal.form_of_another", _("This form belongs to somebody else. Reload the page and send anew."))
    return sent


def name_colleague(*, by: Contact, name: str, email: str, roles: Sequence[str], at: datetime) -> Contact:
    """One more person of the owner's organisation, who may write from this address and sign in by a code sent there.

    Raises Refused when the address is somebody's already. It may confirm nothing until we have checked it.
    """
    _permit_naming(by)
    try:
        with transaction.atomic():
            return customers.add_contact(
                organisation=by.organisation, name=name, emails=[email], roles=roles, by=by.actor, at=at
            )
    except IntegrityError as taken:
        words = _("This address cannot be added here. Write us a request, and we will sort it out together.")
        raise Refused("portal.address_taken", words) from taken


def give_roles(person: Contact, *, by: Contact, roles: Sequence[str], at: datetime) -> None:
    """Other roles for a colleague of the owner's. Raises Refused for oneself, so that an owner always remains."""
    _permit_naming(by)
    if person.pk == by.pk or person.organisation_id != by.organisation_id:
        raise Refused("portal.own_roles", _("Your own roles are changed by another owner, or by us."))
    customers.change_contact_roles(person, roles=roles, by=by.actor, at=at)


def _permit_naming(by: Contact) -> None:
    if not names_people(by):
        raise Refused("portal.owners_only", _("Only an owner of the organisation may do this."))


def forget_sent_forms(*, at: datetime, after: timedelta = timedelta(days=7)) -> int:
    """Drop the keys of forms so old that nobody presses their button any more; returns how many."""
    gone, _counts = SentForm.objects.filter(sent_at__lt=at - after).delete()
    return gone
