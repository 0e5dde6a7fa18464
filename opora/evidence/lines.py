"""What stood on the screen, as plain lines of text: for searching a record and for readers who hear it instead.

Follows the cursor within a line (editing, redrawing, wrapping) and lets everything else of a terminal go: colours, titles,
clipboards. A program that moves about the whole screen leaves its pieces in the order in which it wrote them. Linear in
time and bounded in memory whatever the host sends; judges nothing.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 4096
"""Letters after which a line is cut in two."""
LONGEST_MARK = 64 << 10
"""Letters of an operating system command that are kept."""
WIDEST = 1000
LONGEST_ESCAPE = 64

_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_OPENS_STRING = {"]": True, "P": False, "X": False, "^": False, "_": False}
"""Escapes that open a string, and whether we keep what it says (ECMA-48, 8.3.89; 5.6)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A finished line: its text, the frames that wrote it, and when it ended (nanoseconds of the record's own clock)."""

    text: str
    first: int
    last: int
    mono_ns: int


@dataclass(frozen=True, slots=True)
class Mark:
    """An operating system command (OSC) as the host sent it, without its brackets."""

    text: str
    seq: int
    mono_ns: int


@dataclass(slots=True)
class Screen:
    """Reads output frame by frame. `cols` is the terminal's width."""

    cols: int = 80
    _letters: list[str] = field(default_factory=list)
    _cursor: int = 0
    _row: int = 0
    _first: int = -1
    _rest: str = ""
    _string: list[str] | None = None
    _kept: int = 0
    _keeps: bool = False
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def read(self, output: bytes, seq: int, mono_ns: int) -> Iterator[Line | Mark]:
        """Take the next output; yield the lines and marks that it finished, in order."""
        text = self._rest + self._decoder.decode(output)
        self._rest = ""
        at, end = 0, len(text)
        while at < end:
            if self._string is not None:
                at, mark = self._go_on_with_string(text, at, seq, mono_ns)
                if mark is not None:
                    yield mark
            elif plain := _PLAIN.match(text, at):
                at = plain.end()
                yield from self._write(plain.group(), seq, mono_ns)
            elif text[at] == "\x1b":
                length = self._escape(text, at)
                if not length:
                    self._rest = text[at:]
                    return
                if length > 2 and text[at + 1] == "[":
                    yield from self._move(text[at + 2 : at + length], seq, mono_ns)
                at += length
            else:
                yield from self._obey(text[at], seq, mono_ns)
                at += 1

    def resize(self, cols: int) -> None:
        """Take the terminal's new width."""
        self.cols = min(max(cols, 2), WIDEST)

    @property
    def standing(self) -> str:
        """The line on which the cursor stands, as it is now."""
        return "".join(self._letters).rstrip()

    @property
    def first(self) -> int:
        """The frame in which the standing line began, -1 while it is empty."""
        return self._first

    def finish(self, seq: int, mono_ns: int) -> Iterator[Line]:
        """Yield the last line, which nothing ended."""
        yield from self._end_line(seq, mono_ns)

    def _write(self, plain: str, seq: int, mono_ns: int) -> Iterator[Line]:
        at = 0
        while at < len(plain):
            if self._cursor - self._row >= self.cols:
                self._row = self._cursor
            if self._cursor >= LONGEST:
                yield from self._end_line(seq, mono_ns)
            if self._first < 0:
                self._first = seq
            room = min(self.cols - (self._cursor - self._row), LONGEST - self._cursor)
            piece = plain[at : at + room]
            if len(self._letters) < self._cursor:
                self._letters.extend(" " * (self._cursor - len(self._letters)))
            self._letters[self._cursor : self._cursor + len(piece)] = piece
            self._cursor += len(piece)
            at += len(piece)

    def _obey(self, control: str, seq: int, mono_ns: int) -> Iterator[Line]:
        if control in "\n\x0b\x0c":
            yield from self._end_line(seq, mono_ns)
        elif control == "\r":
            self._cursor = self._row
        elif control == "\b":
            self._cursor = max(self._cursor - 1, 0)
            self._row = min(self._row, self._cursor // self.cols * self.cols)
        elif control == "\t":
            column = self._cursor - self._row
            self._cursor = self._row + min(column // 8 * 8 + 8, self.cols - 1)

    def _move(self, control: str, seq: int, mono_ns: int) -> Iterator[Line]:
        """A control sequence: those that move within the line are followed, those that leave it end it."""
        name, told = control[-1], control[:-1]
        count = _number(told)
        if name == "J" and not count:
            del self._letters[self._cursor :]
        elif name in "HfEFJdB" or (name in "hl" and told in {"?1049", "?47", "?1047"}):
            yield from self._end_line(seq, mono_ns)
        elif name == "A":
            rows = min(max(count, 1), self._row // self.cols)
            self._cursor -= rows * self.cols
            self._row -= rows * self.cols
        else:
            self._edit(name, count)

    def _edit(self, name: str, count: int) -> None:
        some, here = max(count, 1), self._cursor
        if name == "C":
            self._cursor = min(here + some, self._row + self.cols - 1)
        elif name == "D":
            self._cursor = max(here - some, self._row)
        elif name in "G`":
            self._cursor = self._row + min(some, self.cols) - 1
        elif name == "K" and count == 0:
            del self._letters[here:]
        elif name == "K":
            until = here + 1 if count == 1 else len(self._letters)
            blank = min(until, len(self._letters)) - self._row
            self._letters[self._row : self._row + max(blank, 0)] = " " * max(blank, 0)
        elif name == "P":
            del self._letters[here : here + some]
        elif name == "X":
            blank = min(some, len(self._letters) - here)
            self._letters[here : here + max(blank, 0)] = " " * max(blank, 0)
        elif name == "@" and here < len(self._letters):
            self._letters[here:here] = " " * min(some, self.cols)
            del self._letters[LONGEST:]

    def _end_line(self, seq: int, mono_ns: int) -> Iterator[Line]:
        text = self.standing
        if text:
            yield Line(text, self._first, seq, mono_ns)
        self._letters.clear()
        self._cursor = self._row = 0
        self._first = -1

    def _escape(self, text: str, at: int) -> int:
        """How long the escape at this place is; 0 when its end has not come yet."""
        following = text[at + 1 : at + 2]
        if not following:
            return 0
        if following == "[":
            if whole := _CONTROL.match(text, at):
                return whole.end() - at if whole.end() - at <= LONGEST_ESCAPE else 2
            return 0 if len(text) - at < LONGEST_ESCAPE and _unfinished(text, at) else 2
        if following in _OPENS_STRING:
            self._string, self._kept, self._keeps = [], 0, _OPENS_STRING[following]
            return 2
        if " " <= following <= "/":
            return 3 if len(text) > at + 2 else 0
        return 2

    def _go_on_with_string(self, text: str, at: int, seq: int, mono_ns: int) -> tuple[int, Mark | None]:
        assert self._string is not None
        stop = _STRING_ENDS.search(text, at)
        until = stop.start() if stop else len(text)
        if self._keeps and self._kept < LONGEST_MARK:
            self._string.append(text[at : min(until, at + LONGEST_MARK - self._kept)])
            self._kept += until - at
        if stop is None:
            return until, None
        mark = Mark("".join(self._string), seq, mono_ns) if self._keeps and self._kept < LONGEST_MARK else None
        self._string = None
        return stop.end() if stop.group() != "\x1b" else until, mark


_STRING_ENDS = re.compile("\x1b\\\\|[\x07\x18\x1a\x9c]|\x1b")
_BEGUN = re.compile(r"\x1b\[[0-?]*[ -/]*\Z")


def _unfinished(text: str, at: int) -> bool:
    return _BEGUN.match(text, at) is not None


def _number(told: str) -> int:
    first = told.split(";", 1)[0]
    return min(int(first), WIDEST) if first.isdecimal() and len(first) < 9 else 0
