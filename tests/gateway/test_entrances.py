"""Where a late viewer may come in: only where the screen is known to be right, wherever the output was cut into frames."""

import asyncio
import itertools
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from opora.evidence.frames import HASH_SIZE, HEAD, Kind, canonical, read_frames
from opora.gateway.live.entrances import EVERY, MORE_LINES, Entrance, Finder
from tests.gateway.watching import Caller, Work, chained, live

LINE = b"\x1b[32mok\x1b[0m " + b"x" * 50 + b"\r\n"
ENOUGH = LINE * (2 * 24 + MORE_LINES + EVERY // len(LINE) + 50)


def found(*outputs: bytes, rows: int = 24) -> Entrance | None:
    finder = Finder()
    finder.take(0, Kind.HEADER, canonical({"term": {"cols": 80, "rows": rows}}))
    for seq, output in enumerate(outputs, 1):
        finder.take(seq, Kind.OUTPUT, output)
    return finder.newest


def test_lines_that_flowed_far_enough_leave_nothing_of_what_was_before() -> None:
    entrance = found(b"\x1b[?2004h\x1b[?1hhello", ENOUGH)
    assert entrance is not None and entrance.seq == 2
    assert ENOUGH[: entrance.skip].endswith(b"\r\n") and len(ENOUGH) - entrance.skip > (48 + MORE_LINES) * len(LINE)
    assert entrance.paint == "\x1b[?2004h\x1b[?1h"
    assert found(LINE * 40) is None


def test_colours_and_letters_in_force_are_told_with_it() -> None:
    entrance = found(b"\x1b[1m\x1b[4m\x1b[1m\x1b(0\x0e", (b"q" * 60 + b"\r\n") * 1000)
    assert entrance is not None and entrance.paint == "\x1b[4m\x1b[1m\x1b(0\x0e"
    assert found(b"\x1b[31m\x1b[0m", ENOUGH).paint == ""


def test_what_moves_about_the_screen_is_in_doubt() -> None:
    for doubt in (b"\x1b[5;5H", b"\x1b[3A", b"\x1bM", b"\x1b8", b"\x1b[2L", b"\x1b[1J"):
        assert found(*[LINE * 100 + doubt] * 40) is None, doubt
    for lasting in (b"\x1b[2;20r", b"\x1b[?6h", b"\x1bH", b"\x1b[?69h", b"\x1b[\nm", "\x9b".encode()):
        assert found(lasting, ENOUGH) is None, lasting


def test_a_cleared_screen_is_an_entrance_at_once() -> None:
    for cleared in (b"\x1b[H\x1b[2J\x1b[3J", b"\x1b[2J\x1b[1;1H", b"\x1b[H\x1b[J"):
        entrance = found(b"\x1b[3;3Hhere\x1b[33m", b"there" + cleared + b"after")
        assert entrance is not None and entrance.seq == 2
        assert entrance.paint == "\x1b[33m\x1b[H\x1b[2J"
        assert (b"there" + cleared + b"after")[entrance.skip :].lstrip(b"\x1b[3J") == b"after"
    assert found(b"\x1b[44m\x1b[2J\x1b[0m\x1b[H") is None
    assert found(b"junk\x1b[5;5H\x1bcfresh") == Entrance(1, 12, "", 80, 24)


def test_a_program_that_paints_every_row_from_home_is_entered_where_it_began() -> None:
    rows = b"\r\n".join(b"row %d \x1b[K" % number for number in range(24))
    entrance = found(b"\x1b[H" + rows, b"\x1b[H" + rows)
    assert entrance is not None and (entrance.seq, entrance.skip) == (1, 3)
    short = b"\r\n".join([b"row \x1b[K"] * 9) + b"\x1b[J"
    assert found(b"\x1b[H" + short) is not None
    assert found(b"\x1b[H" + short.replace(b"\x1b[K", b"", 1)) is None


def test_within_the_other_screen_only_a_cleared_one_counts() -> None:
    inside = found(ENOUGH, b"\x1b[?1049h\x1b[2;20r\x1b[H\x1b[2Jvim", ENOUGH)
    assert inside is not None and inside.seq == 2
    assert inside.paint == "\x1b[?1049h\x1b[2;20r\x1b[H\x1b[2J"
    outside = found(ENOUGH, b"\x1b[?1049h\x1b[H\x1b[2Jvim\x1b[?1049l", LINE)
    assert outside is not None and outside.seq == 1


PIECES = st.lists(
    st.one_of(
        st.sampled_from([b"\x1b[H\x1b[2J", b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[1;31m", b"\x1b[m", b"\x1b]0;t\x07"]),
        st.sampled_from([b"\x1b[2J", b"\x1b[H", b"\x1bc", b"\x1b[K\r\n", b"\x1b(0", b"\x1b[3;9r", b"\x1b", b"\x1b["]),
        st.sampled_from([LINE, "é".encode(), b"\x0e", b"\x1b]633;E;x;y\x1b\\", b"\x1bP", b"\x1b\\", b"\x1b[5A"]),
        st.binary(max_size=6),
    ),
    max_size=30,
).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.lists(st.integers(0, 60_000), max_size=8))
def test_it_finds_the_same_however_the_output_was_cut(output: bytes, cuts: list[int]) -> None:
    at = sorted({0, len(output), *(cut % (len(output) + 1) for cut in cuts)})
    pieces = [output[start:end] for start, end in itertools.pairwise(at)]
    whole, cut = found(output), found(*pieces)
    assert (whole is None) == (cut is None)
    if whole is not None and cut is not None:
        assert sum(map(len, pieces[: cut.seq - 1])) + cut.skip == whole.skip
        assert cut.paint == whole.paint


def test_a_late_viewer_is_let_in_there_and_told_the_rest_beside(tmp_path: Path) -> None:
    async def story() -> None:
        async with live(tmp_path) as (hub, path):
            work = Work(hub, hub.journals)
            for _ in range(60):
                work.add(Kind.OUTPUT, LINE * 300)
            feed = hub.feed(work.hex)
            assert feed is not None
            async with asyncio.timeout(60):
                while feed.entrance is None or feed.entrance.size < 1 << 19:
                    work.add(Kind.OUTPUT, LINE * 300)
                    await asyncio.sleep(0.02)
            caller = await Caller.at(path)
            who = {"id": "contact:5", "name": "Clara", "kind": "customer"}
            caller.say("W", {"session": work.hex, "from": 0, "late": True, "viewer": who})
            told: dict[str, bytes] = {"P": b"", "F": b""}
            letters = []
            while len(told["P"]) + len(told["F"]) < sum(map(len, work.frames)):
                letter, payload = await caller.hear()
                letters.append(letter)
                told[letter] = told.get(letter, b"") + payload
            entrance = json.loads(told["K"])
            assert letters.index("K") < letters.index("F") < letters.index("P")
            assert told["P"] + told["F"] == b"".join(work.frames)
            assert len(told["P"]) == entrance["size"]
            first = next(iter(read_frames(told["F"])))
            assert first.seq == entrance["seq"]
            assert told["P"][-HASH_SIZE:].hex() == entrance["head"]
            payload = told["F"][HEAD.size :][: len(LINE) * 300]
            assert payload[: entrance["skip"]].endswith(b"\r\n")
            chained(work.session, work.frames)
            again = await Caller.at(path)
            again.say("W", {"session": work.hex, "from": 9, "past": [3, 7], "viewer": who})
            past = b""
            while not past:
                letter, payload = await again.hear()
                past = payload if letter == "P" else b""
            assert past == b"".join(work.frames[3:7])
            wrong = await Caller.at(path)
            wrong.say("W", {"session": work.hex, "from": 9, "past": [3, 99], "viewer": who})
            await wrong.until_end()
            assert wrong.last[0] == "N"

    asyncio.run(story())
