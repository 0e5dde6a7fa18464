"""Places in a session's output from which a late viewer's screen can be painted and be right, without all that came before.

No emulator: only what such a place needs is followed. A place is right by one of three reasons: the whole screen was cleared
there; a program began there to paint every row of it (top); or from there on lines only flowed, so many that all which stood
on the screen before has left it. What is in force there (colours, modes, letters) is told with it. In doubt there is
none, and the viewer is shown the record from its beginning. Linear, and bounded in memory.
"""

import json
import re
from dataclasses import dataclass, field

from opora.evidence.frames import Kind

EVERY = 32 << 10
"""Bytes of output between two lines at which a viewer might come in."""
MORE_LINES = 100
"""Lines that must have followed besides those which fill the screen twice."""
MOST_COLOURS = 200
MOST_WAITING = 64

_TOKEN = re.compile(
    rb"\x1b\[([0-?]*)([ -/]*)([@-~])|\x1b([\]PX^_])|\x1b([ -/]+)([0-~])|\x1b([0-OQ-WYZ\\`-~])"
    rb"|([\x0e\x0f])|(\xc2[\x80-\x9f])|(\x1b)"
)
_STRING_END = re.compile(rb"\x07|\x1b\\|[\x18\x1a]")
_BEGUN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[ -/]*)?\Z|\xc2\Z")
_HOME = frozenset({b"", b"1", b"1;1", b";", b"1;"})
_ALTERNATE = frozenset({b"47", b"1047", b"1049"})
_SOFTLY_RESET = (b"?1", b"?6", b"?7", b"?25", b"?45", b"?66", b"?1004", b"?2004", b"4")
"""Modes that DECSTR takes back, as xterm.js does it."""
_WITHIN_A_LINE = frozenset(b"CDGKPX@b`a")
_SILENT = frozenset(b"ncqtx")
"""Reports and styles, which move nothing."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where a viewer may come in: the frame, the bytes of its payload to skip, what to write first, and the terminal's size."""

    seq: int
    skip: int
    paint: str
    cols: int
    rows: int


@dataclass(slots=True)
class _Waiting:
    entrance: Entrance
    lines: int


