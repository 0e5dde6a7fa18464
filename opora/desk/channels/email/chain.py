"""The chain every letter goes through: small named steps, each says continue, stop or done, and why.

What each step said is kept on the raw letter, so nothing vanishes. Letters are taken together, in one transaction and few
statements; when anything at all goes wrong with them, each is taken again alone: the one that fails leaves no trace but its
error, waits for another try, then lies in quarantine, and the others go their way.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from opora.desk.kernel.errors import Clash, Refused

from . import proving, rules, states
from .case import Case, Memory, Step, Verdict
from .models import RawLetter
from .steps import STEPS
from .steps.filing import write_together
from .understanding import TooHard, head_of
from .unsealing import open_letter

log = logging.getLogger("opora.letters")

LEASE = timedelta(seconds=60)
BATCH = 50


@dataclass(slots=True)
class Tally:
    """What one pass did."""

    done: int = 0
    quarantined: int = 0
    put_off: int = 0
    set_aside: int = 0
    outcomes: list[str] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many letters were looked at."""
        return self.done + self.quarantined + self.put_off + self.set_aside


def process_due(*, at: datetime, limit: int = BATCH, lease: timedelta = LEASE) -> Tally:
    """Take up to `limit` stored letters and put each through the chain. Several workers may run it at once.

    A letter that has been tried before is taken alone: if it kills the process, it kills no other letter's try.
    """
    return process(_claim(at, limit, lease), at=at)


def process(ids: Sequence[int], *, at: datetime) -> Tally:
    """Put these letters through the chain, together if that goes well, else each alone. Raises the database's own errors."""
    tally = Tally()
    if not ids:
        return tally
    proving.check_ourselves(ids)
    try:
        with transaction.atomic():
            cases = _run_together(ids, at)
    except Exception as error:
        _raise_if_lost(error)
        log.log(logging.INFO if len(ids) > 1 else logging.DEBUG, "%s letters did not go together: %r", len(ids), error)
        for one in ids:
            _run_alone(one, at, tally)
    else:
        for case in cases:
            _count(case.raw, tally)
    return tally


_CLAIM = """
    update email_channel_rawletter set tries = tries + 1, next_try_at = %s
    where id in (
        select id from email_channel_rawletter
        where state = 'stored' and next_try_at <= %s and (tries = 0) = %s
        order by next_try_at, id limit %s for update skip locked
    )
    returning id
"""


def _claim(at: datetime, limit: int, lease: timedelta) -> list[int]:
    """The ids of the letters that are ours for the length of the lease. Committed before any of them is read."""
    for fresh, many in ((True, limit), (False, 1)):
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [at + lease, at, fresh, many])
            ids = [row[0] for row in cursor.fetchall()]
        if ids:
            return sorted(ids)
    return []


def _locked(ids: Sequence[int]) -> list[RawLetter]:
    rows = RawLetter.objects.select_for_update(skip_locked=True).filter(pk__in=ids, state=states.STORED)
    return list(rows.order_by("pk"))


def _run_together(ids: Sequence[int], at: datetime) -> list[Case]:
    memory = Memory()
    cases = [Case(raw, at, open_letter(bytes(raw.raw), settings.OPORA_MAIL_KEYS), memory) for raw in _locked(ids)]
    memory.prepare(cases)
    for case in cases:
        if memory.waits_for(case):
            write_together(memory)
            memory.prepare([case])
        case.verdict = run(case, STEPS)
    write_together(memory)
    for case in cases:
        _settle(case)
    _write([case.raw for case in cases])
    return cases


def _run_alone(one: int, at: datetime, tally: Tally) -> None:
    with transaction.atomic():
        for raw in _locked([one]):
            case = Case(raw, at, head_of(bytes(raw.raw)), Memory())
            try:
                case.letter = open_letter(bytes(raw.raw), settings.OPORA_MAIL_KEYS)
                with transaction.atomic():
                    case.memory.prepare([case])
                    case.verdict = run(case, STEPS)
                    write_together(case.memory)
                _settle(case)
            except Exception as error:
                _raise_if_lost(error)
                _failed(case, error)
            _write([raw])
            _count(raw, tally)


