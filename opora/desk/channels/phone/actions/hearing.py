"""Hearing what exchanges say: words fold into calls, calls are told of, and settled when late words had time to come."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from opora.desk.channels.phone import errands, events, queries, rules, states
from opora.desk.channels.phone.actions import calling_back
from opora.desk.channels.phone.models import Call, CallBack, CallWord, Connection
from opora.desk.channels.phone.parsing import CallWord as Word
from opora.desk.channels.phone.rules import CallFacts
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.moves import compare_and_set

FACTS = tuple(CallFacts.__dataclass_fields__)


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
    _promise(call, before, after, at)
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


def _promise(call: Call, before: CallFacts, after: CallFacts, at: datetime) -> None:
    """The promise to answer begins when an incoming call rings, and is judged when it is answered."""
    if after.outgoing:
        return
    if after.state == states.RINGING and not before.caller_written:
        calling_back.promise_answer(call, at=at)
    if before.answered_at is None and after.answered_at is not None:
        calling_back.answered(call, at=after.answered_at)
    if before.ended_at is None and after.ended_at is not None and after.answered_at is None:
        calling_back.nobody_answered(call, at=after.ended_at)


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
                staff=queries.who_is_told(call),
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
        calling_back.settle_by_calls(call, at=at)
        return None
    return calling_back.want_call_back(call, at=at) if call.caller else None


@transaction.atomic
def end_silent(call: Call, *, at: datetime) -> None:
    """The exchange never said that it ended: it is over for us, so that it stands on no page for ever."""
    before = _facts(call)
    compare_and_set(call, {"state": call.state}, state=states.ENDED, ended_at=at)
    _promise(call, before, _facts(call), at)
    _tell(call, before, _facts(call), at)
