"""`opora mail parse`: what the desk understands of letters in files, as JSON. Needs no database and changes nothing."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from .authenticity.stamping import results_of
from .parsing import Letter
from .parsing.telling import as_facts
from .understanding import TooHard, head_of, understand, understand_body


def run_parse(
    paths: Sequence[str],
    *,
    as_json: bool,
    bare: bool,
    border: Sequence[str] = (),
    keys: Path | None = None,
    out: TextIO | None = None,
) -> int:
    """Print an object for every file, one a line with `as_json`. `-` is standard input; `bare` = the files are bodies.

    `border` = the authserv-ids whose Authentication-Results count; `keys` = the folder of keys for sealed letters.
    Returns 0, or 2 when a file could not be read: one line says so, and the others are parsed all the same.
    """
    out = out or sys.stdout
    code = 0
    for path in paths:
        try:
            raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            sys.stderr.write(f"opora mail parse: {path}: {reason}\n")
            code = 2
            continue
        facts = explain(raw, bare=bare, border=border, keys=keys)
        out.write(json.dumps(facts, ensure_ascii=False, indent=None if as_json else 2) + "\n")
        out.flush()
    return code


def explain(raw: bytes, *, bare: bool = False, border: Sequence[str] = (), keys: Path | None = None) -> dict[str, Any]:
    """What is understood of one letter or body. Never raises."""
    try:
        if bare:
            return as_facts(understand_body(raw))
        return as_facts(_opened(raw, keys), results_of(raw, border))
    except TooHard:
        letter = head_of(b"\n" if bare else raw)
        if bare:
            letter = replace(letter, text=(text := raw[:100_000].decode("utf-8", "replace")), reply_text=text)
        return as_facts(letter, None if bare else results_of(raw, border))


def _opened(raw: bytes, keys: Path | None) -> Letter:
    if keys is None:
        return understand(raw)
    from .unsealing import open_letter  # cryptography takes as long to load as everything else together

    return open_letter(raw, keys)
