"""Asking for confirmation, asking again, and what follows while nobody answers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.consent import events, policies, rules, states
from opora.desk.consent.models import ConfirmationRequest, Invitation
from opora.desk.consent.queries import who_may_confirm
from opora.desk.consent.rules import Terms
from opora.desk.consent.tokens import hash_of, new_token
from opora.desk.customers.models import Address, System
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket

GOOD_FOR = timedelta(days=3)
REMIND_AFTER = timedelta(minutes=30)
CALL_AFTER = timedelta(hours=2)


@transaction.atomic
def ask(
    ticket: Ticket, *, terms: Terms, by: Staff, at: datetime, replaces: ConfirmationRequest | None = None
) -> ConfirmationRequest:
    """Ask the customer to confirm exactly these terms; an older request that this one replaces is dead from now on.

    Returns the request. Raises Refused when the terms are not whole, name systems or engineers that may not be named,
    the window is over, or nobody of the customer's may confirm.
    """
    if not policies.may_ask(by):
        raise Refused("consent.not_yours", _("Your role does not ask customers for confirmation."))
    organisation = ticket.organisation
    if organisation is None:
        raise Refused("consent.no_customer", _("This ticket belongs to no customer. Find out whose it is first."))
    _refuse_faults(terms, ticket, at)
    if not who_may_confirm(organisation).exists():
        raise Refused(
            "consent.nobody_may_confirm",
            _("Nobody of this customer may confirm. Nominate an address; its owner must agree."),
        )
    if replaces is not None:
        _replace(replaces, ticket, by.actor, at)
    text = rules.statement(terms, organisation.language)
    request = ConfirmationRequest.objects.create(
        ticket=ticket,
        organisation=organisation,
        asked_by=by,
        asked_at=at,
        expires_at=min(at + GOOD_FOR, terms.ends),
        language=organisation.language,
        terms=terms.to_json(),
        system_ids=[one.id for one in terms.systems],
        text=text,
        digest=rules.digest_of(text),
        replaces=replaces,
        next_step_at=min(at + REMIND_AFTER, terms.ends),
    )
    announce(events.ASKED, subject=("ticket", ticket.pk), by=by.actor, at=at, request=request.pk, digest=request.digest)
    return request


def ask_again(
    request: ConfirmationRequest, *, starts: datetime, ends: datetime, by: Staff, at: datetime
) -> ConfirmationRequest:
    """Ask for the same work in another window, as the customer wished or because nobody answered. Raises as `ask` does."""
    return ask(request.ticket, terms=request.asked_terms.within(starts, ends), by=by, at=at, replaces=request)


@transaction.atomic
def invite(request: ConfirmationRequest, *, address: Address, at: datetime) -> tuple[str, str]:
    """Make the tokens for one address and return them: for the page, for an answer by mail. They are kept as hashes only.

    Raises Refused for an address that may not confirm for this customer, or a request that is no longer asked.
    """
    if request.state != states.ASKED or not who_may_confirm(request.organisation).filter(pk=address.pk).exists():
        raise Refused("consent.not_on_list", _("This address may not confirm for this customer."))
    link, mail = new_token(), new_token()
    Invitation.objects.create(
        request=request,
        address=address,
        email=address.email,
        link_hash=hash_of(link),
        mail_hash=hash_of(mail),
        sent_at=at,
    )
    return link, mail


@transaction.atomic
def take_next_step(request: ConfirmationRequest, *, at: datetime) -> None:
    """Remind, have somebody call, or let the request run out: whatever is due. Taking it twice changes nothing."""
    if request.state != states.ASKED:
        _set(request, next_step_at=None)
    elif at >= request.expires_at:
        move(request, to=states.EXPIRED, table=states.TABLE, next_step_at=None)
        _tell(events.EXPIRED, request, at)
    elif request.reminded_at is None:
        _set(request, reminded_at=at, next_step_at=min(request.asked_at + CALL_AFTER, request.expires_at))
        _tell(events.REMINDED, request, at)
    elif request.silent_at is None:
        _set(request, silent_at=at, next_step_at=request.expires_at)
        _tell(events.SILENT, request, at)
    else:
        _set(request, next_step_at=request.expires_at)


def _set(request: ConfirmationRequest, **new: datetime | None) -> None:
    for name, value in new.items():
        setattr(request, name, value)
    request.save(update_fields=list(new))


def _tell(event: str, request: ConfirmationRequest, at: datetime) -> None:
    announce(event, subject=("ticket", request.ticket_id), by=SYSTEM, at=at, request=request.pk)


def _replace(old: ConfirmationRequest, ticket: Ticket, by: Actor, at: datetime) -> None:
    if old.ticket_id != ticket.pk:
        raise Refused("consent.other_ticket", _("This request belongs to another ticket."))
    move(old, to=states.REPLACED, table=states.TABLE, next_step_at=None)
    announce(events.REPLACED, subject=("ticket", ticket.pk), by=by, at=at, request=old.pk)


def _refuse_faults(terms: Terms, ticket: Ticket, at: datetime) -> None:
    faults = terms.faults()
    if not faults and terms.ends <= at:
        faults = ["window_over"]
    systems = System.objects.filter(
        pk__in=[one.id for one in terms.systems], organisation=ticket.organisation_id, retired_at=None
    )
    if not faults and {(one.pk, one.name) for one in systems} != {(one.id, one.name) for one in terms.systems}:
        faults = ["foreign_system"]
    engineers = Staff.objects.filter(pk__in=[one.id for one in terms.engineers])
    able = {(one.pk, one.name) for one in engineers if policies.may_touch(one)}
    if not faults and able != {(one.id, one.name) for one in terms.engineers}:
        faults = ["foreign_engineer"]
    if faults:
        raise Refused(f"consent.{faults[0]}", _fault_in_words(faults[0]))


def _fault_in_words(code: str) -> str:
    return {
        "no_system": _("Name at least one system."),
        "no_action": _("Name at least one kind of action."),
        "no_words": _("Describe what exactly will be done, in at most 4,000 characters."),
        "no_level": _("Choose the level of access."),
        "more_than_looking": _("With “look only” nothing else can be done; choose a higher level or fewer actions."),
        "no_engineer": _("Name at least one engineer."),
        "no_watching": _("Choose whether the customer must be watching."),
        "no_window": _("The window must end after it begins and may last 31 days at most."),
        "no_zone": _("This time zone is unknown."),
        "hidden_signs": _("Names and the price stand on one line, and nothing may hold invisible signs. Remove them."),
        "window_over": _("This window is already over."),
        "foreign_system": _("Only systems of this customer that are in service can be named."),
        "foreign_engineer": _("Only engineers who work today can be named."),
    }[code]
