"""Replaying a request: its promises by its events, as JSON, and every fault in a line of its own."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from opora.config.cli import main
from opora.desk.sla.rules import Faulty
from opora.desk.sla.rules.reading_replay import read_story
from opora.desk.sla.rules.replaying import replay

WEEK = {day: ["08:00-13:00", "14:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
STORY: dict[str, Any] = {
    "calendar": {"zone": "Europe/Berlin", "week": WEEK},
    "targets": {
        "first_reply": {"low": "8h", "medium": "4h", "high": "1h"},
        "next_update": {"low": "20h", "medium": "8h", "high": "2h"},
        "resolution": {"low": "40h", "medium": "16h", "high": "4h"},
    },
    "pauses": {"resolution": ["waiting_on_customer"], "next_update": ["waiting_on_customer"]},
    "until": "2026-09-18T18:00+02:00",
}


def clocks(*events: str, until: str = "", **other: Any) -> list[dict[str, Any]]:
    """Replay a request of Monday 14 September 2026: each event as `14 09:00 what key=value`, day and hour in Berlin."""
    happened = []
    for event in events:
        day, hour, what, *more = event.split()
        happened.append({"at": f"2026-09-{day}T{hour}+02:00", "what": what, **dict(one.split("=") for one in more)})
    story = read_story(STORY | other | {"events": happened} | ({"until": f"2026-09-{until}+02:00"} if until else {}))
    return [clock.as_facts(story.until) for clock in replay(story.calendar, story.agreement, story.events, story.until)]


def one(found: list[dict[str, Any]], promise: str) -> dict[str, Any]:
    """The last clock of the promise."""
    return [clock for clock in found if clock["promise"] == promise][-1]


def moment(text: str) -> str:
    day, hour = text.split()
    return f"2026-09-{day}T{hour}:00+02:00"


def test_it_has_exactly_the_keys_that_are_promised() -> None:
    (first, *_rest) = clocks("14 09:00 opened priority=low channel=email")
    assert list(first) == ["promise", "started", "due", "state", "stopped", "working_seconds", "intervals"]
    assert list(first["intervals"][0]) == ["from", "to", "counts", "why"]


def test_it_lays_intervals_without_a_gap_and_counts_what_they_say() -> None:
    found = clocks(
        "14 09:00 opened priority=medium",
        "14 09:30 waiting_on_customer",
        "15 10:00 customer_wrote",
        "15 12:00 resolved",
    )
    for clock in found:
        intervals = clock["intervals"]
        assert intervals[0]["from"] == clock["started"]
        assert intervals[-1]["to"] == (clock["stopped"] or moment("18 18:00"))
        assert all(a["to"] == b["from"] for a, b in pairwise(intervals))
        counted = sum(
            (
                datetime.fromisoformat(part["to"]) - datetime.fromisoformat(part["from"])
                for part in intervals
                if part["counts"]
            ),
            timedelta(),
        )
        assert counted.total_seconds() == clock["working_seconds"]


def test_it_keeps_within_the_due_second_and_misses_after_it() -> None:
    (kept,) = clocks("14 08:00 opened priority=high", "14 09:00:00.9 agent_replied", targets=first_only())
    (missed,) = clocks("14 08:00 opened priority=high", "14 09:00:01 agent_replied", targets=first_only())
    assert (kept["state"], missed["state"], missed["due"]) == ("kept", "missed", moment("14 09:00"))


def test_it_is_running_up_to_the_due_moment_and_missed_without_answer_after_it() -> None:
    running = clocks("14 08:00 opened priority=high", until="14T09:00", targets=first_only())[0]
    missed = clocks("14 08:00 opened priority=high", until="14T09:00:01", targets=first_only())[0]
    assert (running["state"], running["stopped"]) == ("running", None)
    assert (missed["state"], missed["stopped"], missed["working_seconds"]) == ("missed", None, 3601)


def first_only() -> dict[str, Any]:
    return {"first_reply": STORY["targets"]["first_reply"]}


def test_it_has_no_clock_where_nothing_is_promised() -> None:
    assert clocks("14 08:00 opened priority=high", targets={"first_reply": {"low": "1h"}}) == []
    assert clocks("14 08:00 opened priority=high", targets={}) == []


def test_it_begins_regular_word_with_the_first_reply() -> None:
    """Class of zammad/zammad#5177: the update promise overruled the first response.

    zammad/zammad#3140, #5177, #5624.
    """
    found = clocks("14 08:00 opened priority=medium", "14 09:00 agent_replied")
    assert [clock["promise"] for clock in found] == ["first_reply", "resolution", "next_update"]
    assert one(found, "next_update")["started"] == moment("14 09:00")


def test_it_begins_regular_word_at_once_when_no_first_reply_is_promised() -> None:
    (word,) = clocks("14 08:00 opened priority=high", targets={"next_update": {"high": "2h"}}, until="14T09:00")
    assert (word["started"], word["due"]) == (moment("14 08:00"), moment("14 10:00"))


def test_it_begins_the_next_word_with_every_answer() -> None:
    """Class of zammad/zammad#3140: it escalated after the agent had replied."""
    found = clocks(
        "14 08:00 opened priority=high", "14 08:30 agent_replied", "14 09:30 agent_replied", until="14T10:00"
    )
    words = [(clock["started"], clock["state"]) for clock in found if clock["promise"] == "next_update"]
    assert words == [(moment("14 08:30"), "kept"), (moment("14 09:30"), "running")]