def _raise_if_lost(error: Exception) -> None:
    """An error of the connection is nobody's letter's fault: raised on. What the database says of a statement is not."""
    if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
        raise error


def run(case: Case, steps: Sequence[Step]) -> Verdict:
    """The verdict of the first step that ends the chain. Raises RuntimeError if none does."""
    for step in steps:
        verdict = step(case)
        case.steps.append([step.__name__, verdict.word, verdict.reason[:300]])
        if verdict.ends:
            return verdict
    raise RuntimeError("the chain came to its end without a decision")


def _settle(case: Case) -> None:
    """Write the verdict on the raw letter in hand."""
    raw, verdict = case.raw, case.verdict
    assert verdict is not None
    raw.steps, raw.error, raw.decided_at = [*raw.steps, *case.steps], "", case.at
    raw.ticket = case.ticket or raw.ticket
    raw.state = verdict.state
    raw.outcome, raw.held_for = (verdict.outcome, "") if raw.state != states.HELD else ("", verdict.outcome)
    raw.reason = verdict.reason[:500]


def _failed(case: Case, error: Exception) -> None:
    """A rule said no, or it cannot be read: quarantine, with the words. Anything else: another try, quarantine after the last."""
    raw = case.raw
    raw.steps = [*raw.steps, *case.steps, ["failed", "stop", f"{type(error).__name__}: {error}"[:300]]]
    if isinstance(error, TooHard) or (isinstance(error, Refused) and not isinstance(error, Clash)):
        raw.state, raw.reason, raw.error, raw.decided_at = states.QUARANTINED, str(error)[:500], "", case.at
        return
    log.error("letter %s failed", raw.pk, exc_info=error)
    raw.error = f"{type(error).__name__}: {error}"[:2000]
    if raw.tries >= rules.READ_TRIES:
        raw.state, raw.reason, raw.decided_at = states.QUARANTINED, "it could not be processed", case.at
    else:
        raw.next_try_at = case.at + rules.pause_before(raw.tries)


def _count(raw: RawLetter, tally: Tally) -> None:
    if raw.state == states.DONE:
        tally.done += 1
    elif raw.state == states.QUARANTINED:
        tally.quarantined += 1
    elif raw.state in (states.HELD, states.SPAM):
        tally.set_aside += 1
    else:
        tally.put_off += 1
    tally.outcomes.append(raw.outcome)


_WRITE = """
    update email_channel_rawletter raw
    set state = new.state, next_try_at = new.next_try_at, outcome = new.outcome, reason = new.reason, steps = new.steps,
        error = new.error, subject = new.subject, sender = new.sender, ticket_id = new.ticket_id, decided_at = new.decided_at,
        authenticity = new.authenticity, proof = new.proof, held_for = new.held_for
    from jsonb_to_recordset(%s::jsonb) as new (
        id bigint, state text, next_try_at timestamptz, outcome text, reason text, steps jsonb, error text, subject text,
        sender text, ticket_id bigint, decided_at timestamptz, authenticity text, proof jsonb,
        held_for text
    )
    where raw.id = new.id
"""


def _write(letters: Sequence[RawLetter]) -> None:
    """What became of the letters, in one statement whatever their number."""
    rows = [
        {
            "id": raw.pk,
            "state": raw.state,
            "next_try_at": raw.next_try_at.isoformat(),
            "outcome": raw.outcome,
            "reason": raw.reason,
            "steps": raw.steps,
            "error": raw.error,
            "subject": raw.subject,
            "sender": raw.sender,
            "ticket_id": raw.ticket_id,
            "decided_at": raw.decided_at.isoformat() if raw.decided_at else None,
            "authenticity": raw.authenticity,
            "proof": raw.proof,
            "held_for": raw.held_for,
        }
        for raw in letters
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json.dumps(rows).replace("\\u0000", "")])
