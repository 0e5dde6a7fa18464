"""The text a customer confirms: everything stands in it, and any change makes another text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.desk.consent.rules import ACTIONS, Named, Terms, digest_of, statement

START = datetime(2026, 9, 14, 19, 0, tzinfo=UTC)
TERMS = Terms(
    ticket="T-1042",
    customer="Northwind Bakery",
    systems=(Named(1, "web1"), Named(2, "db1")),
    actions=("look", "change"),
    what="Raise the worker limit.\nReload nginx.",
    level="user",
    starts=START,
    ends=START + timedelta(hours=2),
    zone="Europe/Moscow",
    engineers=(Named(7, "Boris Orlov"),),
    watching="must",
    price="120 EUR",
)


def test_it_says_everything_in_english() -> None:
    text = statement(TERMS, "en")
    told = ("T-1042", "Northwind Bakery", "web1, db1", "Reload nginx.", "look, change settings", "an ordinary user")
    told += ("2026-09-14 22:00", "2026-09-15 00:00", "Europe/Moscow", "2026-09-14 19:00", "Boris Orlov", "120 EUR")
    for part in (*told, "only while somebody of yours is watching"):
        assert part in text


def test_it_says_everything_in_russian() -> None:
    text = statement(TERMS, "ru")
    for part in (
        "T-1042",
        "web1, db1",
        "Reload nginx.",
        "обычный пользователь",
        "2026-09-14 22:00",
        "Boris Orlov",
        "120 EUR",
    ):
        assert part in text
    assert "without" not in text


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    "changed",
    [
        {"ticket": "T-1043"},
        {"customer": "Driftwood"},
        {"systems": (Named(1, "web1"),)},
        {"actions": ("look",)},
        {"what": "Raise the worker limit."},
        {"level": "superuser"},
        {"starts": START + timedelta(minutes=1)},
        {"ends": START + timedelta(hours=3)},
        {"zone": "Europe/Berlin"},
        {"engineers": (Named(8, "Oleg Stern"),)},
        {"watching": "notify"},
        {"price": ""},
    ],
    ids=lambda changed: str(next(iter(changed))),
)
def test_it_is_another_text_when_anything_changes(changed: dict[str, object], language: str) -> None:
    other = replace(TERMS, **changed)  # type: ignore[arg-type]
    assert digest_of(statement(other, language)) != digest_of(statement(TERMS, language))


def test_it_has_words_for_every_action_in_both_languages() -> None:
    for language in ("en", "ru"):
        for action in ACTIONS:
            assert statement(replace(TERMS, actions=(action,)), language)


@given(some.datetimes(timezones=some.just(UTC)), some.integers(1, 10_000), some.text(min_size=1, max_size=50))
def test_it_comes_back_from_the_database_as_it_was(starts: datetime, minutes: int, what: str) -> None:
    if starts.year >= 9990:
        return
    terms = replace(TERMS, starts=starts, ends=starts + timedelta(minutes=minutes), what=what)
    assert Terms.from_json(terms.to_json()) == terms


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"systems": ()}, "no_system"),
        ({"actions": ()}, "no_action"),
        ({"actions": ("look", "anything")}, "no_action"),
        ({"what": "  "}, "no_words"),
        ({"what": "x" * 4001}, "no_words"),
        ({"level": "root"}, "no_level"),
        ({"level": "look"}, "more_than_looking"),
        ({"engineers": ()}, "no_engineer"),
        ({"watching": "perhaps"}, "no_watching"),
        ({"ends": START}, "no_window"),
        ({"ends": START + timedelta(days=32)}, "no_window"),
        ({"zone": "Europe/Atlantis"}, "no_zone"),
        ({"zone": "../../etc/passwd"}, "no_zone"),
    ],
)
def test_it_finds_what_is_wrong(changed: dict[str, object], fault: str) -> None:
    assert TERMS.faults() == []
    assert replace(TERMS, **changed).faults() == [fault]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "high"),
    [({}, False), ({"level": "superuser"}, True), ({"actions": ("restart",)}, True), ({"actions": ("delete",)}, True)],
)
def test_it_knows_what_a_plain_letter_is_not_enough_for(changed: dict[str, object], high: bool) -> None:
    assert replace(TERMS, **changed).high_risk is high  # type: ignore[arg-type]