def test_it_owes_no_word_once_it_is_resolved() -> None:
    found = clocks("14 08:00 opened priority=high", "14 08:30 agent_replied", "14 08:30 resolved")
    assert [clock["promise"] for clock in found] == ["first_reply", "resolution"]


def test_it_still_owes_the_first_reply_when_it_is_resolved_without_a_word() -> None:
    found = clocks("14 08:00 opened priority=high", "14 08:30 resolved")
    assert (one(found, "first_reply")["state"], one(found, "resolution")["state"]) == ("missed", "kept")


@pytest.mark.parametrize(
    "what", ["automatic_reply", "internal_note", "line_changed", "resumed", "contract_ended", "split"]
)
def test_it_changes_nothing_by_what_is_no_public_word(what: str) -> None:
    """b11.6; frappe/frappe PR#32328."""
    plain = clocks("14 08:00 opened priority=medium")
    assert clocks("14 08:00 opened priority=medium", f"14 09:00 {what}") == plain


def test_it_never_pauses_the_first_reply_while_we_wait() -> None:
    """b11.7."""
    found = clocks("14 08:00 opened priority=high", "14 08:10 waiting_on_customer", until="14T12:00")
    assert (one(found, "first_reply")["state"], one(found, "resolution")["state"]) == ("missed", "paused")


def test_it_says_of_a_paused_promise_when_it_would_be_due_if_it_went_on() -> None:
    found = clocks("14 08:00 opened priority=high", "14 09:00 waiting_on_customer", until="14T14:00")
    assert one(found, "resolution") | {"intervals": []} == {
        "promise": "resolution",
        "started": moment("14 08:00"),
        "due": moment("14 17:00"),
        "state": "paused",
        "stopped": None,
        "working_seconds": 3600,
        "intervals": [],
    }


def test_it_ends_the_wait_for_the_customer_with_the_customers_word() -> None:
    """Class of zammad/zammad#1322: the customer's note on the web did not start the clock."""
    found = clocks(
        "14 08:00 opened priority=high", "14 09:00 waiting_on_customer", "14 10:00 customer_wrote channel=portal",
        until="14T10:30",
    )  # fmt: skip
    assert (one(found, "resolution")["state"], one(found, "resolution")["due"]) == ("running", moment("14 13:00"))


