"""Which reports look like one trouble: a pure rule."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.incidents.rules import Trouble, groups_of, in_language, like, words_of

NOON = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def trouble(number: int, text: str, *, service: int | None = 1, after: int = 0) -> Trouble:
    return Trouble(number, service, NOON + after * MINUTE, words_of(text))


def test_it_sees_one_trouble_in_different_words_and_endings() -> None:
    one = trouble(1, "Не открывается панель управления серверами, ошибка 502")
    other = trouble(2, "Панель управления не открылась, сервер отвечает ошибкой", after=20)
    assert like(one, other)


def test_it_keeps_services_and_times_apart() -> None:
    text = "The control panel shows error 502 bad gateway"
    assert like(trouble(1, text), trouble(2, text))
    assert like(trouble(1, text), trouble(2, text, service=None))
    assert not like(trouble(1, text), trouble(2, text, service=2))
    assert not like(trouble(1, text), trouble(2, text, after=121))


def test_it_is_not_misled_by_politeness() -> None:
    assert not like(trouble(1, "Hello, please help, thank you!"), trouble(2, "Hello, thank you, please help us today"))
    assert not like(trouble(1, "Disk full on backup"), trouble(2, "Invoice for August is missing"))


def test_it_gathers_a_chain_and_names_what_is_shared() -> None:
    said = [trouble(n, f"Network down in zone A, VPN tunnel lost ({n})", after=n) for n in range(1, 15)]
    alone = trouble(99, "How do I add a mailbox?", after=3)
    (group,) = groups_of([*said, alone])
    assert group.numbers == tuple(range(1, 15))
    assert {"netwo", "tunne"} <= set(group.words)


def test_it_asks_for_three() -> None:
    text = "Network down, tunnel lost"
    assert groups_of([trouble(1, text), trouble(2, text)]) == []


texts = st.lists(
    st.sampled_from(["network", "tunnel", "panel", "backup", "invoice", "mailbox", "disk", "error", "slow", "login"]),
    max_size=6,
)


@settings(deadline=None)
@given(st.lists(st.tuples(texts, st.integers(0, 300), st.sampled_from([None, 1, 2])), max_size=25), st.randoms())
def test_it_finds_the_same_groups_in_any_order_and_nobody_twice(reports: list, dice: object) -> None:
    said = [
        trouble(n, " ".join(text), service=service, after=after) for n, (text, after, service) in enumerate(reports)
    ]
    shuffled = list(said)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    groups = groups_of(said)
    assert groups == groups_of(shuffled)
    numbers = [number for group in groups for number in group.numbers]
    assert len(numbers) == len(set(numbers))
    known = {one.number: one for one in said}
    for group in groups:
        assert all(any(like(known[n], known[m]) for m in group.numbers if m != n) for n in group.numbers)


def test_it_speaks_the_readers_language_and_else_the_other() -> None:
    assert in_language("ru", "Down", "Не работает") == "Не работает"
    assert in_language("ru", "Down", "") == "Down"
    assert in_language("en", "", "Не работает") == "Не работает"
