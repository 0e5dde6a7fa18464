"""`opora mail import`: letters from mbox, maildir, folders and files, stored and put through the chain at once.

Every message found gets an outcome and a line; nothing is removed or changed where it came from.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.db import DatabaseError

from opora.desk.kernel import clock

from . import states
from .chain import process
from .handing import hand_in
from .models import RawLetter
from .receive import Arrived, store

TOGETHER = 25
_MBOX_LINE = re.compile(rb"(?:\A|(?<=\n))From [^\r\n]*\r?\n")
_MBOX_BEGIN = re.compile(rb"From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_HIDDEN = re.compile(r"^\.")
_MAILDIR = ("cur", "new")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one message."""

    file: str
    outcome: str
    ticket: str
    reason: str


def run_import(paths: Sequence[str], *, as_json: bool, out: TextIO | None = None) -> int:
    """Import what lies at the paths and print a line per message. Exit code 0; 1 when a path is not there or a message was
    quarantined is no error: it lies where colleagues see it."""
    out = out or sys.stdout
    missing = [path for path in paths if not Path(path).exists()]
    for path in missing:
        sys.stderr.write(f"opora mail import: {path}: no such file or folder\n")
    counts: dict[str, int] = {}
    for line in import_paths([Path(path) for path in paths if path not in missing]):
        counts[line.outcome] = counts.get(line.outcome, 0) + 1
        words = json.dumps(asdict(line), ensure_ascii=False) if as_json else _as_text(line)
        out.write(words + "\n")
        out.flush()
    if not as_json:
        summary = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
        out.write(f"{sum(counts.values())} messages: {summary or 'none'}\n")
    return 1 if missing else 0


def run_pipe(raw: bytes, *, envelope_from: str, envelope_to: str) -> int:
    """Store the letter that a mail server pipes in. Exit code 0 when it is safe, 65 when it is none or too large for us,
    75 when the server should try again later (sysexits.h)."""
    if not raw.strip():
        sys.stderr.write("opora mail pipe: there is no letter on standard input\n")
        return 65
    try:
        _, whole = hand_in(raw, transport="pipe", at=clock.now(), envelope_from=envelope_from, envelope_to=envelope_to)
    except DatabaseError as trouble:
        sys.stderr.write(f"opora mail pipe: the letter could not be stored: {str(trouble).splitlines()[0][:200]}\n")
        return 75
    if not whole:
        sys.stderr.write("opora mail pipe: the letter is too large; only its beginning is kept\n")
    return 0 if whole else 65


def import_paths(paths: Iterable[Path]) -> Iterator[Line]:
    """Store and process every message below the paths; yields what became of each, in order."""
    for group in batched(_messages(paths), TOGETHER):
        at = clock.now()
        small = [(source, raw) for source, raw in group if len(raw) <= settings.OPORA_LARGEST_LETTER]
        ids = store([Arrived(raw, "import", source=source) for source, raw in small], at=at)
        _process_all(ids, at)
        known = RawLetter.objects.defer("raw").in_bulk(ids)
        lines = {source: _line(known[key]) for (source, _), key in zip(small, ids, strict=True)}
        for source, raw in group:
            yield lines.get(source) or Line(source, "refused", "", f"{len(raw)} octets are over OPORA_LARGEST_LETTER")


def _process_all(ids: Sequence[int], at: datetime) -> None:
    """Until each has its place: what fails is tried again at once and ends in quarantine."""
    left = list(ids)
    while left:
        RawLetter.objects.filter(pk__in=left).update(tries=_one_more(), next_try_at=at)
        process(left, at=at)
        left = list(RawLetter.objects.filter(pk__in=left, state=states.STORED).values_list("pk", flat=True))


def _one_more() -> object:
    from django.db.models import F

    return F("tries") + 1


def _line(letter: RawLetter) -> Line:
    outcome = letter.outcome if letter.state == states.DONE else letter.state
    return Line(letter.source, outcome, f"T-{letter.ticket_id}" if letter.ticket_id else "", letter.reason)


def _as_text(line: Line) -> str:
    return f"{line.outcome:12} {line.ticket:10} {line.file}  {line.reason}"


def _messages(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """(where it lies, octets) of every message below the paths."""
    for path in paths:
        for file in _files(path):
            yield from _in_file(file)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if all((path / name).is_dir() for name in _MAILDIR):
        for name in _MAILDIR:
            yield from sorted(
                file for file in (path / name).iterdir() if file.is_file() and not _HIDDEN.match(file.name)
            )
        return
    for below in sorted(path.iterdir()):
        if not _HIDDEN.match(below.name) or below.is_dir():
            yield from _files(below)


def _in_file(file: Path) -> Iterator[tuple[str, bytes]]:
    raw = file.read_bytes()
    if not _MBOX_BEGIN.match(raw):
        yield str(file), raw
        return
    marks = [found for found in _MBOX_LINE.finditer(raw) if _MBOX_BEGIN.match(raw, found.start())]
    ends = [found.start() for found in marks[1:]] + [len(raw)]
    for number, (mark, end) in enumerate(zip(marks, ends, strict=True), start=1):
        message = _QUOTED_FROM.sub(rb"\1", raw[mark.end() : end])
        yield (f"{file}#{number}" if len(marks) > 1 else str(file)), message