@dataclass(slots=True)
class Finder:
    """Follows one session's frames. `newest` is the best place by now, None while there is none."""

    cols: int = 80
    rows: int = 24
    newest: Entrance | None = None
    _flowing: Entrance | None = None
    _inside: Entrance | None = None
    _waiting: list[_Waiting] = field(default_factory=list)
    _colours: dict[bytes, None] = field(default_factory=dict)
    _modes: dict[bytes, bytes] = field(default_factory=dict)
    _letters: dict[bytes, bytes] = field(default_factory=dict)
    _region: dict[bool, bytes] = field(default_factory=dict)
    _alternate: bool = False
    _lost: bool = False
    _string: bool = False
    _rest: bytes = b""
    _lines: int = 0
    _since: int = 0
    _home: bool = False
    _cleared: tuple[bytes, ...] | None = None
    _painting: Entrance | None = None
    _row_clean: bool = False
    _rows_left: int = 0

    def take(self, seq: int, kind: Kind, payload: bytes) -> None:
        """Follow the next frame."""
        if kind in (Kind.OUTPUT, Kind.ERROR_OUTPUT):
            self._read(seq, payload)
            ripe = [one for one in self._waiting if self._lines - one.lines >= 2 * self.rows + MORE_LINES]
            if ripe:
                self._flowing = ripe[-1].entrance
                self._waiting = [one for one in self._waiting if one not in ripe]
            self.newest = (self._inside if self._alternate else None) or self._flowing
        elif kind is Kind.RESIZE and len(payload) == 4:
            self._resize(int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:], "big"))
        elif kind is Kind.HEADER:
            term = json.loads(payload).get("term", {})
            self._resize(int(term.get("cols", 80)), int(term.get("rows", 24)))

    def wanted(self) -> set[int]:
        """Return the frames that are entrances or may become one."""
        known = [self._flowing, self._inside, self._painting, *(one.entrance for one in self._waiting)]
        return {one.seq for one in known if one is not None}

    def _resize(self, cols: int, rows: int) -> None:
        self.cols, self.rows = cols, rows
        self._waiting.clear()
        self._painting = None

    def _read(self, seq: int, payload: bytes) -> None:
        data, before = self._rest + payload, len(self._rest)
        self._rest = b""
        self._since += len(payload)
        at = 0
        while at < len(data):
            if self._string:
                end = _STRING_END.search(data, at)
                if end is None:
                    self._rest = b"\x1b" if data.endswith(b"\x1b") else b""
                    return
                self._string, at = False, end.end()
            token = _TOKEN.search(data, at)
            unfinished = _BEGUN.search(data, at) if token is None else _BEGUN.match(data, token.start())
            until = unfinished.start() if unfinished else token.start() if token else len(data)
            if until > at:
                self._flow(seq, data, at, until, before)
            if token is None or unfinished:
                self._rest = data[until:]
                return
            at = token.end()
            self._obey(token, seq, max(at - before, 0))

    def _flow(self, seq: int, data: bytes, start: int, end: int, before: int) -> None:
        """Text, and what moves within a line or to the next."""
        self._home, self._cleared = False, None
        count = data.count(b"\n", start, end) + data.count(b"\x0b", start, end) + data.count(b"\x0c", start, end)
        if self._painting is not None:
            self._paint_rows(data[start:end], count)
        if self._alternate:
            return
        if self._since >= EVERY and count and self._is_plain() and len(self._waiting) < MOST_WAITING:
            line = data.find(b"\r\n", max(start, before), end)
            if line >= 0:
                self._since = 0
                passed = data.count(b"\n", start, line + 2)
                self._waiting.append(_Waiting(self._here(seq, line + 2 - before), self._lines + passed))
        self._lines += count

    def _paint_rows(self, text: bytes, count: int) -> None:
        """Every row that is left must have been erased to its end."""
        row = text.partition(b"\n")[0]
        if count > 1 or (count and (row.strip(b"\r") or not self._row_clean or b"\n" not in text)):
            self._painting = None
        elif count or text.strip(b"\r"):
            self._rows_left -= count
            self._row_clean = False

    def _is_plain(self) -> bool:
        """Whether lines flow over the whole screen, under rules that can be told."""
        return not (self._lost or self._region.get(self._alternate) or self._modes.get(b"?6") == b"h")

    def _here(self, seq: int, skip: int, after: bytes = b"") -> Entrance:
        modes = [b"\x1b[" + mode + how for mode, how in self._modes.items() if mode != b"?6"]
        letters = [self._letters[slot] for slot in sorted(self._letters)]
        region = self._region.get(self._alternate, b"")
        colours = [b"\x1b[" + one + b"m" for one in self._colours]
        inside = [b"\x1b[?1049h"] if self._alternate else []
        paint = b"".join([*inside, *modes, *([b"\x1b[" + region + b"r"] if region else []), *colours, after, *letters])
        return Entrance(seq, skip, paint.decode("latin-1"), self.cols, self.rows)

    def _come_in(self, entrance: Entrance) -> None:
        if self._lost or self._modes.get(b"?6") == b"h":
            return
        if self._alternate:
            self._inside = entrance
        else:
            self._flowing = entrance
            self._waiting.clear()

    def _obey(self, token: re.Match[bytes], seq: int, skip: int) -> None:
        told, between, name, string, space, letter, single, shift, foreign, lone = token.groups()
        if string:
            self._string = True
        elif name:
            self._control(told, between, name, seq, skip)
        elif space:
            self._choose(space, letter)
        elif shift:
            self._letters[b"z"] = shift
        elif foreign or (lone and token.string[token.end() : token.end() + 1] != b"\x1b"):
            self._lost = True
        elif single:
            self._single(single, seq, skip)

    def _single(self, single: bytes, seq: int, skip: int) -> None:
        if single == b"c":
            self._forget()
            self._come_in(Entrance(seq, skip, "", self.cols, self.rows))
        elif single in b"=>":
            self._letters[b"y"] = b"\x1b" + single
        elif single in b"no|}~":
            self._letters[b"z"] = b"\x1b" + single
        elif single == b"H":
            self._lost = True
        elif single not in b"7\\":
            self._leave_line(lines=single in b"DE")

    def _choose(self, space: bytes, letter: bytes) -> None:
        """Letters of another language or of frames; anything else of this sort is not followed."""
        if space in (b"(", b")", b"*", b"+"):
            self._letters[space] = b"\x1b" + space + letter
        elif space not in (b"%", b" "):
            self._leave_line()

    def _control(self, told: bytes, between: bytes, name: bytes, seq: int, skip: int) -> None:
        if between or (told and told[:1] in b"<=>"):
            self._with_mark(told, between, name)
        elif name == b"m":
            self._colour(told)
        elif name in b"hl":
            self._mode(told, name)
        elif name in b"Hf":
            self._move(told, seq, skip)
        elif name == b"J":
            self._erase(told, seq, skip)
        elif name == b"r":
            self._region[self._alternate] = b"" if told in (b"", b"1", b"1;", b";", b"1;%d" % self.rows) else told
            self._leave_line()
        elif name == b"g":
            self._lost = True
        elif name == b"K":
            self._row_clean = told in (b"", b"0", b"2")
        elif name[0] in _WITHIN_A_LINE:
            self._home, self._row_clean = False, False
        elif name[0] not in _SILENT and name != b"s":
            self._leave_line()

    def _with_mark(self, told: bytes, between: bytes, name: bytes) -> None:
        if between == b"!" and name == b"p":
            for mode in _SOFTLY_RESET:
                self._modes.pop(mode, None)
            self._colours.clear()
            self._letters.clear()
            self._region[self._alternate] = b""
            self._leave_line()
        elif between == b" " and name == b"q":
            self._letters[b"x"] = b"\x1b[" + told + b" q"
        elif between in (b"$", b"'", b" ", b"*", b"#"):
            self._leave_line()

    def _colour(self, told: bytes) -> None:
        if told in (b"", b"0") or told.startswith((b"0;", b";")):
            self._colours.clear()
        if told not in (b"", b"0"):
            self._colours.pop(told, None)
            self._colours[told] = None
            if len(self._colours) > MOST_COLOURS:
                self._lost = True

    def _mode(self, told: bytes, name: bytes) -> None:
        private = told[:1] == b"?"
        for mode in told.lstrip(b"?").split(b";"):
            if private and mode in _ALTERNATE:
                self._alternate = name == b"h"
                self._inside = self._painting = None
                self._region.pop(True, None)
            elif private and mode in (b"3", b"69"):
                self._lost = True
            elif not (private and mode == b"1048"):
                self._modes[(b"?" if private else b"") + mode] = name
        if private and told == b"?6":
            self._leave_line()

    def _move(self, told: bytes, seq: int, skip: int) -> None:
        cleared, painted = self._cleared, self._painting
        whole = painted is not None and self._row_clean and self._rows_left == 0
        self._leave_line()
        self._cleared = cleared
        self._home = told in _HOME
        if not self._home:
            return
        if whole and painted is not None:
            self._come_in(painted)
        if cleared is not None and cleared == tuple(self._colours):
            self._come_in(self._here(seq, skip, b"\x1b[H\x1b[2J"))
        elif self._is_plain():
            self._painting, self._row_clean = self._here(seq, skip, b"\x1b[H"), False
            self._rows_left = self.rows - 1

    def _erase(self, told: bytes, seq: int, skip: int) -> None:
        if told == b"3":
            return
        if told in (b"", b"0") and self._painting is not None and not self._home:
            self._come_in(self._painting)
            self._painting = None
            return
        home = self._home
        self._leave_line()
        self._home = home
        if told == b"2" or (home and told in (b"", b"0")):
            self._cleared = tuple(self._colours)
            if home:
                self._come_in(self._here(seq, skip, b"\x1b[H\x1b[2J"))

    def _leave_line(self, *, lines: bool = False) -> None:
        """Something moved about the screen: what had not flowed far enough is no entrance."""
        self._home, self._cleared, self._painting = False, None, None
        if not self._alternate and not lines:
            self._waiting.clear()

    def _forget(self) -> None:
        """The terminal is reset."""
        for kept in (self._colours, self._modes, self._letters, self._region):
            kept.clear()
        self._alternate = self._lost = False
        self._waiting.clear()
        self._inside = self._painting = None
