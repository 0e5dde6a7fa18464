"""What people write: calendars, lengths of time, targets. Every fault is one clear line, all of them at once."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.sla.rules import (
    Calendar,
    Faulty,
    freeze_holidays,
    read_calendar,
    read_duration,
    read_targets,
    write_duration,
)
from opora.desk.sla.rules.official import read_and_freeze
from tests.sla.conftest import HOUR, OFFICE


def faults(terms: object) -> list[str]:
    with pytest.raises(Faulty) as faulty:
        read_calendar(terms)
    return [str(fault) for fault in faulty.value.faults]


def test_it_reads_the_same_from_text_and_from_what_the_text_holds() -> None:
    assert Calendar.from_json(json.dumps(OFFICE)) == read_calendar(OFFICE)


def test_it_knows_around_the_clock_however_it_is_written() -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    long = read_calendar({"zone": "UTC", "week": {day: ["00:00-12:00", "12:00-24:00"] for day in days}})
    whole = read_calendar({"zone": "UTC", "week": {day: ["00:00-24:00"] for day in days}})
    assert whole == read_calendar({"zone": "UTC", "week": "24x7"})
    assert whole.is_always
    assert not long.is_always  # written otherwise, reckoned the same (test_working_time)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"zone": "Mars/Base"}, "zone: “Mars/Base” is not a time zone; write one such as Europe/Moscow"),
        ({"zone": "../etc/passwd"}, "zone: “../etc/passwd” is not a time zone; write one such as Europe/Moscow"),
        ({"zone": None}, "zone: “” is not a time zone; write one such as Europe/Moscow"),
        ({"week": {"monday": []}}, "week: “monday” is not a weekday; write mon, tue, wed, thu, fri, sat, sun"),
        ({"week": ["mon"]}, "week: write an object of weekdays, or “24x7”"),
        (
            {"week": {"mon": "09:00-18:00"}},
            'week.mon: write a list of intervals such as ["09:00-18:00"], or [] for closed',
        ),
        ({"week": {"mon": ["9 to 5"]}}, "week.mon: “9 to 5” is not an interval; write it as 09:00-18:00"),
        ({"week": {"mon": [900]}}, "week.mon: “900” is not an interval; write it as 09:00-18:00"),
        ({"week": {"mon": ["09:00-24:01"]}}, "week.mon: “09:00-24:01” has a time no clock shows; a day ends at 24:00"),
        ({"week": {"mon": ["24:00-24:00"]}}, "week.mon: “24:00-24:00” has a time no clock shows; a day ends at 24:00"),
        (
            {"week": {"mon": ["22:00-06:00"]}},
            "week.mon: “22:00-06:00” ends before it begins; past midnight, go on in the next day from 00:00",
        ),
        ({"week": {"mon": ["09:00-13:00", "12:00-18:00"]}}, "week.mon: 09:00-13:00 and 12:00-18:00 overlap"),
        ({"week": {"mon": ["09:00-13:00", "09:00-13:00"]}}, "week.mon: 09:00-13:00 and 09:00-13:00 overlap"),
        ({"dates": {"31.12.2026": []}}, "dates: “31.12.2026” is not a day; write it as 2026-12-31"),
        ({"dates": {"2026-02-29": []}}, "dates: “2026-02-29” is not a day; write it as 2026-12-31"),
        ({"dates": {"20261231": []}}, "dates: “20261231” is not a day; write it as 2026-12-31"),
        ({"every_year": {"02-30": []}}, "every_year: “02-30” is not a day; write it as 12-31"),
        ({"every_year": []}, "every_year: write an object: day, then its intervals"),
        ({"holidays": "RU"}, "holidays: write a country's code such as RU"),
        ({"hours": {}}, "“hours” is not part of a calendar; known are zone, week, dates, every_year, holidays"),
        ({"week": {}}, "the calendar has no working time at all"),
    ],
)
def test_it_says_what_is_wrong_in_one_line(change: dict[str, Any], line: str) -> None:
    """b11.5."""
    expected = [line]
    if change.get("holidays") == "RU":  # only a calendar whose holidays were laid down can be reckoned with
        expected = ["holidays: write a country's code such as RU"]
    assert faults(OFFICE | change) == expected


def test_it_says_every_fault_at_once() -> None:
    assert len(faults({"zone": "Mars", "week": {"mon": ["9", "8"], "moon": []}, "dates": {"x": []}})) == 5


def test_it_says_what_is_wrong_with_the_country_beside_all_else() -> None:
    wrong = {"zone": "Mars", "week": {"moon": []}, "holidays": "XX", "hours": 8}
    with pytest.raises(Faulty) as refused:
        read_and_freeze(wrong, 2025, 2027)
    assert [fault.where for fault in refused.value.faults] == ["", "holidays", "week", "zone"]


def test_it_notices_a_day_written_twice() -> None:
    assert faults('{"zone": "UTC", "week": {"mon": ["09:00-10:00"], "mon": []}}') == ["mon: stands twice; say it once"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "nul", '"UTC"', "[" * 100_000])
def test_it_refuses_what_is_no_calendar(text: str) -> None:
    assert len(faults(text)) == 1


KEYS = st.sampled_from(["zone", "week", "dates", "every_year", "holidays", "days", "mon", "2026-01-01"]) | st.text()
PLAIN = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))
def test_it_never_fails_otherwise_than_by_naming_faults(anything: object) -> None:
    try:
        read_calendar(anything)
    except Faulty as faulty:
        assert faulty.faults


def test_it_lays_official_holidays_down_as_dates_with_names_in_both_languages() -> None:
    frozen = freeze_holidays(OFFICE | {"holidays": "RU"}, 2026, 2030)
    calendar = read_calendar(json.loads(json.dumps(frozen)))
    assert calendar.official[date(2026, 6, 12)] == {"en": "Russia Day", "ru": "День России"}
    assert calendar.hours_on(date(2030, 5, 9)) == ()
    assert freeze_holidays(frozen, 2040, 2040) == frozen


def test_it_knows_the_holidays_of_a_part_of_a_country() -> None:
    whole, berlin = (freeze_holidays({"holidays": code}, 2027, 2027)["holidays"]["days"] for code in ("DE", "DE-BE"))
    assert set(berlin) - set(whole) == {"2027-03-08"}


@pytest.mark.parametrize("code", ["XX", "DE-XX", "", "country_holidays"])
def test_it_refuses_a_country_it_knows_nothing_of(code: str) -> None:
    with pytest.raises(Faulty, match="no official holidays are known"):
        freeze_holidays({"holidays": code}, 2026, 2026)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90m", 5400),
        ("15h", 15 * HOUR),
        ("2d", 48 * HOUR),
        ("1d 4h 30m", 102_600),
        ("45s", 45),
        ("1H30M", 5400),
        ("PT15H", 15 * HOUR),
        ("PT1H30M", 5400),
        ("P2D", 48 * HOUR),
        ("P1DT12H", 36 * HOUR),
        ("P1W", 168 * HOUR),
        ("PT1.5H", 5400),
        ("PT0,5H", 1800),
        ("P0.5D", 12 * HOUR),
        ("P1DT0.25H", 24 * HOUR + 900),
        ("0h", 0),
    ],
)
def test_it_reads_a_length_of_time(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15",
        "1.5h",
        "-1h",
        "P1Y",
        "P1M",
        "P",
        "PT",
        "P1DT",
        "h",
        "PT1.5H30M",
        "PT0.3S",
        "PT.5H",
        "1h1h",
        "30m 1h",
        "٣h",
        "1e3s",
    ],
)
def test_it_refuses_a_length_it_cannot_read(text: str) -> None:
    with pytest.raises(Faulty, match="is not a length of time"):
        read_duration(text)


def test_it_refuses_a_length_nobody_can_promise() -> None:
    with pytest.raises(Faulty, match="longer than ten years"):
        read_duration("999999999d")


@given(st.integers(0, 10**8))
def test_it_reads_back_what_it_wrote(seconds: int) -> None:
    assert read_duration(write_duration(seconds)) == seconds


def test_it_reads_targets_in_seconds_and_in_words() -> None:
    assert read_targets({"first_reply": {"low": "8h", "medium": "PT4H", "high": 900}}) == {
        "first_reply": {"low": 8 * HOUR, "medium": 4 * HOUR, "high": 900}
    }


EIGHT = {"low": "8h", "medium": "4h"}
TOO_LONG_OR_NOTHING = "write a length of time above zero and below ten years"


@pytest.mark.parametrize(
    ("targets", "line"),
    [
        ([], "targets: write an object: promise, then priority, then length of time"),
        ({}, "targets: the first reply must be promised (first_reply)"),
        ({"first_reply": "8h"}, "first_reply: write a length of time for each priority"),
        (
            EIGHT | {"high": "soon"},
            "first_reply.high: “soon” is not a length of time; write 90m, 15h, 2d, 1h30m or PT15H",
        ),
        (EIGHT | {"high": True}, f"first_reply.high: {TOO_LONG_OR_NOTHING}"),
        (EIGHT | {"high": 10**10}, f"first_reply.high: {TOO_LONG_OR_NOTHING}"),
        (EIGHT, f"first_reply.high: {TOO_LONG_OR_NOTHING}"),
        (EIGHT | {"high": "5h"}, "first_reply: a higher priority may not be promised later than a lower one"),
        (EIGHT | {"urgent": "5m"}, "first_reply: “urgent” is not a priority; known are low, medium, high"),
        (
            {"tea": {}},
            "targets: “tea” is not a promise; known are first_reply, next_update, resolution, objection, root_cause",
        ),
    ],
)
def test_it_says_what_is_wrong_with_targets(targets: object, line: str) -> None:
    if isinstance(targets, dict) and "low" in targets:
        targets = {"first_reply": targets}
    with pytest.raises(Faulty) as faulty:
        read_targets(targets)
    assert line in [str(fault) for fault in faulty.value.faults]
