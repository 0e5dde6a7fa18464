"""How a command answers: what was asked for on standard output, trouble in single lines on standard error."""

import argparse
import json
import sys


def tell(options: argparse.Namespace, text: str, value: object) -> int:
    """Print what was asked for, as text or with --json as data; returns the exit code."""
    print(json.dumps(value, ensure_ascii=False) if options.json else text)  # noqa: T201
    return 0


def say(text: str, code: int) -> int:
    """Say something to the person at the terminal; returns that exit code."""
    for line in text.splitlines() or [""]:
        print(f"opora: {line}", file=sys.stderr, flush=True)  # noqa: T201
    return code
