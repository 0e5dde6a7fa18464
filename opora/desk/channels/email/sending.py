"""Sending what the outbox holds: claim, hand over, write down what the server said. Each stage is its own commit.

Stop anywhere and start again: a letter that was surely not handed over is tried again when its lease is over; one whose
octets may have been taken stands as `unknown` until a person decides. Nothing is ever sent twice by itself.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from . import bad_addresses, identity, rules, states, telling
from .models import OutgoingLetter, Recipient
from .senders import Answer, HandedOver, Sender
from .tokens import bounce_address

log = logging.getLogger("opora.letters")

BATCH = 20


@dataclass(frozen=True, slots=True)
class Leases:
    """How long a letter stays a sender's own that is not heard of again: while it waits for its turn in the batch, while the
    server is talked to (every answer is waited for a minute, `senders.TIMEOUT`), and while its last answer is waited for
    (`senders.FINAL_ANSWER_TIMEOUT`). Only after the last may nobody know; the others end in another try."""

    claimed: timedelta = timedelta(minutes=2)
    talking: timedelta = timedelta(minutes=8)
    handed_over: timedelta = timedelta(minutes=15)


LEASES = Leases()


def _nothing(_point: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """One who sends. `clock` is asked after each hand-over; `reached` is told the points passed (tests stop there)."""

    sender: Sender
    clock: Callable[[], datetime]
    leases: Leases = LEASES
    reached: Callable[[str], None] = _nothing

    def send_due(self, *, limit: int = BATCH) -> int:
        """Hand over up to `limit` letters that are due; returns how many were tried. Several may run at once."""
        settle_abandoned(at=self.clock())
        letters = self._claim(limit)
        self.reached("claimed")
        for letter, rows in letters:
            for together, envelope_from in _paths(letter, rows):
                self._send(letter, together, envelope_from)
        return len(letters)

    def _claim(self, limit: int) -> list[tuple[OutgoingLetter, list[Recipient]]]:
        at = self.clock()
        with transaction.atomic():
            due = list(
                Recipient.objects.select_for_update(skip_locked=True)
                .filter(state=states.QUEUED, next_try_at__lte=at)
                .order_by("next_try_at", "pk")[:limit]
            )
            self.reached("chosen")
            for row in due:
                row.state, row.tries, row.next_try_at = states.SENDING, row.tries + 1, at + self.leases.claimed
            Recipient.objects.bulk_update(due, ("state", "tries", "next_try_at"))
        by_letter: dict[int, list[Recipient]] = defaultdict(list)
        for row in due:
            by_letter[row.letter_id].append(row)
        letters = OutgoingLetter.objects.in_bulk(by_letter)
        return [(letters[key], rows) for key, rows in by_letter.items()]

    def _send(self, letter: OutgoingLetter, rows: list[Recipient], envelope_from: str) -> None:
        """One letter over the wire. Rows whose lease another has settled meanwhile are left out."""
        mine = self._not_known_bad(letter, self._still_mine(rows))
        if not mine:
            return
        emails = {row.email: row for row in mine}

        def before_octets(accepted: Sequence[str]) -> None:
            self.reached("accepted")
            at = self.clock()
            changed = Recipient.objects.filter(
                pk__in=[emails[email].pk for email in accepted], state=states.SENDING, handed_over_at__isnull=True
            ).update(handed_over_at=at, next_try_at=at + self.leases.handed_over)
            if changed != len(accepted):
                raise RuntimeError("another sender has this letter")
            self.reached("marked")

        try:
            result = self.sender.hand_over(bytes(letter.raw), envelope_from, list(emails), before_octets)
        except Exception:
            self.sender.close()  # half a letter may lie on that connection; the lease decides about this one
            raise
        self.reached("handed over")
        self._write_down(letter, mine, result)
        self.reached("written down")

    def _still_mine(self, rows: list[Recipient]) -> list[Recipient]:
        """Those that nobody else has settled or claimed since we did; `tries` tells one claim from the next."""
        tries = {row.pk: row.tries for row in rows}
        at = self.clock()
        with transaction.atomic():
            found = (
                Recipient.objects.select_for_update()
                .filter(pk__in=tries, state=states.SENDING, handed_over_at__isnull=True, next_try_at__gt=at)
                .values_list("pk", "tries")
            )
            held = {key for key, number in found if number == tries[key]}
            Recipient.objects.filter(pk__in=held).update(next_try_at=at + self.leases.talking)
        return [row for row in rows if row.pk in held]

    def _not_known_bad(self, letter: OutgoingLetter, rows: list[Recipient]) -> list[Recipient]:
        """Those whose address has not been found bad meanwhile; the others are written down as not delivered."""
        at = self.clock()
        with transaction.atomic():
            bad = bad_addresses.known(row.email for row in rows)
            for row in rows:
                if row.email in bad:
                    answer = f"not tried: the address is known to be bad ({bad[row.email]})"[:500]
                    Recipient.objects.filter(pk=row.pk, state=states.SENDING).update(
                        state=states.FAILED, ended_at=at, answer=answer
                    )
            if bad:
                telling.settled(letter, at=at)
        return [row for row in rows if row.email not in bad]

    def _write_down(self, letter: OutgoingLetter, rows: list[Recipient], result: HandedOver) -> None:
        at = self.clock()
        with transaction.atomic():
            for row in rows:
                answer = result.answers.get(row.email, Answer(0, "the server said nothing"))
                new = _judge(row, answer, result.unknown and row.email in result.answers, at)
                Recipient.objects.filter(pk=row.pk, state=states.SENDING).update(answer=str(answer), **new)
                if new["state"] == states.FAILED and rules.is_bad_address("failed", rules.status_of(answer.text)):
                    bad_addresses.found_bad(row.email, said=str(answer), at=at)
            telling.settled(letter, at=at)


def _paths(letter: OutgoingLetter, rows: list[Recipient]) -> list[tuple[list[Recipient], str]]:
    """Who goes together, and under which envelope sender: each alone under one of its own (VERP), so that a report names
    the very letter and recipient whatever else it says. A letter from the null path goes to all at once."""
    if not letter.envelope_from or not settings.OPORA_MAIL_VERP:
        return [(rows, letter.envelope_from)]
    key = identity.bounce_key()
    return [([row], bounce_address(letter.envelope_from, row.pk, key)) for row in rows]


def _judge(row: Recipient, answer: Answer, unknown: bool, at: datetime) -> dict[str, object]:
    """The new state of one recipient by the server's answer."""
    if answer.code == 250:
        return {"state": states.SENT, "ended_at": at}
    if unknown and answer.code == 0:
        log.warning("letter %s to recipient %s: the last answer was lost", row.letter_id, row.pk)
        return {"state": states.UNKNOWN, "ended_at": at}
    if rules.is_final(answer.code) or row.tries >= rules.SEND_TRIES:
        return {"state": states.FAILED, "ended_at": at, "handed_over_at": None}
    return {"state": states.QUEUED, "next_try_at": at + rules.pause_before(row.tries), "handed_over_at": None}


def settle_abandoned(*, at: datetime) -> int:
    """Decide for letters whose sender died: not handed over yet -> wait again; perhaps handed over -> unknown."""
    with transaction.atomic():
        rows = list(
            Recipient.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=states.SENDING, next_try_at__lte=at)
            .select_related("letter")
            .defer("letter__raw")[:500]
        )
        lost = [row.pk for row in rows if row.handed_over_at is not None]
        again = [row.pk for row in rows if row.handed_over_at is None]
        if lost:
            words = "the sender stopped before it could write down the answer"
            Recipient.objects.filter(pk__in=lost).update(state=states.UNKNOWN, ended_at=at, answer=words)
        if again:
            Recipient.objects.filter(pk__in=again).update(state=states.QUEUED, next_try_at=at)
        for letter in {row.letter for row in rows}:
            telling.settled(letter, at=at)
    return len(rows)
