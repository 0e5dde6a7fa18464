"""What an Asterisk's events say of calls: the fields are those a real one sent, the order is not always."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.desk.channels.phone.parsing.ami import Message
from opora.desk.channels.phone.parsing.reading import CallWord
from opora.desk.channels.phone.parsing.switchboard import Switchboard

CLARAS, OURS = "+74951234567", "74957654321"
TRUNK = {"Channel": "PJSIP/trunk-00000000", "CallerIDNum": CLARAS, "Exten": OURS, "Uniqueid": "1.0", "Linkedid": "1.0"}
DESK = {"Channel": "PJSIP/101-00000001", "CallerIDNum": "101", "Exten": "s", "Uniqueid": "1.1", "Linkedid": "1.0"}
TO_DESK = {"DestChannel": "PJSIP/101-00000001", "DestCallerIDNum": "101", "DestUniqueid": "1.1", "DestLinkedid": "1.0"}
OUT = {"Channel": "PJSIP/101-00000004", "CallerIDNum": "101", "Exten": "s", "Uniqueid": "o.42", "Linkedid": "o.42"}
OUT_LEG = {"Channel": "PJSIP/trunk-00000005", "Exten": "s", "Uniqueid": "2.5", "Linkedid": "o.42"}
TO_TRUNK = {
    "DestChannel": "PJSIP/trunk-00000005",
    "DestCallerIDNum": "+79161112233",
    "DestUniqueid": "2.5",
    "DestLinkedid": "o.42",
}


def said(event: str, *parts: dict[str, str], **more: str) -> Message:
    fields = {"Event": event}
    for part in parts:
        fields |= part
    return Message({name.lower(): value for name, value in (fields | more).items()}, repr(fields).encode())


def board(**more: Any) -> Switchboard:
    return Switchboard("RU", **more)


def heard(messages: list[Message], on: Switchboard | None = None) -> list[CallWord]:
    on = on or board()
    return [word for message in messages for word in on.hear(message)]


def told(words: list[CallWord]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(word.call, word.phase, word.people) for word in words]


RINGS = [
    said("Newchannel", TRUNK),
    said("QueueCallerJoin", TRUNK, Queue="support"),
    said("Newchannel", DESK),
    said("AgentCalled", TRUNK, TO_DESK, Queue="support", Interface="PJSIP/101"),
    said("DialBegin", TRUNK, TO_DESK, DialString="PJSIP/101"),
]
TALKS = [
    said("DialEnd", TRUNK, TO_DESK, DialStatus="ANSWER"),
    said("AgentConnect", TRUNK, TO_DESK, Queue="support", Interface="PJSIP/101", HoldTime="0"),
    said("BridgeEnter", DESK),
    said("BridgeEnter", TRUNK),
]
PARTS = [said("Hangup", DESK, Cause="16"), said("Hangup", TRUNK, Cause="16")]


def test_it_hears_a_call_from_the_queue_to_its_end() -> None:
    words = heard(RINGS + TALKS + PARTS)
    assert told(words) == [
        ("1.0", "ringing", ()),
        ("1.0", "ringing", ()),
        ("1.0", "ringing", ("101",)),
        ("1.0", "ringing", ("101",)),
        ("1.0", "answered", ("101",)),
        ("1.0", "answered", ("101",)),
        ("1.0", "ended", ()),
    ]
    assert {(word.caller, word.called, word.outgoing) for word in words} == {(CLARAS, "+74957654321", False)}
    assert words[1].queue == "support"


def test_it_hears_no_answer_in_a_call_that_was_given_up() -> None:
    """Trap: Asterisk names cause 127 for it; only that nobody answered makes it missed."""
    gone = [said("DialEnd", TRUNK, TO_DESK, DialStatus="CANCEL"), said("Hangup", DESK, Cause="0")]
    words = heard(
        [*RINGS, *gone, said("QueueCallerAbandon", TRUNK, Queue="support"), said("Hangup", TRUNK, Cause="127")]
    )
    assert [word.phase for word in words if word.phase != "ringing"] == ["ended"]
    assert words[-1].cause == "127"


def test_it_names_a_recording_only_of_a_call_that_was_answered() -> None:
    """Trap: a recording that began before the answer leaves an empty file of a missed call."""
    records = said("VarSet", TRUNK, Variable="MIXMONITOR_FILENAME", Value="/spool/1.0.wav")
    assert heard([*RINGS, records, *PARTS])[-1].recording == ""
    assert heard([*RINGS, records, *TALKS, *PARTS])[-1].recording == "/spool/1.0.wav"


def test_it_hears_a_call_we_make_and_takes_our_own_telephone_for_no_answer() -> None:
    """Click to call: our telephone rings first and is picked up; the customer has not answered yet."""
    ours = {"DestChannel": OUT["Channel"], "DestCallerIDNum": "101", "DestUniqueid": "o.42", "DestLinkedid": "o.42"}
    messages = [
        said("Newchannel", OUT),
        said("DialBegin", ours, DialString="101"),
        said("DialEnd", ours, DialStatus="ANSWER"),
        said("Newchannel", OUT_LEG),
        said("DialBegin", OUT, TO_TRUNK, DialString="trunk/sip:+79161112233@192.0.2.1"),
    ]
    words = heard(messages)
    assert told(words) == [("o.42", "ringing", ("101",))]
    assert (words[0].outgoing, words[0].called) == (True, "+79161112233")
    rest = [
        said("DialEnd", OUT, TO_TRUNK, DialStatus="ANSWER"),
        said("Hangup", OUT_LEG),
        said("Hangup", OUT, Cause="16"),
    ]
    assert told(heard(messages + rest))[1:] == [("o.42", "answered", ("101",)), ("o.42", "ended", ())]


def test_it_reads_the_number_out_of_the_dial_string_where_it_stands_nowhere_else() -> None:
    bare = TO_TRUNK | {"DestCallerIDNum": "<unknown>"}
    for written in ("trunk/sip:+79161112233@192.0.2.1", "+79161112233@trunk", "trunk/89161112233"):
        words = heard([said("Newchannel", OUT), said("DialBegin", OUT, bare, DialString=written)])
        assert [word.called for word in words] == ["+79161112233"], written


def test_it_keeps_silent_about_calls_among_ourselves() -> None:
    inside = [
        said("Newchannel", OUT | {"Exten": "102"}),
        said("DialBegin", OUT, TO_DESK | {"DestLinkedid": "o.42", "DestCallerIDNum": "102"}),
        said("DialEnd", OUT, TO_DESK | {"DestLinkedid": "o.42"}, DialStatus="ANSWER"),
        said("Hangup", OUT),
    ]
    assert heard(inside) == []


def test_it_follows_a_transfer_by_the_linked_id() -> None:
    """Trap: a transfer changes the unique id and keeps the linked one; it stays one call."""
    next_desk = DESK | {"Channel": "PJSIP/102-00000009", "CallerIDNum": "102", "Uniqueid": "1.9"}
    to_next = TO_DESK | {"DestChannel": "PJSIP/102-00000009", "DestCallerIDNum": "102", "DestUniqueid": "1.9"}
    handed = [
        said("Newchannel", next_desk),
        said("DialBegin", TRUNK, to_next),
        said("Hangup", DESK, Cause="16"),
        said("DialEnd", TRUNK, to_next, DialStatus="ANSWER"),
        said("Hangup", next_desk),
        said("Hangup", TRUNK),
    ]
    words = heard(RINGS + TALKS + handed)
    assert {word.call for word in words} == {"1.0"}
    assert [word.phase for word in words].count("ended") == 1
    assert ("1.0", "answered", ("102",)) in told(words)


def test_it_ends_a_call_that_was_merged_into_another() -> None:
    """After an attended transfer the second call's channels carry the first one's linked id."""
    second = {"Channel": "PJSIP/101-0000000a", "CallerIDNum": "101", "Exten": "+79161112233", "Uniqueid": "3.0"}
    leg = {"Channel": "PJSIP/trunk-0000000b", "Uniqueid": "3.1", "Exten": "s"}
    on = board()
    heard([*RINGS, *TALKS, said("Newchannel", second, Linkedid="3.0"), said("Newchannel", leg, Linkedid="3.0")], on)
    merged = heard([said("BridgeEnter", leg, Linkedid="1.0"), said("BridgeEnter", second, Linkedid="1.0")], on)
    assert told(merged) == [("3.0", "ended", ())]


def test_it_sits_colleagues_at_names_as_well_as_numbers() -> None:
    named = TO_DESK | {"DestChannel": "PJSIP/vera-00000001", "DestCallerIDNum": "<unknown>"}
    rings = [said("Newchannel", TRUNK), said("DialBegin", TRUNK, named)]
    assert told(heard(rings, board(seats=["vera"])))[-1] == ("1.0", "ringing", ("vera",))
    assert told(heard(rings)) == [("1.0", "ringing", ())]


def test_it_takes_nobodys_short_number_for_one_of_our_telephones() -> None:
    """A caller may show whatever number it likes; what counts is the line it came by."""
    words = heard([said("Newchannel", TRUNK | {"CallerIDNum": "101"})])
    assert told(words) == [("1.0", "ringing", ())]
    assert not words[0].outgoing


def test_it_passes_over_the_inner_channels_of_a_queue() -> None:
    """FreePBX rings by Local channels; their being answered says nothing, the telephone behind them does."""
    local = {"DestChannel": "Local/101@from-queue-00000001;1", "DestUniqueid": "1.3", "DestLinkedid": "1.0"}
    half = {"Channel": "Local/101@from-queue-00000001;2", "Uniqueid": "1.4", "Linkedid": "1.0"}
    words = heard([said("Newchannel", TRUNK), said("DialEnd", TRUNK, local, DialStatus="ANSWER")])
    assert [word.phase for word in words] == ["ringing"]
    words = heard([said("Newchannel", TRUNK), said("DialEnd", half, TO_DESK, DialStatus="ANSWER")])
    assert told(words)[-1] == ("1.0", "answered", ("101",))


def test_it_learns_from_the_list_what_it_has_not_heard() -> None:
    """After a broken line: one call rings still, another is talked; all else is over."""
    on = board()
    heard([said("Newchannel", TRUNK | {"Uniqueid": "9.0", "Linkedid": "9.0"})], on)
    on.begin_list()
    heard(
        [
            said("CoreShowChannel", DESK, BridgeId="b1", ConnectedLineNum=CLARAS),
            said("CoreShowChannel", TRUNK, BridgeId="b1", ConnectedLineNum="101"),
            said("CoreShowChannel", TRUNK | {"Uniqueid": "5.0", "Linkedid": "5.0"}),
        ],
        on,
    )
    living, words = on.end_list()
    assert living == {"1.0", "5.0"}
    assert sorted(told(words)) == [("1.0", "answered", ("101",)), ("1.0", "ringing", ()), ("5.0", "ringing", ())]
    assert told(heard([said("Hangup", TRUNK | {"Uniqueid": "5.0", "Linkedid": "5.0"})], on)) == [("5.0", "ended", ())]


def test_it_learns_a_call_we_made_from_the_list() -> None:
    on = board()
    on.begin_list()
    heard([said("CoreShowChannel", OUT, ConnectedLineNum="+79161112233", BridgeId="b1")], on)
    _living, words = on.end_list()
    assert [(word.phase, word.outgoing, word.called) for word in words] == [
        ("ringing", True, "+79161112233"),
        ("answered", True, "+79161112233"),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_it_is_answered_and_ended_in_any_order(order: tuple[int, ...]) -> None:
    four = [RINGS[3], TALKS[0], TALKS[1], said("Hangup", TRUNK)]
    phases = {word.phase for word in heard([four[n] for n in order])}
    assert phases == {"ringing", "answered", "ended"}


EVENTS = (
    "Newchannel",
    "DialBegin",
    "DialEnd",
    "AgentCalled",
    "AgentConnect",
    "Hangup",
    "BridgeEnter",
    "CoreShowChannel",
)
NASTY = some.sampled_from(
    ["", "1.0", "101", "PJSIP/", "Local/x;1", "PJSIP/101-00000001", "a/b/c-ffffff;2", "\u202e", "x" * 300]
)
FIELDS = ("Channel", "DestChannel", "Uniqueid", "Linkedid", "DestUniqueid", "CallerIDNum", "DestCallerIDNum", "Exten")


@given(
    some.lists(
        some.tuples(some.sampled_from(EVENTS), some.fixed_dictionaries(dict.fromkeys(FIELDS, NASTY))), max_size=30
    )
)
def test_it_lives_through_any_nonsense(nonsense: list[tuple[str, dict[str, str]]]) -> None:
    on = board(seats=["101"])
    words = heard([said(event, fields, DialStatus="ANSWER") for event, fields in nonsense], on)
    words += on.end_list()[1]
    assert all(word.call and len(word.call) <= 200 for word in words)
    assert all(word.phase in ("ringing", "answered", "ended") for word in words)
