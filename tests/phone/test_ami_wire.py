"""The wire of Asterisk's manager interface: cut anywhere, filled by strangers, answered without a way in."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.desk.channels.phone.parsing.ami import LONGEST_LINE, NotSayable, Splitter, action

STREAM = (
    b"Asterisk Call Manager/11.0.0\r\n"
    b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
    b"Event: Newchannel\r\nChannel: PJSIP/trunk-00000000\r\nCallerIDName: \xd0\x9a\xd0\xbb\xd0\xb0\xd1\x80\xd0\xb0: 1\r\n"
    b"ConnectedLineNum: <unknown>\r\nUniqueid: 1.0\r\n\r\n"
    b"Event: Hangup\r\nUniqueid: 1.0\r\nCause-txt: Normal Clearing\r\n\r\n"
)


def fed(*pieces: bytes) -> list[dict[str, str]]:
    splitter = Splitter()
    return [dict(message.fields) for piece in pieces for message in splitter.feed(piece)]


def test_it_reads_messages_and_the_colons_in_them() -> None:
    messages = Splitter().feed(STREAM)
    assert [message.get("Event") or message.get("Response") for message in messages] == [
        "Success",
        "Newchannel",
        "Hangup",
    ]
    assert messages[1].get("CallerIDName") == "Клара: 1"
    assert messages[1].get("ConnectedLineNum") == ""
    assert messages[1].get("CHANNEL") == "PJSIP/trunk-00000000"


@given(some.lists(some.integers(0, len(STREAM)), max_size=20))
def test_it_reads_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in itertools.pairwise(edges)]
    assert fed(*pieces) == fed(STREAM)


@given(some.lists(some.binary(max_size=200), max_size=12))
def test_it_finds_its_feet_again_after_any_octets(pieces: list[bytes]) -> None:
    assert fed(*pieces, b"\r\n\r\nEvent: Hangup\r\nUniqueid: 1.0\r\n\r\n")[-1] == {"event": "Hangup", "uniqueid": "1.0"}


def test_it_keeps_no_line_that_never_ends() -> None:
    splitter = Splitter()
    for _ in range(50):
        assert splitter.feed(b"x" * 4096) == []
        assert len(splitter._rest) <= LONGEST_LINE
    assert [m.get("Event") for m in splitter.feed(b"\r\nEvent: Hangup\r\n\r\n")] == ["Hangup"]


def test_it_lets_nobody_forge_a_field_by_saying_it_twice() -> None:
    """A caller's name cannot hold a line end; should one slip through, the first of a name counts."""
    assert fed(b"Event: Newchannel\r\nUniqueid: 1.0\r\nEvent: Hangup\r\n\r\n") == [
        {"event": "Newchannel", "uniqueid": "1.0"}
    ]


def test_it_says_an_action() -> None:
    assert action("QueuePause", "7", Interface="PJSIP/101", Paused="true") == (
        b"Action: QueuePause\r\nActionID: 7\r\nInterface: PJSIP/101\r\nPaused: true\r\n\r\n"
    )


@given(some.text(), some.sampled_from("\r\n\x00"), some.text())
def test_it_sends_no_line_end_of_anybody_else(before: str, end: str, after: str) -> None:
    with pytest.raises(NotSayable):
        action("Originate", "7", Exten=before + end + after)


@given(some.text(some.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), max_size=60))
def test_it_comes_back_as_it_was_said(value: str) -> None:
    assert fed(action("Originate", "7", Exten=value)) == [
        {"action": "Originate", "actionid": "7", "exten": value.strip()}
    ]
