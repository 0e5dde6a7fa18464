"""Calendars of other programs: what is understood is understood whole, what is not is said line by line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opora.desk.people.parsing import ics

FILE = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VTIMEZONE\r
TZID:Europe/Berlin\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:1@hr\r
DTSTART;VALUE=DATE:20260720\r
DTEND;VALUE=DATE:20260803\r
SUMMARY:Holiday\\, at\r
  last\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2@hr\r
DTSTART;TZID=America/New_York:20260101T090000\r
DTEND;TZID=America/New_York:20260101T110000\r
BEGIN:VALARM\r
SUMMARY:not this\r
END:VALARM\r
SUMMARY:Training\r
END:VEVENT\r
{more}END:VCALENDAR\r
"""


def event(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", *lines, "END:VEVENT"))


def test_it_reads_days_zones_and_folded_lines() -> None:
    entries, faults = ics.read(FILE.format(more=""), zone="Europe/Moscow")
    assert faults == []
    assert entries == [
        ics.Entry(
            "1@hr",
            datetime(2026, 7, 19, 21, 0, tzinfo=UTC),
            datetime(2026, 8, 2, 21, 0, tzinfo=UTC),
            "Holiday, at last",
        ),
        ics.Entry("2@hr", datetime(2026, 1, 1, 14, 0, tzinfo=UTC), datetime(2026, 1, 1, 16, 0, tzinfo=UTC), "Training"),
    ]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("UID:3", "DTSTART:20260101T000000Z", "DTEND:20260101T010000Z", "RRULE:FREQ=DAILY"), "repeats"),
        (("UID:3", "DTEND:20260101T010000Z"), "no_start"),
        (("UID:3", "DTSTART:20260101T000000Z"), "no_end"),
        (("UID:3", "DTSTART:20260102T000000Z", "DTEND:20260101T010000Z"), "ends_before_start"),
        (("UID:3", "DTSTART;TZID=W. Europe Standard Time:20260101T000000", "DTEND:20260101T010000Z"), "unknown_zone"),
        (("UID:3", "DTSTART:20261301T000000Z", "DTEND:20260101T010000Z"), "bad_moment"),
        (("DTSTART:20260101T000000Z", "DTEND:20260101T010000Z"), "no_uid"),
    ],
)
def test_it_says_what_it_does_not_take_and_takes_the_rest(lines: tuple[str, ...], code: str) -> None:
    entries, faults = ics.read(FILE.format(more=event(*lines)), zone="UTC")
    assert [fault.code for fault in faults] == [code]
    assert len(entries) == 2


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCARD\nEND:VCARD"])
def test_it_knows_what_is_no_calendar(text: str) -> None:
    assert [fault.code for fault in ics.read(text, zone="UTC")[1]] == ["not_a_calendar"]


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
words = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), min_size=1, max_size=180)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(words, moments, st.integers(1, 10_000), words), max_size=5))
def test_it_reads_back_what_it_wrote(made) -> None:
    entries = [
        ics.Entry(
            f"{n}-x", start.replace(microsecond=0), start.replace(microsecond=0) + timedelta(minutes=long),
            summary.strip(), more.strip(),
        )
        for n, (summary, start, long, more) in enumerate(made)
    ]  # fmt: skip
    text = ics.write("Duty", entries, stamp=datetime(2026, 1, 1, tzinfo=UTC))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert ics.read(text, zone="UTC") == (entries, [])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400))
def test_it_never_stumbles(text: str) -> None:
    entries, faults = ics.read(f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\n", zone="UTC")
    assert all(one.start < one.end for one in entries)
    assert all(fault.code in ics.FAULTS for fault in faults)
