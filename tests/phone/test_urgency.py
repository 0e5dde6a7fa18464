"""Priority by questions: the table, and what must hold for every answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.channels.phone.rules import HIT, WORKS, urgency, who_is_told
from opora.desk.channels.phone.rules.urgency import is_no_less

TABLE = [
    ("nothing", "everybody", False, "incident", "high"),
    ("nothing", "many", False, "incident", "high"),
    ("nothing", "one", False, "incident", "medium"),
    ("part", "everybody", False, "incident", "medium"),
    ("part", "many", False, "incident", "medium"),
    ("part", "one", False, "incident", "low"),
    ("part", "one", True, "incident", "medium"),
    ("slow", "everybody", False, "incident", "low"),
    ("slow", "one", True, "incident", "medium"),
    ("all", "", False, "question", "low"),
    ("all", "everybody", True, "question", "low"),
]


@pytest.mark.parametrize(("works", "hit", "losing", "kind", "priority"), TABLE)
def test_it_follows_the_answers(works: str, hit: str, losing: bool, kind: str, priority: str) -> None:
    found = urgency(works, hit, losing=losing)
    assert found is not None
    assert (found.kind, found.priority) == (kind, priority)


@pytest.mark.parametrize(("works", "hit"), [("", "one"), ("nothing", ""), ("red", "one"), ("part", "all")])
def test_it_follows_from_no_half_an_answer(works: str, hit: str) -> None:
    assert urgency(works, hit) is None


broken = st.sampled_from(WORKS[:3])
hits = st.sampled_from(HIT)


@given(broken, broken, hits, hits, st.booleans(), st.booleans())
def test_it_never_lowers_the_priority_when_things_are_worse(
    works: str, other: str, hit: str, fewer: str, losing: bool, also: bool
) -> None:
    if WORKS.index(works) <= WORKS.index(other) and HIT.index(hit) <= HIT.index(fewer) and losing >= also:
        worse, better = urgency(works, hit, losing=losing), urgency(other, fewer, losing=also)
        assert worse is not None
        assert better is not None
        assert is_no_less(worse.priority, better.priority)


@given(broken, hits, st.booleans())
def test_it_calls_only_what_is_gone_for_several_a_total_outage(works: str, hit: str, losing: bool) -> None:
    found = urgency(works, hit, losing=losing)
    assert found is not None
    assert (found.priority == "high") == (works == "nothing" and hit != "one")


people = st.sets(st.integers(1, 9))


@given(people, people, st.one_of(st.none(), st.integers(1, 9)))
def test_it_tells_no_engineer_of_a_call_that_was_not_handed_on(
    operators: set[int], behind: set[int], handed: int | None
) -> None:
    told = who_is_told(outgoing=False, operators=operators, at_extensions=behind, handed_to=handed)
    assert set(told) <= operators | ({handed} - {None})
    assert bool(operators) <= bool(set(told) & operators)
