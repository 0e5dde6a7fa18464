"""The index of a record: which commands were given, what stood on the screen, which files moved, and where to find it.

Derived from the frames alone and made anew at any time; nothing here is evidence. Every command says how far to trust it:

- `exact`: the shell itself named it, by a mark that only this session's shell could write;
- `inferred`: read from the screen, on a line where somebody typed;
- `unmarked`: read from the screen although the shell names its commands: something else took it.

A mark is `ESC ] 633 ; KIND ; TEXT ; NONCE . NUMBER BEL`. The header holds the SHA-256 of the session's nonce, and numbers only
grow, so that a mark shown once more (a captured screen, a file) says nothing. What pretends to be one is told as forged.

Linear in the record's length. Opens no file, reads no clock.
"""

import hashlib
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any

from opora.evidence.frames import Frame, Kind, read_frames
from opora.evidence.lines import Line, Mark, Screen

KEY_EVERY = 256 << 10
"""Bytes of the record between two places from which a player may read on."""
LONGEST_COMMAND = 8192
MOST_LINES = 200_000
"""Lines that the index holds; a longer record says `cut`, and its rest is found by playing it."""

_PROMPT = re.compile(r"(?:.{0,200}?[^\s$#%>❯])??\s{0,3}[$#%>❯]\s(?P<command>\S.*)")
_FURTHER = re.compile(r"(?:>|\w{0,20}>)\s(?P<command>\S.*)")
_MARK = re.compile(r"633;(?P<kind>[ADE]);(?P<text>[^;]*)(?:;(?P<signature>.*))?", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:\\|x([0-9a-fA-F]{2}))")


@dataclass(slots=True)
class Command:
    """One command, the frames from its prompt to the next, and its exit status where the shell told it."""

    text: str
    trust: str
    first: int
    last: int
    mono_ns: int
    status: int | None = None
    ended: bool = False
    took: int | None = None


@dataclass(slots=True)
class _Index:
    started_mono: int
    marks: str
    commands: list[Command] = field(default_factory=list)
    waiting: list[Command] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    keys: list[list[int]] = field(default_factory=list)
    typed: int = -1
    cut: bool = False
    number: int = 0
    named: bool = False
    running: Command | None = None

    def since(self, mono_ns: int) -> int:
        """Milliseconds since the record began."""
        return max(mono_ns - self.started_mono, 0) // 1_000_000


def index(frames: bytes) -> dict[str, Any]:
    """Return the index of a record (or of its whole frames so far): JSON of whole numbers and text, moments in milliseconds
    since its first frame.

    `commands` [{text, trust, from, to, at, status, took}], `lines` [{text, seq, at}], `files` and `events` [{seq, at, kind, …}],
    `keys` [[seq, byte, at], …], `cut` when there were more lines than it holds. Raises Malformed for bytes that are no frames.
    """
    made: _Index | None = None
    screen = Screen()
    header: dict[str, Any] = {}
    at, key_at, last = 0, 0, None
    started = 0
    for frame in read_frames(frames):
        if made is None:
            header = _facts(frame.payload) if frame.kind is Kind.HEADER else {}
            made, started = _begin(frame, header, screen), frame.wall_ns
        if at >= key_at:
            made.keys.append([frame.seq, at, made.since(frame.mono_ns)])
            key_at = at + KEY_EVERY
        _take(made, screen, frame)
        at += frame.size
        last = frame
    if made is None or last is None:
        return {"frames": 0, "size": 0, "length": 0, "commands": [], "lines": [], "files": [], "events": [], "keys": []}
    for line in screen.finish(last.seq, last.mono_ns):
        _take_line(made, line)
    _settle(made)
    _close(made.commands, last.seq)
    return {
        "session": last.session.hex(),
        "started": started // 1_000_000,
        "length": made.since(last.mono_ns),
        "frames": last.seq + 1,
        "size": at,
        "term": header.get("term", {}),
        "cut": made.cut,
        "commands": [_command_row(made, command) for command in made.commands],
        "lines": [{"text": line.text, "seq": line.first, "at": made.since(line.mono_ns)} for line in made.lines],
        "files": made.files,
        "events": made.events,
        "keys": made.keys,
    }


def search(made: dict[str, Any], words: str, *, most: int = 500) -> list[dict[str, Any]]:
    """Return where the words stand, in any case, in commands and lines: [{what, text, seq, at}], in the record's order."""
    wanted = words.casefold().strip()
    if not wanted:
        return []
    found = [
        {"what": what, "text": row["text"], "seq": row[place], "at": row["at"]}
        for what, rows, place in (("command", made["commands"], "from"), ("line", made["lines"], "seq"))
        for row in rows
        if wanted in row["text"].casefold()
    ]
    return sorted(found, key=lambda row: (row["seq"], row["what"]))[:most]


def _begin(frame: Frame, header: dict[str, Any], screen: Screen) -> _Index:
    made = _Index(frame.mono_ns, str(header.get("marks", "")))
    term = header.get("term")
    if isinstance(term, dict) and isinstance(term.get("cols"), int):
        screen.resize(term["cols"])
    if isinstance(header.get("command"), str):
        made.commands.append(Command(header["command"][:LONGEST_COMMAND], "exact", frame.seq, frame.seq, frame.mono_ns))
    return made


