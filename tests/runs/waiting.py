"""Waiting for a condition, with a deadline instead of a guess."""

import time
from collections.abc import Callable
from pathlib import Path


def wait_until[T](question: Callable[[], T], what: str, seconds: float = 90) -> T:
    """The first truthy answer. Fails with `what` when there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.02)
    return answer


def is_alive(pid: int) -> bool:
    """Whether this process lives; a zombie does not."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return words[0] != "Z"
