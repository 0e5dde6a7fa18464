"""The verbs of the telephone: hear what an exchange says, settle ended calls, call back, prove a caller by its PIN."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from opora.desk.channels.phone import errands, events, queries, rules, states
from opora.desk.channels.phone.models import Call, CallBack, CallWord, Connection, Extension, SupportPin
from opora.desk.channels.phone.naming import is_name
from opora.desk.channels.phone.parsing import CallWord as Word
from opora.desk.channels.phone.rules import CallFacts
from opora.desk.customers.models import Contact
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket

FACTS = tuple(CallFacts.__dataclass_fields__)
PIN_TRIES = 5


@transaction.atomic
def connect(*, name: str, preset: str, region: str, secret: str, by: Staff, at: datetime) -> tuple[Connection, str]:
    """Make an exchange known; returns it and the token for its address, which is shown this once only."""
    if not may(by, "settings:edit"):
        raise Refused("phone.not_yours", _("Only administrators connect an exchange."))
    if not is_name(secret):
        raise Refused(
            "phone.open_secret", _("Name the secret as env:NAME or file:/path; it is not kept in the database.")
        )
    token = secrets.token_urlsafe(24)
    connection = Connection.objects.create(
        name=name, preset=preset, region=region, secret=secret, token_hash=hashlib.sha256(token.encode()).hexdigest()
    )
    announce("phone.connected", subject=("exchange", connection.pk), by=by.actor, at=at, preset=preset)
    return connection, token


@transaction.atomic
def seat(connection: Connection, *, extension: str, staff: Staff) -> Extension:
    """From now on calls at this extension ring at this colleague; a second seat moves it."""
    row, _new = Extension.objects.update_or_create(
        connection=connection, name=extension.strip(), defaults={"staff": staff}
    )
    return row


@transaction.atomic
def hear(
    connection: Connection, *, body: bytes, query: str, word: Word | None, trouble: str, at: datetime
) -> Call | None:
    """Keep a request byte for byte, and fold what it says into its call. Returns the call, None if it tells of none.

    The same bytes a second time change nothing.
    """
    digest = hashlib.sha256(query.encode() + b"\0" + body).hexdigest()
    known = CallWord.objects.filter(connection=connection, sha256=digest).select_related("call").first()
    if known is not None:
        return known.call
    call = _fold_in(connection, word, at) if word is not None else None
    kept = {"body": body, "query": query[:2000], "at": at, "call": call, "trouble": trouble[:200]}
    CallWord.objects.get_or_create(connection=connection, sha256=digest, defaults=kept)
    Connection.objects.filter(pk=connection.pk).update(heard_at=at)
    return call


def _fold_in(connection: Connection, word: Word, at: datetime) -> Call:
    call = _locked_call(connection, word, at)
    before = _facts(call)
    after = rules.fold(before, word, at)
    changed = [name for name in FACTS if getattr(before, name) != getattr(after, name)]
    for name in changed:
        value = getattr(after, name)
        setattr(call, name, list(value) if isinstance(value, tuple) else value)
    if not call.contact_id and not call.organisation_id and (number := _theirs(call)):
        found = queries.who_calls(number)
        call.contact, call.organisation = found.contact, found.organisation
        changed += ["contact", "organisation"]
    if changed:
        call.save(update_fields=changed)
    _fulfil(call)
    _tell(call, before, after, at)
    return call


def _fulfil(call: Call) -> None:
    """A call that a colleague asked for belongs to the ticket and the person it was asked for."""
    if call.ticket_id is not None or not call.outgoing:
        return
    errand = errands.behind(call)
    if errand is not None and (errand.ticket_id, errand.contact_id) not in ((None, None), (None, call.contact_id)):
        call.ticket = errand.ticket
        call.contact = errand.contact or call.contact
        call.save(update_fields=["ticket", "contact"])


def _locked_call(connection: Connection, word: Word, at: datetime) -> Call:
    """The call's row, locked; made if this is its first word. Two first words at once meet in the database."""
    rows = Call.objects.select_for_update()
    if found := rows.filter(connection=connection, key=word.call).first():
        return found
    try:
        with transaction.atomic():
            Call.objects.create(connection=connection, key=word.call, began_at=at, outgoing=word.outgoing)
    except IntegrityError:
        pass
    return rows.get(connection=connection, key=word.call)


def _facts(call: Call) -> CallFacts:
    kept: dict[str, Any] = {name: getattr(call, name) for name in FACTS}
    return CallFacts(**kept | {"rung": tuple(call.rung)})