def _take(made: _Index, screen: Screen, frame: Frame) -> None:
    if frame.kind in (Kind.OUTPUT, Kind.ERROR_OUTPUT):
        for found in screen.read(frame.payload, frame.seq, frame.mono_ns):
            if isinstance(found, Line):
                _take_line(made, found)
            else:
                _take_mark(made, screen, found)
    elif frame.kind is Kind.INPUT:
        made.typed = frame.seq
    elif frame.kind is Kind.RESIZE and len(frame.payload) == 4:
        screen.resize(int.from_bytes(frame.payload[:2], "big"))
    elif frame.kind is Kind.FILE:
        facts = _facts(frame.payload)
        # Pieces of a file that is open have no path: the whole is told when it is closed.
        if "path" in facts and facts.get("op") not in _LOOKS:
            made.files.append({**facts, "seq": frame.seq, "at": made.since(frame.mono_ns)})
    elif frame.kind is Kind.PROBE and _facts(frame.payload).get("moment") == "shell":
        made.named = bool(made.marks)
    elif frame.kind not in _SILENT:
        made.events.append(_event(made, frame))


_LOOKS = {"stat", "realpath", "readlink", "statvfs", "fsync"}
"""What a client does by the dozen and nothing comes of; it stands in the record, not in the list of files."""
_SILENT = {Kind.HEADER, Kind.RESIZE, Kind.SIGNAL}


def _event(made: _Index, frame: Frame) -> dict[str, Any]:
    told = {"text": frame.payload.decode("utf-8", "replace")} if frame.kind is Kind.NOTICE else _facts(frame.payload)
    return {**told, "kind": chr(frame.kind), "seq": frame.seq, "at": made.since(frame.mono_ns)}


def _take_line(made: _Index, line: Line) -> None:
    if len(made.lines) < MOST_LINES:
        made.lines.append(line)
    else:
        made.cut = True
    if made.typed <= line.first:
        return
    told = _PROMPT.fullmatch(line.text) or _FURTHER.fullmatch(line.text)
    if told:
        text = told["command"].rstrip()[:LONGEST_COMMAND]
        made.waiting.append(Command(text, "inferred", line.first, line.last, line.mono_ns))


def _take_mark(made: _Index, screen: Screen, mark: Mark) -> None:
    """A mark of the shell's: one of its commands begins (E), or it is back at its prompt (A, D)."""
    said = _MARK.fullmatch(mark.text)
    if said is None:
        return
    kind, text = said["kind"], said["text"]
    if not _is_ours(made, said["signature"] or ""):
        if made.marks and kind in "ED":
            row = {"kind": "forged", "text": _unescaped(text)[:LONGEST_COMMAND], "seq": mark.seq}
            made.events.append({**row, "at": made.since(mark.mono_ns)})
        return
    made.named = True
    if kind == "E":
        _begin_command(made, screen, mark, _unescaped(text)[:LONGEST_COMMAND])
    else:
        _end_command(made, mark, text)


def _is_ours(made: _Index, signature: str) -> bool:
    nonce, _, number = signature.rpartition(".")
    if not made.marks or hashlib.sha256(nonce.encode()).hexdigest() != made.marks:
        return False
    if not (number.isascii() and number.isdecimal() and len(number) < 16 and int(number) > made.number):
        return False
    made.number = int(number)
    return True


def _begin_command(made: _Index, screen: Screen, mark: Mark, text: str) -> None:
    """All that was read since the prompt is this command, in the shape in which it was typed."""
    typed = made.waiting if made.running is None else []
    first = min([one.first for one in typed] + [screen.first if screen.first >= 0 else mark.seq])
    made.waiting = [one for one in made.waiting if one not in typed]
    _settle(made)
    made.running = Command(text, "exact", first, mark.seq, mark.mono_ns)
    made.commands.append(made.running)


def _end_command(made: _Index, mark: Mark, status: str) -> None:
    """The shell is back at its prompt. What waits was taken by a program, or run unnamed; a line given up was not run."""
    if made.running is None:
        made.waiting = [one for one in made.waiting if not one.text.endswith("^C")]
    elif re.fullmatch(r"[0-9]{1,9}", status):
        command, made.running = made.running, None
        command.status, command.ended, command.last = int(status), True, mark.seq
        command.took = max(mark.mono_ns - command.mono_ns, 0) // 1_000_000
    _settle(made)


def _settle(made: _Index) -> None:
    """What is still waiting was never named by the shell: where it names its commands, say so."""
    for command in made.waiting:
        if made.named:
            command.trust = "unmarked"
        made.commands.append(command)
    made.waiting.clear()


def _close(commands: list[Command], last: int) -> None:
    for command, following in itertools.pairwise(commands):
        if not command.ended:
            command.last = max(following.first - 1, command.first)
    if commands and not commands[-1].ended:
        commands[-1].last = last


def _command_row(made: _Index, command: Command) -> dict[str, Any]:
    row = {"text": command.text, "trust": command.trust, "from": command.first, "to": command.last}
    return {**row, "at": made.since(command.mono_ns), "status": command.status, "took": command.took}


def _unescaped(said: str) -> str:
    """The command as it was, from the escapes of the mark."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\\", said)


def _facts(payload: bytes) -> dict[str, Any]:
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
