"""Frames and their chain: exact bytes, every number in its place, and nothing that is not a frame taken for one."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.evidence.frames import LARGEST_PAYLOAD, Chain, Kind, Malformed, Torn, canonical, first_link, read_frames
from tests.evidence.recording import SESSION

payloads = some.lists(some.tuples(some.sampled_from(list(Kind)), some.binary(max_size=300)), min_size=1, max_size=12)


def linked(told: list[tuple[Kind, bytes]]) -> bytes:
    chain = Chain(SESSION, bytes(32))
    return b"".join(chain.link(kind, payload, mono_ns=n, wall_ns=2 * n) for n, (kind, payload) in enumerate(told))


@given(payloads)
def test_it_reads_back_every_byte_it_wrote(told: list[tuple[Kind, bytes]]) -> None:
    frames = list(read_frames(linked(told)))
    assert [(frame.kind, frame.payload) for frame in frames] == told
    assert [frame.seq for frame in frames] == list(range(len(told)))


@given(payloads)
def test_it_ties_every_frame_to_all_before_it(told: list[tuple[Kind, bytes]]) -> None:
    written, head = linked(told), first_link(SESSION, bytes(32))
    at = 0
    for frame in read_frames(written):
        head = hashlib.sha256(head + written[at : at + frame.size - 32]).digest()
        assert frame.digest == head
        at += frame.size


@given(payloads, some.data())
def test_it_calls_a_frame_that_breaks_off_torn(told: list[tuple[Kind, bytes]], drawn: some.DataObject) -> None:
    written = linked(told)
    cut = drawn.draw(some.integers(1, len(written) - 1))
    ends = {0}
    for frame in read_frames(written):
        ends.add(max(ends) + frame.size)
    if cut in ends:
        assert len(list(read_frames(written[:cut]))) < len(told)
    else:
        with pytest.raises(Torn):
            list(read_frames(written[:cut]))


def test_it_names_the_byte_where_no_frame_begins() -> None:
    written = linked([(Kind.OUTPUT, b"one")])
    with pytest.raises(Malformed, match=f"byte {len(written)}: no frame begins here"):
        list(read_frames(written + bytes(100)))


def test_it_refuses_a_payload_too_large_for_one_frame() -> None:
    with pytest.raises(ValueError, match="1 MiB"):
        Chain(SESSION, bytes(32)).link(Kind.OUTPUT, bytes(LARGEST_PAYLOAD + 1), mono_ns=0, wall_ns=0)


def test_it_goes_on_after_a_restart_as_if_nothing_had_been() -> None:
    whole = Chain(SESSION, bytes(32))
    first = whole.link(Kind.OUTPUT, b"one", mono_ns=1, wall_ns=1)
    resumed = Chain.resumed(SESSION, frames=1, size=len(first), head=whole.head)
    second = whole.link(Kind.OUTPUT, b"two", mono_ns=2, wall_ns=2)
    assert resumed.link(Kind.OUTPUT, b"two", mono_ns=2, wall_ns=2) == second
    assert resumed.size == whole.size == len(first + second)


def test_it_spells_one_content_in_one_way() -> None:
    assert canonical({"b": 1, "a": ["é", None]}) == '{"a":["é",null],"b":1}'.encode()
    for many_spellings in (1.0, {"a": [0.5]}, {1: "a"}):
        with pytest.raises(ValueError, match=r"spelling|text"):
            canonical(many_spellings)
