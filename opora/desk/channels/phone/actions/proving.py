"""A number is no proof. A caller is who it says when it knows the support PIN, or when we called it back ourselves."""

import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.channels.phone import events
from opora.desk.channels.phone.models import Call, CallerNote, SupportPin
from opora.desk.channels.phone.queries import spoken_back
from opora.desk.customers.models import Contact
from opora.desk.kernel.actions import announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may

PIN_TRIES = 5


@transaction.atomic
def make_pin(contact: Contact, *, by: Actor, at: datetime) -> str:
    """Return a new six-digit support PIN of a contact; the old one is worth nothing any more. It is shown this once."""
    pin = f"{secrets.randbelow(1_000_000):06d}"
    SupportPin.objects.update_or_create(
        contact=contact, defaults={"pin_hash": make_password(pin), "made_at": at, "failures": 0}
    )
    announce("phone.pin_made", subject=("contact", contact.pk), by=by, at=at)
    return pin


def prove_caller(contact: Contact, *, pin: str, by: Staff, at: datetime, call: Call | None = None) -> bool:
    """Return whether the caller said the contact's PIN, and keep it with the call. After five wrong ones it counts no more
    until a new one is made. Raises Refused for roles that take no calls."""
    permit(by)
    with transaction.atomic():
        row = SupportPin.objects.select_for_update().filter(contact=contact).first()
        if row is None or row.failures >= PIN_TRIES:
            right = False
        else:
            right = check_password(pin.strip().replace(" ", ""), row.pin_hash)
            row.failures = 0 if right else row.failures + 1
            row.save(update_fields=["failures"])
        announce("phone.pin_said", subject=("contact", contact.pk), by=by.actor, at=at, right=right)
        if right and call is not None:
            _keep(call, contact, Call.Proof.PIN, by, at)
    return right


@transaction.atomic
def prove_by_call_back(call: Call, *, contact: Contact, by: Staff, at: datetime) -> None:
    """We called the person back on a number we have, and it answered; operators cannot add numbers.

    Raises Refused when no such call was answered since this one began.
    """
    permit(by)
    if spoken_back(contact, since=call.began_at) is None:
        raise Refused(
            "phone.not_called_back",
            _("Nobody has answered a call-back on a number we have of this person since the call began. Call first."),
        )
    _keep(call, contact, Call.Proof.CALL_BACK, by, at)


@transaction.atomic
def note_caller(contact: Contact, *, text: str, by: Staff, at: datetime) -> None:
    """How to talk with this person; empty words take the note away."""
    permit(by)
    if not text.strip():
        CallerNote.objects.filter(contact=contact).delete()
        return
    CallerNote.objects.update_or_create(contact=contact, defaults={"text": text.strip()[:1000], "by": by, "at": at})


def permit(by: Staff) -> None:
    """Raises Refused for roles that take no calls."""
    if not may(by, "calls:take"):
        raise Refused("phone.not_an_operator", _("Calls are taken and called back by the contact centre."))


def _keep(call: Call, contact: Contact, how: str, by: Staff, at: datetime) -> None:
    call.proved, call.proved_how, call.proved_at = contact, how, at
    call.contact, call.organisation = contact, contact.organisation
    call.save(update_fields=["proved", "proved_how", "proved_at", "contact", "organisation"])
    announce(events.PROVED, subject=("call", call.pk), by=by.actor, at=at, contact=contact.pk, how=how)
