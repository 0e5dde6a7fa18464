"""Ledgers with holds against counting every second: what was worked, when it is due, when it breaks, how it is parted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.sla.rules import Calendar, Turn, lay_out_ledger, worked_seconds
from opora.desk.sla.rules.explaining import explain_ledger
from opora.desk.sla.rules.promises import SECOND, Terms, broken_from
from opora.desk.sla.rules.splitting import split_ledger
from tests.sla.oracle import calendars, moments, worked_at_each_second

REASONS = ("waiting_on_customer", "waiting_on_vendor", "confirmation")
SPAN = 60_000


@st.composite
def ledgers(draw: st.DrawFn, start: datetime) -> list[Turn]:
    """Some turns after the first, several of them in one second now and then; held or counting in any order."""
    marks = sorted(draw(st.lists(st.integers(0, SPAN), max_size=8)))
    reasons = [draw(st.sampled_from(("", *REASONS))) for _mark in ("start", *marks)]
    begun = zip((0, *marks), reasons, strict=True)
    return [Turn(start + timedelta(seconds=mark), not why, why) for mark, why in begun]


def held_at_each_second(turns: Sequence[Turn], end: datetime) -> list[bool]:
    """Whether the time is held, second by second from the first turn: the last turn that is not later says so."""
    marks = [int((turn.at - turns[0].at).total_seconds()) for turn in turns]
    held = []
    for second in range(int((end - turns[0].at).total_seconds())):
        (*_earlier, standing) = (turn for mark, turn in zip(marks, turns, strict=True) if mark <= second)
        held.append(not standing.counts)
    return held


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_it_agrees_with_counting_every_second_that_was_not_held(data: st.DataObject) -> None:
    """b11.1."""
    calendar = data.draw(calendars())
    start = data.draw(moments(calendar.zone))
    turns = data.draw(ledgers(start))
    end = start + timedelta(seconds=data.draw(st.integers(0, SPAN + 20_000)))
    worked = list(worked_at_each_second(calendar, start, end))
    held = held_at_each_second(turns, end)
    counted = [works and not waits for works, waits in zip(worked, held, strict=True)]
    assert worked_seconds(calendar, turns, end) == sum(counted)
    assert _by_second(calendar, turns, end) == counted
    assert explain_ledger(calendar, turns, end)[-1].total == sum(counted) if end > start else True
    if sum(counted):
        _is_due_by_the_seconds(calendar, turns, counted, held, data.draw(st.integers(1, sum(counted))))


def _by_second(calendar: Calendar, turns: Sequence[Turn], end: datetime) -> list[bool]:
    """The intervals second by second; they lie without a gap, and no two of one kind stand side by side but at closing."""
    intervals = split_ledger(calendar, turns, end)
    at, found = turns[0].at, []
    for one in intervals:
        assert one.start == at
        found += [one.counts] * int((one.end - one.start).total_seconds())
        at = one.end
    assert at == max(end, turns[0].at)
    assert not any(a.counts and b.counts for a, b in pairwise(intervals))
    return found


def _is_due_by_the_seconds(
    calendar: Calendar, turns: Sequence[Turn], counted: Sequence[bool], held: Sequence[bool], target: int
) -> None:
    """Due is the first second that is not held by which the target was counted: when it has passed, the promise is broken."""
    laid = lay_out_ledger(calendar, Terms(target), turns)
    total = 0
    for second, (counts, waits) in enumerate(zip(counted, held, strict=True)):
        if total >= target and not waits:
            due = turns[0].at + second * SECOND
            assert (laid.due_at, laid.broken_from) == (due, broken_from(due))
            return
        total += counts


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_is_due_later_by_exactly_what_was_held(data: st.DataObject) -> None:
    """Whatever was held before, the counted seconds up to the due moment are the target, and one less a second before it."""
    calendar = data.draw(calendars())
    start = data.draw(moments(calendar.zone))
    turns = [*data.draw(ledgers(start)), Turn(start + timedelta(seconds=SPAN))]
    target = data.draw(st.integers(1, 400_000))
    due = lay_out_ledger(calendar, Terms(target), turns).due_at
    assert worked_seconds(calendar, turns, due) == target