def test_it_does_not_end_the_wait_for_a_vendor_with_the_customers_word() -> None:
    pauses = {"resolution": ["waiting_on_vendor"]}
    found = clocks(
        "14 08:00 opened priority=high", "14 09:00 waiting_on_vendor", "14 10:00 customer_wrote", pauses=pauses
    )
    assert one(found, "resolution")["state"] == "paused"


def test_it_does_not_miss_what_was_held_when_its_time_came() -> None:
    found = clocks(
        "14 08:00 opened priority=high", "14 11:59:59 waiting_on_customer", "17 08:00 resumed", "17 08:00 resolved"
    )
    assert one(found, "resolution")["state"] == "kept"


def test_it_starts_what_is_promised_only_by_the_new_priority_from_the_beginning_with_the_pauses() -> None:
    targets = {"resolution": {"high": "4h"}}
    (clock,) = clocks(
        "14 08:00 opened priority=low", "14 09:00 waiting_on_customer", "14 10:00 resumed",
        "14 11:00 priority_changed priority=high", targets=targets, until="14T11:00",
    )  # fmt: skip
    assert (clock["started"], clock["due"], clock["working_seconds"]) == (moment("14 08:00"), moment("14 13:00"), 7200)
    assert [part["why"] for part in clock["intervals"]] == ["working time", "waiting for the customer", "working time"]


def test_it_withdraws_what_the_new_priority_does_not_promise() -> None:
    (clock,) = clocks(
        "14 08:00 opened priority=high", "14 09:00 priority_changed priority=low",
        targets={"resolution": {"high": "4h"}},
    )  # fmt: skip
    assert (clock["state"], clock["stopped"]) == ("kept", moment("14 09:00"))


def test_it_takes_up_a_resolution_under_the_priority_of_now() -> None:
    found = clocks(
        "14 08:00 opened priority=low", "14 09:00 resolved", "14 10:00 priority_changed priority=high", "14 11:00 reopened",
        until="14T11:00",
    )  # fmt: skip
    assert one(found, "resolution")["due"] == moment("14 15:00")


def test_it_holds_a_call_until_it_is_confirmed_and_nothing_else() -> None:
    found = clocks("14 08:00 opened priority=high channel=phone", "14 12:00 customer_wrote", until="15T08:00")
    assert {clock["state"] for clock in found} == {"paused"}
    found = clocks("14 08:00 opened priority=high channel=phone", "14 12:00 confirmed", until="14T12:30")
    assert one(found, "first_reply") | {"intervals": []} == {
        "promise": "first_reply",
        "started": moment("14 08:00"),
        "due": moment("14 13:00"),
        "state": "running",
        "stopped": None,
        "working_seconds": 1800,
        "intervals": [],
    }


def test_it_keeps_running_clocks_by_their_version_until_they_are_repinned() -> None:
    terms = {"what": "contract_changed", "targets": {"first_reply": {"high": "30m"}}}
    opened = {"at": "2026-09-14T08:00+02:00", "what": "opened", "priority": "high"}

    def first(**more: object) -> tuple[str, str]:
        events = [opened, {"at": "2026-09-14T08:40+02:00", **terms, **more}]
        story = read_story(STORY | {"events": events, "until": "2026-09-14T08:50+02:00"})
        (clock, *_rest) = replay(story.calendar, story.agreement, story.events, story.until)
        return clock.state, clock.due.astimezone(story.calendar.tz).isoformat()

    assert first() == ("running", moment("14 09:00"))
    assert first(repin=True) == ("missed", moment("14 08:30"))
    assert first(what="repinned") == ("missed", moment("14 08:30"))


def test_it_reads_moments_with_the_offset_of_any_zone_and_without_one_in_the_calendars() -> None:
    def first(at: str) -> str:
        events = [{"at": at, "what": "opened", "priority": "high"}]
        story = read_story(STORY | {"events": events})
        return replay(story.calendar, story.agreement, story.events, story.until)[0].as_facts(story.until)["due"]

    assert {first(at) for at in ("2026-09-14T08:00", "2026-09-14T06:00Z", "2026-09-14T11:30+05:30")} == {
        moment("14 09:00")
    }


