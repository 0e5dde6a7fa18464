"""Duty in the database: who may plan it, swaps that need a yes, absences, calendars in and out, who may be disturbed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from opora.desk.kernel.errors import Clash, Refused
from opora.desk.kernel.models import Event
from opora.desk.people import actions, queries
from opora.desk.people.models import Absence, DutyFeed, Override, Rotation
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AT = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)  # a Monday, ten in Moscow


@pytest.fixture
def second(cast: Cast) -> Rotation:
    """Boris and Hanna share the second line's duty, a week each, from Monday ten o'clock in Moscow."""
    actions.join_team(cast.hanna, cast.second, by=cast.hanna.actor, at=AT)
    return actions.plan_rotation(
        team=cast.second,
        name="Round the clock",
        zone="Europe/Moscow",
        starts_on=date(2026, 9, 14),
        handoff=10 * 60,
        turn_hours=168,
        people=[cast.boris, cast.hanna],
        by=cast.boris,
        at=AT,
    )


def duty(cast: Cast, at: datetime) -> list[str]:
    return [one.staff.name for one in queries.on_duty(cast.second, at=at)]


def test_it_says_who_is_on_duty_and_until_when(cast: Cast, second: Rotation) -> None:
    (now,) = queries.on_duty(cast.second, at=AT + HOUR)
    assert (now.staff, now.rotation, now.until) == (cast.boris, second, AT + 7 * DAY)
    assert duty(cast, AT + 8 * DAY) == ["Hanna Weiss"]
    assert queries.on_duty(cast.third, at=AT) == []


def test_it_lets_only_those_who_lead_plan(cast: Cast, second: Rotation) -> None:
    shape = {"zone": "UTC", "starts_on": date(2026, 9, 14), "handoff": 0, "turn_hours": 24, "at": AT}
    with pytest.raises(Refused, match="lead this team"):
        actions.revise_rotation(second, people=[cast.boris], by=cast.anna, **shape)
    with pytest.raises(Refused, match="Anna Petrova is not in this team"):
        actions.revise_rotation(second, people=[cast.anna], by=cast.boris, **shape)
    with pytest.raises(Refused, match="no time zone"):
        actions.revise_rotation(second, people=[cast.boris], by=cast.boris, **(shape | {"zone": "Moscow"}))
    actions.revise_rotation(second, people=[cast.hanna], by=cast.hanna, **(shape | {"at": AT + DAY}))
    assert duty(cast, AT + HOUR) == ["Boris Orlov"]
    assert duty(cast, AT + DAY + HOUR) == ["Hanna Weiss"]


def test_it_shows_a_gap_while_somebody_is_away_and_closes_it(cast: Cast, second: Rotation) -> None:
    absence = actions.note_absence(
        cast.boris, kind="ill", start=AT + DAY, end=AT + 2 * DAY, by=cast.boris, at=AT, why="A cold"
    )
    ((rotation, gap),) = queries.gaps([cast.second], since=AT, until=AT + 14 * DAY)
    assert (rotation, gap.start, gap.end, gap.instead_of) == (second, AT + DAY, AT + 2 * DAY, cast.boris.pk)
    taken = actions.override(second, staff=cast.hanna, start=AT + DAY, end=AT + 2 * DAY, by=cast.hanna, at=AT)
    assert queries.gaps([cast.second], since=AT, until=AT + 14 * DAY) == []
    actions.withdraw_override(taken, by=cast.hanna, at=AT)
    actions.withdraw_absence(absence, by=cast.boris, at=AT)
    assert queries.gaps([cast.second], since=AT, until=AT + 14 * DAY) == []
    assert duty(cast, AT + DAY + HOUR) == ["Boris Orlov"]


def test_it_lets_nobody_note_anothers_absence_or_give_duty_away(cast: Cast, second: Rotation) -> None:
    with pytest.raises(Refused, match="Only the colleague and their lead"):
        actions.note_absence(cast.boris, kind="ill", start=AT, end=AT + DAY, by=cast.anna, at=AT)
    with pytest.raises(Refused, match="lead this team"):
        actions.override(second, staff=cast.hanna, start=AT, end=AT + DAY, by=cast.anna, at=AT)
    assert not Absence.objects.exists() and not Override.objects.exists()


def test_it_puts_nobody_on_duty_who_is_not_of_the_team(cast: Cast, second: Rotation) -> None:
    for by in (cast.vera, cast.hanna):
        with pytest.raises(Refused, match="not in this team"):
            actions.override(second, staff=cast.vera, start=AT, end=AT + DAY, by=by, at=AT)
    assert not Override.objects.exists()


def test_it_swaps_nothing_that_has_gone_to_somebody_else_or_is_over(cast: Cast, second: Rotation) -> None:
    start, end = AT + 2 * DAY, AT + 3 * DAY
    swap = actions.ask_swap(second, asked=cast.hanna, start=start, end=end, by=cast.boris, at=AT)
    with pytest.raises(Refused, match="Boris Orlov no longer has this duty"):
        actions.answer_swap(swap, yes=True, by=cast.hanna, at=end)
    taken = actions.override(second, staff=cast.hanna, start=start, end=start + HOUR, by=cast.hanna, at=AT)
    with pytest.raises(Refused, match="Boris Orlov no longer has this duty"):
        actions.answer_swap(swap, yes=True, by=cast.hanna, at=AT)
    actions.withdraw_override(taken, by=cast.hanna, at=AT)
    actions.answer_swap(swap, yes=True, by=cast.hanna, at=AT)
    assert duty(cast, start + HOUR) == ["Hanna Weiss"]


def test_it_swaps_only_with_a_yes(cast: Cast, second: Rotation) -> None:
    start, end = AT + 2 * DAY, AT + 3 * DAY
    swap = actions.ask_swap(second, asked=cast.hanna, start=start, end=end, by=cast.boris, at=AT, words="A wedding")
    assert duty(cast, start + HOUR) == ["Boris Orlov"]
    assert queries.open_swaps_of(cast.hanna) == [swap] == queries.open_swaps_of(cast.boris)
    with pytest.raises(Refused, match="who was asked"):
        actions.answer_swap(swap, yes=True, by=cast.boris, at=AT)
    actions.answer_swap(swap, yes=True, by=cast.hanna, at=AT)
    assert duty(cast, start + HOUR) == ["Hanna Weiss"]
    assert duty(cast, end) == ["Boris Orlov"]
    with pytest.raises((Clash, Refused)):
        actions.withdraw_swap(swap, by=cast.boris, at=AT)


def test_it_lets_a_no_change_nothing(cast: Cast, second: Rotation) -> None:
    swap = actions.ask_swap(second, asked=cast.hanna, start=AT + DAY, end=AT + 2 * DAY, by=cast.boris, at=AT)
    actions.answer_swap(swap, yes=False, by=cast.hanna, at=AT)
    assert duty(cast, AT + DAY + HOUR) == ["Boris Orlov"]
    assert queries.open_swaps_of(cast.hanna) == []


@pytest.mark.parametrize(("start", "end"), [(6 * DAY, 8 * DAY), (7 * DAY, 8 * DAY), (-2 * DAY, -DAY)])
def test_it_refuses_to_give_away_what_is_not_ones_own(
    cast: Cast, second: Rotation, start: timedelta, end: timedelta
) -> None:
    with pytest.raises(Refused):
        actions.ask_swap(second, asked=cast.hanna, start=AT + start, end=AT + end, by=cast.boris, at=AT)


def test_it_disturbs_those_on_duty_and_those_in_their_hours_only(cast: Cast, second: Rotation) -> None:
    night = datetime(2026, 9, 14, 23, 30, tzinfo=UTC)
    everybody = [cast.anna, cast.boris, cast.oleg]
    assert queries.who_is_reachable(everybody, at=AT + HOUR) == everybody
    assert queries.who_is_reachable(everybody, at=night) == [cast.boris]
    actions.change_hours(cast.oleg, week={"tue": ["00:00-08:00"]}, by=cast.hanna.actor, at=AT)
    assert queries.who_is_reachable(everybody, at=night) == [cast.boris, cast.oleg]
    actions.note_absence(cast.boris, kind="ill", start=AT, end=AT + DAY, by=cast.boris, at=AT)
    assert queries.who_is_reachable(everybody, at=night) == [cast.oleg]
    actions.let_go(cast.oleg, by=cast.hanna.actor, at=AT, why="moved")
    assert queries.who_is_reachable(everybody, at=night) == []


def test_it_names_the_hours_it_cannot_take(cast: Cast) -> None:
    with pytest.raises(Refused, match="nine to five"):
        actions.change_hours(cast.anna, week={"mon": ["nine to five"]}, by=cast.hanna.actor, at=AT)


def test_it_keeps_skills_as_plain_words(cast: Cast) -> None:
    actions.change_skills(
        cast.anna, skills=[" Linux", "1C Enterprise", "c++", "linux", " "], by=cast.hanna.actor, at=AT
    )
    cast.anna.refresh_from_db()
    assert cast.anna.skills == ["1c-enterprise", "c++", "linux"]


def calendar(*events: str) -> str:
    inner = "".join(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT\r\n" for one in events)
    return f"BEGIN:VCALENDAR\r\n{inner}END:VCALENDAR\r\n"


def test_it_imports_absences_once_and_moves_what_moved(cast: Cast) -> None:
    first = calendar("UID:1\r\nDTSTART;VALUE=DATE:20260921\r\nDTEND;VALUE=DATE:20260928\r\nSUMMARY:Holiday")
    assert actions.import_absences(cast.anna, text=first, by=cast.anna, at=AT) == (1, [])
    assert actions.import_absences(cast.anna, text=first, by=cast.anna, at=AT) == (0, [])
    moved = first.replace("20260928", "20260930")
    assert actions.import_absences(cast.anna, text=moved, by=cast.anna, at=AT) == (1, [])
    kept = Absence.objects.get(withdrawn_at=None)
    assert (kept.end, kept.why) == (datetime(2026, 9, 29, 21, 0, tzinfo=UTC), "Holiday")


def test_it_imports_overrides_by_name_or_address_and_says_whom_it_does_not_know(cast: Cast, second: Rotation) -> None:
    text = calendar(
        "UID:1\r\nDTSTART:20260915T000000Z\r\nDTEND:20260916T000000Z\r\nSUMMARY:hanna@provider.example",
        "UID:2\r\nDTSTART:20260916T000000Z\r\nDTEND:20260917T000000Z\r\nSUMMARY:Somebody Else",
    )
    taken, faults = actions.import_overrides(second, text=text, by=cast.boris, at=AT)
    assert (taken, [(fault.code, fault.words) for fault in faults]) == (1, [("unknown_person", "Somebody Else")])
    assert actions.import_overrides(second, text=text, by=cast.boris, at=AT)[0] == 0
    assert duty(cast, datetime(2026, 9, 15, 12, 0, tzinfo=UTC)) == ["Hanna Weiss"]


def test_it_keeps_only_the_hash_of_a_feeds_secret_and_ends_the_older_one(cast: Cast) -> None:
    old = actions.make_feed(by=cast.anna, at=AT)
    token = actions.make_feed(by=cast.anna, at=AT)
    found = queries.feed_behind(token)
    assert found is not None and found.staff == cast.anna
    assert queries.feed_behind(old) is None
    assert token not in str(list(DutyFeed.objects.values())) + str(list(Event.objects.values()))
    actions.let_go(cast.anna, by=cast.hanna.actor, at=AT, why="moved")
    assert queries.feed_behind(token) is None
