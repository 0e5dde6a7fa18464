"""Events of a call that come late, twice and in any order become the same call."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as some

from opora.desk.channels.phone import states
from opora.desk.channels.phone.parsing import CallWord
from opora.desk.channels.phone.rules import CallFacts, fold, is_missed, talked_seconds, waited_seconds

START = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)


def word(phase: str, *people: str, cause: str = "") -> CallWord:
    return CallWord(
        "c1", phase, False, "+74951234567", "84951234567", "+74957654321", "74957654321", people, cause=cause
    )


TALK = [
    (word("ringing", "101", "102"), START),
    (word("answered", "102"), START + timedelta(seconds=8)),
    (word("ended", cause="normalClearing"), START + timedelta(seconds=68)),
]


def folded(words: list[tuple[CallWord, datetime]]) -> CallFacts:
    call = CallFacts()
    for one, at in words:
        call = fold(call, one, at)
    return call


def test_it_knows_a_call_from_ring_to_end() -> None:
    call = folded(TALK)
    assert (call.state, call.answered_by, call.rung) == (states.ENDED, "102", ("101", "102"))
    assert (waited_seconds(call), talked_seconds(call)) == (8, 60)
    assert not is_missed(call)


def test_it_is_the_same_call_in_any_order() -> None:
    assert {folded(list(order)) for order in permutations(TALK)} == {folded(TALK)}


@given(some.lists(some.sampled_from(TALK), min_size=1, max_size=12))
def test_it_is_the_same_call_when_words_come_twice(words: list[tuple[CallWord, datetime]]) -> None:
    once = [one for one in TALK if one in words]
    assert folded(words) == folded(once)


def test_it_is_missed_when_nobody_answered_whatever_the_cause_says() -> None:
    """Asterisk says 127 for an abandoned queue call, others say cancel or nothing."""
    for cause in ("127", "cancel", "normalClearing", ""):
        assert is_missed(folded([TALK[0], (word("ended", cause=cause), START)]))


def test_it_is_not_missed_when_we_called() -> None:
    out = CallWord("c1", "ended", True, "", "", "+74951234567", "")
    assert not is_missed(folded([(out, START)]))