def _theirs(call: Call) -> str:
    return call.called if call.outgoing else call.caller


def _tell(call: Call, before: CallFacts, after: CallFacts, at: datetime) -> None:
    """Announce what is new: ringing (also at somebody more), answered, ended."""
    happened = [
        (events.RINGING, after.state == states.RINGING and (before.rung != after.rung or not before.caller_written)),
        (events.ANSWERED, before.answered_at is None and after.answered_at is not None),
        (events.ENDED, before.ended_at is None and after.ended_at is not None),
    ]
    for name, new in happened:
        if new:
            announce(
                name,
                subject=("call", call.pk),
                by=SYSTEM,
                at=at,
                staff=queries.staff_behind_extensions(call.connection_id, [*call.rung, call.answered_by]),
                contact=call.contact_id,
                organisation=call.organisation_id,
            )


@transaction.atomic
def settle(call: Call, *, at: datetime) -> CallBack | None:
    """An ended call is looked at once more when late words had time to come: a missed one becomes a task to call back.

    Returns the task, if there is one. Settling twice changes nothing.
    """
    if call.settled_at is not None:
        return None
    compare_and_set(call, {"settled_at": None}, settled_at=at)
    if not rules.is_missed(_facts(call)):
        return None
    return _want_call_back(call, at) if call.caller else None


def _want_call_back(call: Call, at: datetime) -> CallBack:
    """One open task a number; and none anew within an hour of one that was done."""
    rows = CallBack.objects.select_for_update().filter(number=call.caller)
    recent = rows.filter(last_at__gt=call.began_at - rules.ONE_CALL_BACK_IN).order_by("-id").first()
    task = rows.filter(state=states.OPEN).first() or (recent if recent and recent.state == states.OPEN else None)
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
    return task


@transaction.atomic
def call_back_done(task: CallBack, *, by: Staff, at: datetime, note: str = "") -> None:
    """Somebody called. Raises Refused when it was done already."""
    move(task, to=states.DONE, table=states.CALL_BACK_TABLE, done_at=at, done_by=by, note=note.strip())
    announce(events.CALLED_BACK, subject=("call_back", task.pk), by=by.actor, at=at, number=task.number)


@transaction.atomic
def drop_call_back(task: CallBack, *, by: Staff, at: datetime, note: str) -> None:
    """It is not needed any more; why is kept. Raises Refused without a reason."""
    if not note.strip():
        raise Refused("phone.no_reason", _("Say why nobody needs to call."))
    move(task, to=states.DROPPED, table=states.CALL_BACK_TABLE, done_at=at, done_by=by, note=note.strip())


@transaction.atomic
def hand_to_engineer(call: Call, *, ticket: Ticket, to: Staff, by: Staff, words: str, at: datetime) -> None:
    """A call goes on to an engineer; a note on the ticket says what the caller wants. Raises Refused without words."""
    if not words.strip():
        raise Refused("phone.no_words", _("Say in a sentence what the caller wants; the engineer reads it first."))
    said = _("%(by)s hands a call to %(to)s: %(words)s") % {"by": by.name, "to": to.name, "words": words.strip()}
    tickets.note(ticket, by=by.actor, text=said, at=at)
    call.ticket = ticket
    call.save(update_fields=["ticket"])
    announce(events.NOTED, subject=("call", call.pk), by=by.actor, at=at, to=to.pk, ticket=ticket.pk)


@transaction.atomic
def make_pin(contact: Contact, *, by: Actor, at: datetime) -> str:
    """Return a new six-digit support PIN of a contact; the old one is worth nothing any more. It is shown this once."""
    pin = f"{secrets.randbelow(1_000_000):06d}"
    SupportPin.objects.update_or_create(
        contact=contact, defaults={"pin_hash": make_password(pin), "made_at": at, "failures": 0}
    )
    announce("phone.pin_made", subject=("contact", contact.pk), by=by, at=at)
    return pin


def prove_caller(contact: Contact, *, pin: str, by: Staff, at: datetime) -> bool:
    """Return whether the caller said the contact's PIN. After five wrong ones it counts no more until a new one is made."""
    with transaction.atomic():
        row = SupportPin.objects.select_for_update().filter(contact=contact).first()
        if row is None or row.failures >= PIN_TRIES:
            right = False
        else:
            right = check_password(pin.strip(), row.pin_hash)
            row.failures = 0 if right else row.failures + 1
            row.save(update_fields=["failures"])
        announce("phone.pin_said", subject=("contact", contact.pk), by=by.actor, at=at, right=right)
    return right
