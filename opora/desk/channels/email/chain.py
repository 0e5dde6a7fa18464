"""The chain every letter goes through: small named steps, each says continue, stop or done, and why.

What each step said is kept on the raw letter, so nothing vanishes. A step that fails leaves no trace in the database but
its error: the letter waits for another try, then lies in quarantine; the next letter goes on.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from opora.desk.kernel.errors import Clash, Refused

from . import rules, states
from .case import Case, Memory, Step, Verdict
from .models import RawLetter
from .steps import STEPS

log = logging.getLogger("opora.letters")

LEASE = timedelta(seconds=60)
BATCH = 50


@dataclass(slots=True)
class Tally:
    """What one pass did."""

    done: int = 0
    quarantined: int = 0
    put_off: int = 0
    outcomes: list[str] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many letters were looked at."""
        return self.done + self.quarantined + self.put_off


def process_due(*, at: datetime, limit: int = BATCH, lease: timedelta = LEASE) -> Tally:
    """Take up to `limit` stored letters and put each through the chain. Several workers may run it at once.

    A letter that has been tried before is taken alone: if it kills the process, it kills no other letter's try.
    """
    return process(_claim(at, limit, lease), at=at)


def process(ids: Sequence[int], *, at: datetime) -> Tally:
    """Put these letters through the chain in one transaction, each in a savepoint of its own."""
    tally = Tally()
    if not ids:
        return tally
    with transaction.atomic():
        letters = list(
            RawLetter.objects.select_for_update(skip_locked=True).filter(pk__in=ids, state=states.STORED).order_by("pk")
        )
        memory = Memory.of(letters)
        for raw in letters:
            _put_through(raw, memory, at, tally)
        RawLetter.objects.bulk_update(letters, _WRITTEN)
    return tally


_WRITTEN = (
    "state", "next_try_at", "tries", "outcome", "reason", "steps", "error", "subject", "sender", "ticket", "decided_at",
)  # fmt: skip

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


def _put_through(raw: RawLetter, memory: Memory, at: datetime, tally: Tally) -> None:
    case = Case(raw=raw, at=at, memory=memory)
    try:
        with transaction.atomic():
            verdict = run(case, STEPS)
    except (OperationalError, InterfaceError):
        raise
    except Refused as no:
        if isinstance(no, Clash):
            _failed(case, no, tally)
        else:
            _refused(case, no, tally)
        return
    except Exception as error:
        log.exception("letter %s failed", raw.pk)
        _failed(case, error, tally)
        return
    raw.steps, raw.error, raw.decided_at = case.steps, "", at
    raw.ticket = case.ticket or raw.ticket
    if verdict.quarantine:
        raw.state, raw.reason = states.QUARANTINED, verdict.reason[:500]
        tally.quarantined += 1
    else:
        raw.state, raw.outcome, raw.reason = states.DONE, verdict.outcome, verdict.reason[:500]
        memory.learn(case)
        tally.done += 1
    tally.outcomes.append(verdict.outcome)


def run(case: Case, steps: Sequence[Step]) -> Verdict:
    """The verdict of the first step that ends the chain. Raises RuntimeError if none does."""
    for step in steps:
        verdict = step(case)
        case.steps.append([step.__name__, verdict.word, verdict.reason[:300]])
        if verdict.ends:
            return verdict
    raise RuntimeError("the chain came to its end without a decision")


def _refused(case: Case, no: Refused, tally: Tally) -> None:
    raw = case.raw
    raw.steps = [*case.steps, ["refused", "stop", no.code]]
    raw.state, raw.reason, raw.error, raw.decided_at = states.QUARANTINED, str(no)[:500], "", case.at
    raw.ticket_id = None
    case.memory.forget(case)
    tally.quarantined += 1
    tally.outcomes.append("")


def _failed(case: Case, error: Exception, tally: Tally) -> None:
    raw = case.raw
    raw.steps = [*case.steps, ["failed", "stop", f"{type(error).__name__}: {error}"[:300]]]
    raw.error = f"{type(error).__name__}: {error}".replace("\0", "")[:2000]
    raw.ticket_id = None
    case.memory.forget(case)
    if raw.tries >= rules.READ_TRIES:
        raw.state, raw.reason, raw.decided_at = states.QUARANTINED, "it could not be processed", case.at
        tally.quarantined += 1
    else:
        raw.next_try_at = case.at + rules.pause_before(raw.tries)
        tally.put_off += 1
