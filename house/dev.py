"""Runs the desk for whoever changes it: pages show errors, and everything starts again when a file changes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from house.environment import ROOT, say

WATCHED = {".py", ".html", ".mo", ".css", ".js", ".json"}
GRACE = 15.0


def main(arguments: Sequence[str]) -> int:
    """Runs `opora up` again and again until it is interrupted; returns its last exit status."""
    os.environ.setdefault("OPORA_DEBUG", "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    while True:
        seen = snapshot()
        with subprocess.Popen([sys.executable, "-m", "opora.config.cli", "up", *arguments]) as desk:
            try:
                changed = wait_for_change(desk, seen)
            except KeyboardInterrupt:
                stop(desk)
                return 0
            stop(desk)
        say(f"{changed or 'it stopped; waiting for a change'} ...")
        try:
            while not changed:
                time.sleep(0.5)
                changed = difference(seen, snapshot())
        except KeyboardInterrupt:
            return 0
        say("starting again")


def wait_for_change(desk: "subprocess.Popen[bytes]", seen: dict[str, int]) -> str:
    """The file that changed, or nothing when the desk stopped by itself."""
    while desk.poll() is None:
        time.sleep(0.5)
        if changed := difference(seen, snapshot()):
            return changed
    return ""


def snapshot() -> dict[str, int]:
    """Every watched file with the time it was last written."""
    files = (path for path in (ROOT / "opora").rglob("*") if path.suffix in WATCHED)
    return {str(path.relative_to(ROOT)): path.stat().st_mtime_ns for path in files if path.exists()}


def difference(before: dict[str, int], after: dict[str, int]) -> str:
    """One file that came, went or changed, as a sentence; nothing when all is as it was."""
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return f"{changed[0]} changed" if changed else ""


def stop(desk: "subprocess.Popen[bytes]") -> None:
    """Asks the desk to stop and waits for it."""
    if desk.poll() is None:
        desk.send_signal(signal.SIGTERM)
    try:
        desk.wait(GRACE)
    except subprocess.TimeoutExpired:
        desk.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