def change(**other: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda story: story | other


OPENED = {"at": "2026-09-14T08:00", "what": "opened", "priority": "low"}


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (change(until="soon"), "until: “soon” is not a moment in ISO 8601; write 2026-09-14T08:00+02:00"),
        (change(until="2026-09-01"), "until: stands before the last event"),
        (change(pause={}), "“pause” is not part of a replay; known are calendar, targets, pauses, events, until"),
        (change(events=[]), "events: write a list of events, the first of them “opened”"),
        (change(events=[OPENED | {"what": "resolved"}]), "events[0]: the first event must be “opened”"),
        (change(events=[OPENED, OPENED]), "events[1]: a request is opened once"),
        (change(events=[OPENED, 7]), "events[1]: write an object with “at” and “what”"),
        (
            change(events=[OPENED | {"priority": "urgent"}]),
            "events[0].priority: “urgent” is not a priority; known are low,",
        ),
        (change(events=[OPENED | {"channel": 7}]), "events[0].channel: write a word such as email or phone"),
        (change(events=[OPENED | {"what": "sneezed"}]), "events[0].what: “sneezed” is no event; known are opened,"),
        (
            change(events=[OPENED, {"at": "2026-09-13T08:00", "what": "resumed"}]),
            "events[1]: stands before the event above it",
        ),
        (
            change(targets={"reply": {}}),
            "targets: “reply” is not a promise; known are first_reply, next_update, resolution",
        ),
        (
            change(targets={"resolution": {"low": "1y"}}),
            "resolution.low: “1y” is not a length of time; write 90m, 15h, 2d,",
        ),
        (change(pauses={"first_reply": ["waiting_on_customer"]}), "pauses.first_reply: the first reply never pauses"),
        (
            change(pauses={"resolution": ["asleep"]}),
            "pauses.resolution: “asleep” holds nothing; known are waiting_on_cust",
        ),
        (change(pauses={"resolution": "x"}), 'pauses.resolution: write a list such as ["waiting_on_customer"]'),
        (change(calendar={"zone": "Mars", "week": WEEK}), "calendar.zone: “Mars” is not a time zone"),
        (change(calendar={"zone": "UTC"}), "calendar: the calendar has no working time at all"),
        (change(calendar=7), "calendar: a calendar is an object with “zone” and “week”"),
        (lambda story: {key: story[key] for key in story if key != "until"}, "until: is missing"),
        (lambda _story: {}, "calendar: is missing"),
    ],
)
def test_it_says_what_is_wrong_with_a_replay(wrong: Callable[[dict[str, Any]], dict[str, Any]], line: str) -> None:
    with pytest.raises(Faulty) as faulty:
        read_story(wrong(STORY | {"events": [OPENED]}))
    assert str(faulty.value.faults[0]).startswith(line)


def test_it_says_every_fault_at_once_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"calendar": {"zone": "X"}, "events": [{"what": "x"}], "a": 1, "targets": [], "until": 5}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(broken).encode())))
    assert main(["sla", "replay", "-"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 6


def test_it_refuses_a_calendar_that_can_never_fulfil_a_promise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = {"zone": "UTC", "dates": {"2020-01-01": ["09:00-10:00"]}}
    monkeypatch.setattr(
        "sys.stdin",
        io.TextIOWrapper(io.BytesIO(json.dumps(STORY | {"calendar": calendar, "events": [OPENED]}).encode())),
    )
    assert main(["sla", "replay", "-"]) == 2
    assert capsys.readouterr().err.startswith("opora: The calendar has no working time in the 10 years after")


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "7", '{"until": "a", "until": "b"}'])
def test_it_says_in_lines_what_is_no_replay(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["sla", "replay", "-"]) == 2
    assert all(line.startswith("opora: ") for line in capsys.readouterr().err.splitlines())
