"""Who is on duty when: turns by the wall clock, overrides, absences, gaps; held by properties over every zone that changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opora.desk.people.rules import Away, Faulty, Instead, Rules, Stint, gaps_in, is_within, read_week, roster
from opora.desk.people.rules.roster import moment

HOUR = timedelta(hours=1)
ANNA, BORIS, OLEG = 1, 2, 3
BERLIN = "Europe/Berlin"
START = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Tehran",
    "Pacific/Apia",
    "UTC",
    "Africa/Casablanca",
]


def weekly(*people: int, hours: int = 168, daily: tuple[int, int] | None = None, zone: str = BERLIN) -> Rules:
    return Rules(START - 30 * 24 * HOUR, zone, date(2026, 3, 23), 9 * 60, hours, people, daily)


def shown(stint: Stint, zone: str = BERLIN) -> tuple[str, str, int | None]:
    start, end = (at.astimezone(ZoneInfo(zone)).strftime("%d %H:%M") for at in (stint.start, stint.end))
    return start, end, stint.person


def test_it_goes_round_at_the_hour_the_wall_clock_shows() -> None:
    stints = roster([weekly(ANNA, BORIS)], [], [], START, START + 15 * 24 * HOUR)
    assert [shown(one) for one in stints] == [
        ("23 09:00", "30 09:00", ANNA),
        ("30 09:00", "06 09:00", BORIS),
        ("06 09:00", "07 10:00", ANNA),
    ]
    assert stints[0].end - stints[0].start == timedelta(hours=167), "that week the clocks went forward"


def test_it_begins_with_the_first_turn_and_not_before() -> None:
    stints = roster([weekly(ANNA)], [], [], START - 48 * HOUR, START + HOUR)
    assert [shown(one) for one in stints] == [("23 09:00", "23 10:00", ANNA)]


def test_it_keeps_to_the_hours_of_the_night_over_midnight() -> None:
    nights = weekly(ANNA, BORIS, hours=24, daily=(20 * 60, 8 * 60))
    stints = roster([nights], [], [], START, START + 48 * HOUR)
    assert [shown(one) for one in stints] == [
        ("23 20:00", "24 08:00", ANNA),
        ("24 20:00", "25 08:00", BORIS),
    ]


def test_it_gives_the_duty_to_whoever_took_it_and_says_whose_turn_it_was() -> None:
    taken = Instead(START + HOUR, START + 3 * HOUR, BORIS)
    stints = roster([weekly(ANNA)], [taken], [], START, START + 4 * HOUR)
    assert [(one.person, one.why, one.instead_of) for one in stints] == [
        (ANNA, "turn", None),
        (BORIS, "override", ANNA),
        (ANNA, "turn", None),
    ]


def test_it_lets_the_later_of_two_overrides_hold() -> None:
    first, second = Instead(START, START + 4 * HOUR, BORIS), Instead(START + HOUR, START + 2 * HOUR, OLEG, "swap")
    stints = roster([weekly(ANNA)], [first, second], [], START, START + 4 * HOUR)
    assert [one.person for one in stints] == [BORIS, OLEG, BORIS]


def test_it_leaves_a_gap_where_whoever_has_the_turn_is_away() -> None:
    away = [Away(START + HOUR, START + 2 * HOUR, ANNA)]
    stints = roster([weekly(ANNA)], [], away, START, START + 3 * HOUR)
    assert [(gap.start, gap.end, gap.why, gap.instead_of) for gap in gaps_in(stints)] == [
        (START + HOUR, START + 2 * HOUR, "absent", ANNA)
    ]
    covered = roster([weekly(ANNA)], [Instead(START + HOUR, START + 2 * HOUR, BORIS)], away, START, START + 3 * HOUR)
    assert gaps_in(covered) == []


def test_it_keeps_the_past_when_the_order_changes() -> None:
    new = Rules(START + 2 * HOUR, BERLIN, date(2026, 3, 23), 9 * 60, 168, (OLEG,))
    stints = roster([weekly(ANNA), new], [], [], START, START + 4 * HOUR)
    assert [(one.person, one.end - one.start) for one in stints] == [(ANNA, 2 * HOUR), (OLEG, 2 * HOUR)]


def test_it_shows_an_empty_order_as_a_gap() -> None:
    (gap,) = roster([weekly()], [], [], START, START + HOUR)
    assert (gap.person, gap.why) == (None, "nobody")


@pytest.mark.parametrize(
    ("wall", "zone", "utc"),
    [
        (datetime(2026, 3, 29, 2, 30), BERLIN, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # noqa: DTZ001 - a wall clock
        (datetime(2026, 10, 25, 2, 30), BERLIN, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2011, 12, 30, 12, 0), "Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_it_knows_the_moment_of_a_time_that_is_skipped_or_comes_twice(wall: datetime, zone: str, utc: datetime) -> None:
    assert moment(wall, zone) == utc


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.tuples(moments, st.integers(1, 24 * 20)).map(lambda pair: (pair[0], pair[0] + pair[1] * HOUR))


@st.composite
def planned(draw: st.DrawFn) -> tuple[list[Rules], list[Instead], list[Away], datetime, datetime]:
    zone = draw(st.sampled_from(ZONES))
    daily = draw(st.none() | st.tuples(st.integers(0, 1439), st.integers(1, 1440)))
    versions = [
        Rules(
            draw(moments),
            zone,
            draw(st.dates(date(2023, 12, 1), date(2026, 1, 1))),
            draw(st.integers(0, 1439)),
            draw(st.sampled_from([1, 8, 12, 24, 168, 672])),
            tuple(draw(st.lists(st.integers(1, 4), max_size=4))),
            daily,
        )
        for _each in range(draw(st.integers(1, 3)))
    ]
    instead = [Instead(*span, draw(st.integers(1, 4))) for span in draw(st.lists(spans, max_size=3))]
    away = [Away(*span, draw(st.integers(1, 4))) for span in draw(st.lists(spans, max_size=3))]
    since = draw(moments)
    return versions, instead, away, since, since + draw(st.integers(1, 24 * 15)) * HOUR


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(planned())
def test_it_never_puts_two_on_one_duty_nor_anybody_who_is_away(plan) -> None:
    versions, instead, away, since, until = plan
    stints = roster(versions, instead, away, since, until)
    assert all(since <= one.start < one.end <= until for one in stints)
    assert all(one.end <= other.start for one, other in pairwise(stints))
    for one in stints:
        for gone in away:
            assert one.person != gone.person or one.end <= gone.start or gone.end <= one.start


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(planned(), st.integers(0, 100))
def test_it_says_the_same_of_a_moment_whichever_stretch_is_asked_for(plan, percent) -> None:
    versions, instead, away, since, until = plan
    at = since + (until - since) * percent / 101
    long = [one.person for one in roster(versions, instead, away, since, until) if one.start <= at < one.end]
    short = roster(versions, instead, away, at, at + timedelta(microseconds=1))
    assert long == [one.person for one in short]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(planned())
def test_it_gives_an_override_the_duty_unless_its_holder_is_away(plan) -> None:
    versions, instead, away, since, until = plan
    for chosen in instead[-1:]:
        middle = chosen.start + (chosen.end - chosen.start) / 2
        if since <= middle < until and not any(a.person == chosen.person and a.start <= middle < a.end for a in away):
            (found,) = roster(versions, instead, away, middle, middle + timedelta(microseconds=1))
            assert found.person == chosen.person


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(ZONES), st.lists(st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1)), min_size=2))  # noqa: DTZ001
def test_its_wall_clock_never_runs_backwards(zone, walls) -> None:
    ordered = sorted(wall.replace(microsecond=0) for wall in walls)
    found = [moment(wall, zone) for wall in ordered]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("week", "at", "inside"),
    [
        ({"mon": ["09:00-18:00"]}, datetime(2026, 3, 23, 8, 0, tzinfo=UTC), True),
        ({"mon": ["09:00-18:00"]}, datetime(2026, 3, 23, 17, 0, tzinfo=UTC), False),
        ({"sun": ["22:00-06:00"]}, datetime(2026, 3, 23, 3, 0, tzinfo=UTC), True),
        ({"sun": ["22:00-06:00"]}, datetime(2026, 3, 24, 3, 0, tzinfo=UTC), False),
        ({}, datetime(2026, 3, 22, 12, 0, tzinfo=UTC), True),
        ({}, datetime(2026, 3, 22, 2, 0, tzinfo=UTC), False),
    ],
)
def test_it_reads_own_hours_by_the_wall_clock_over_midnight_too(week, at, inside) -> None:
    assert is_within(read_week(week), BERLIN, at) is inside


@pytest.mark.parametrize("wrong", [{"mon": ["9-18"]}, {"mon": ["09:00-09:00"]}, {"mon": ["09:00-24:30"]}, {"moon": []}])
def test_it_names_the_hours_it_cannot_read(wrong) -> None:
    with pytest.raises(Faulty):
        read_week(wrong)
