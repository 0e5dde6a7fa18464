"""Following a record frame by frame: says the same as the verifier, at the same frame."""

import random

import pytest

from opora.evidence import verify
from opora.evidence.following import Follower, Misfit
from opora.evidence.frames import Chain, Kind
from tests.evidence.recording import SESSION, Recording, short_session


def followed(recording: Recording, frames: list[bytes]) -> Follower:
    follower = Follower(SESSION, recording.digest)
    for frame in frames:
        follower.take(frame)
    return follower


def test_it_comes_as_far_as_the_recorder() -> None:
    recording = short_session()
    follower = followed(recording, recording.frames)
    chain = recording.chain
    assert (follower.frames, follower.size, follower.head, follower.ended) == (
        chain.frames,
        chain.size,
        chain.head,
        True,
    )


def test_it_finds_every_change_where_the_verifier_finds_it() -> None:
    recording, dice = short_session(), random.Random(4)
    for _ in range(400):
        frames = list(recording.frames)
        number = dice.randrange(len(frames))
        changed = bytearray(frames[number])
        changed[dice.randrange(4, len(changed))] ^= 1 << dice.randrange(8)
        frames[number] = bytes(changed)
        with pytest.raises(verify.Bad, match=f"frame {number}"):
            verify.walk(b"".join(frames), recording.digest)
        with pytest.raises(Misfit, match=f"frame {number}"):
            followed(recording, frames)


def test_it_takes_no_frame_out_of_order_twice_or_after_the_end() -> None:
    recording = short_session()
    one, two, *rest = recording.frames
    for wrong in ([two], [one, one], [one, rest[0]], [*recording.frames, two]):
        with pytest.raises(Misfit):
            followed(recording, wrong)


def test_it_takes_no_header_or_end_that_speaks_of_another_record() -> None:
    recording = short_session()
    for kind, payload in ((Kind.HEADER, b'{"session":"00"}'), (Kind.OUTPUT, b""), (Kind.HEADER, b"[]")):
        chain = Chain(SESSION, recording.digest)
        with pytest.raises(Misfit, match="frame 0"):
            Follower(SESSION, recording.digest).take(chain.link(kind, payload, mono_ns=0, wall_ns=0))
    follower = followed(recording, recording.frames[:1])
    chain = Chain.resumed(SESSION, frames=1, size=follower.size, head=follower.head)
    with pytest.raises(Misfit, match="frame 1: it speaks of another record"):
        follower.take(chain.link(Kind.END, b'{"frames":2,"size":1}', mono_ns=0, wall_ns=0))


def test_it_takes_no_clock_that_goes_back() -> None:
    recording = short_session()
    follower = followed(recording, recording.frames[:3])
    chain = Chain.resumed(SESSION, frames=3, size=follower.size, head=follower.head)
    with pytest.raises(Misfit, match="out of its place"):
        follower.take(chain.link(Kind.OUTPUT, b"", mono_ns=0, wall_ns=0))
