"""Replays nobody would write on purpose: what happens in one second, out of order, after the end, or is no replay at all."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opora.config.cli import main
from opora.desk.sla.rules import Faulty, NoWorkingTime, OutOfReach
from opora.desk.sla.rules.reading_replay import read_story
from opora.desk.sla.rules.replaying import replay
from tests.sla.test_replaying import STORY, clocks, first_only, moment, one


def test_it_does_not_part_an_interval_by_a_wait_that_was_over_in_the_same_second() -> None:
    found = clocks(
        "14 09:00 opened priority=low",
        "14 10:00 agent_replied",
        "14 10:00 waiting_on_customer",
        "14 10:00 customer_wrote",
        until="14T12:00",
    )
    (interval,) = one(found, "resolution")["intervals"]
    assert (interval["from"], interval["to"], interval["counts"]) == (moment("14 09:00"), moment("14 12:00"), True)


def test_it_keeps_the_due_moment_that_was_missed_whatever_the_priority_becomes() -> None:
    found = clocks(
        "14 08:00 opened priority=high",
        "14 09:30 priority_changed priority=low",
        "14 10:00 agent_replied",
        targets=first_only(),
    )
    (reply,) = found
    assert (reply["state"], reply["due"], reply["stopped"]) == ("missed", moment("14 09:00"), moment("14 10:00"))


def test_it_holds_a_promise_to_the_moment_at_which_two_waits_follow_each_other() -> None:
    found = clocks(
        "14 09:00 opened priority=low",
        "14 10:00 waiting_on_customer",
        "14 11:00 waiting_on_customer",
        "14 12:00 waiting_on_vendor",
        "14 12:30 resumed",
        until="14T13:00",
    )
    told = [(part["to"], part["counts"]) for part in one(found, "resolution")["intervals"]]
    assert told == [(moment("14 10:00"), True), (moment("14 12:00"), False), (moment("14 13:00"), True)]


def test_it_owes_nothing_to_words_after_the_end() -> None:
    ended = clocks("14 09:00 opened priority=low", "14 10:00 closed")
    spoken = clocks("14 09:00 opened priority=low", "14 10:00 closed", "14 11:00 agent_replied", "14 12:00 resolved")
    assert spoken == ended


def test_it_goes_on_without_what_waited_when_it_is_confirmed_twice_or_was_no_call() -> None:
    plain = clocks("14 09:00 opened priority=low")
    assert clocks("14 09:00 opened priority=low", "14 10:00 confirmed", "14 11:00 confirmed") == plain


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("2026-03-29T02:30", "2026-03-29T03:30:00+02:00"),  # skipped: read by the offset before the change
        ("2026-10-25T02:30", "2026-10-25T02:30:00+02:00"),  # comes twice: the first
    ],
)
def test_it_reads_a_moment_the_clocks_skip_or_show_twice(shown: str, meant: str) -> None:
    events = [{"at": shown, "what": "opened", "priority": "low"}]
    story = read_story(STORY | {"events": events, "until": "2026-11-01"})
    clock = replay(story.calendar, story.agreement, story.events, story.until)[0]
    assert clock.started.timestamp() == read_story(_opened(meant)).events[0].at.timestamp()
    assert clock.as_facts(story.until)["started"] == meant


def _opened(at: str) -> dict[str, Any]:
    return STORY | {"events": [{"at": at, "what": "opened", "priority": "low"}], "until": "2026-11-01"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "opora sla: the following arguments are required: ACT; `opora sla --help` says more"),
        (
            ["add", "--work", "-5h"],
            "opora sla add: argument --work: expected one argument; `opora sla add --help` says more",
        ),
        (
            ["between", "--calendar", "-", "2026-01-01"],
            "opora sla between: the following arguments are required: ISO; `opora sla between --help` says more",
        ),
    ],
)
def test_it_says_in_one_line_how_it_was_asked_wrongly(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["sla", *words])
    assert left.value.code == 2
    assert capsys.readouterr().err == f"{said}\n"


def test_it_says_in_one_line_what_lies_beyond_the_years_it_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "story.json"
    written.write_text(json.dumps(_opened("2026-09-14T09:00") | {"until": "2300-01-01T00:00Z"}), encoding="utf-8")
    assert main(["sla", "replay", str(written)]) == 2
    assert capsys.readouterr().err == "opora: Only moments from 1970 to 2199 can be reckoned with.\n"


WHOLE: dict[str, Any] = STORY | {
    "calendar": STORY["calendar"] | {"dates": {"2026-09-15": []}, "every_year": {"12-24": []}, "holidays": "DE-BE"},
    "events": [
        {"at": "2026-09-14T09:00:00+02:00", "what": "opened", "priority": "low", "channel": "phone"},
        {"at": "2026-09-14T09:00:00+02:00", "what": "confirmed"},
        {"at": "2026-09-14T10:00:00+02:00", "what": "repinned", "calendar": {"zone": "UTC", "week": "24x7"}},
        {"at": "2026-09-14T10:00:00+02:00", "what": "contract_changed", "repin": True, "targets": {}, "pauses": {}},
        {"at": "2026-09-14T11:00:00+02:00", "what": "priority_changed", "priority": "high"},
    ],
}
VALUES = (None, -1, 1e308, float("nan"), True, [], {}, [[[]]], ["00:00-24:00"], {"low": "1h"}, {"a": {}}, 10**30)
WORDS = ("", "x", "24:00", "P1Y", "\ud800", "\x00", "low", "24x7", "XX", "99999999999d", "٣h", "../../etc/passwd")
MOMENTS = ("0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2026-09-14", "2200-01-01T00:00Z", "1969-01-01T00:00Z")
JUNK = st.sampled_from((*VALUES, *WORDS, *MOMENTS))


def _places(part: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [way, *(place for key, value in inside for place in _places(value, (*way, key)))]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_it_never_fails_otherwise_than_by_saying_what_is_wrong(data: st.DataObject) -> None:
    story = copy.deepcopy(WHOLE)
    *way, last = data.draw(st.sampled_from(_places(WHOLE)[1:]))
    part = story
    for key in way:
        part = part[key]
    if data.draw(st.booleans()):
        part[last] = data.draw(JUNK)
    else:
        del part[last]
    try:
        read = read_story(json.dumps(story))
        for clock in replay(read.calendar, read.agreement, read.events, read.until):
            assert clock.as_facts(read.until)["state"] in {"kept", "missed", "running", "paused"}
    except Faulty as faulty:
        assert str(faulty)
        assert len(str(faulty).splitlines()) == len(faulty.faults)
    except (NoWorkingTime, OutOfReach) as trouble:
        assert trouble.text % trouble.facts


def test_it_says_so_where_nothing_is_promised_and_names_the_file_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "story.json"
    opened = {"at": "2026-09-14T10:00Z", "what": "opened", "priority": "medium", "channel": "email"}
    story = {"calendar": {"zone": "UTC", "week": "24x7"}, "targets": {"first_reply": {"low": "8h"}}, "events": [opened]}
    file.write_text(json.dumps({**story, "until": "2026-09-15T10:00Z"}), encoding="utf-8")
    assert main(["sla", "replay", str(file)]) == 0
    assert capsys.readouterr().out == "nothing is promised: no target fits this request\n"
    file.write_text("{", encoding="utf-8")
    assert main(["sla", "replay", str(file)]) == 2
    assert main(["sla", "add", "--calendar", str(file), "--start", "2026-09-14T10:00", "--work", "1h"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("opora: FILE: this is not JSON")
    assert second.startswith("opora: --calendar: this is not JSON")
