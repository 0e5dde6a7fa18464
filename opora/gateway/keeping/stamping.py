"""Time stamps on checkpoints: the ledger asks a time-stamping authority over HTTP, where one is set (RFC 3161, 3.4).

Never under a lock: an authority that is slow or away holds up nothing, and is asked again later.
"""

import logging
import urllib.request
from http.client import HTTPException
from pathlib import Path

from opora.evidence.stamps import Question, Unproven
from opora.gateway import clock
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.keeping.places import write_once

EVERY = 3600.0
"""Seconds after which a log that has grown is stamped; the end of a session is stamped at once."""
AGAIN = 60.0
"""Seconds after which an authority that did not answer is asked again."""
PATIENCE = 15.0
LARGEST_REPLY = 64 << 10
_log = logging.getLogger(__name__)


class Stamper:
    """Has checkpoints stamped. `look` is called every few seconds, from one thread."""

    def __init__(self, keeper: Keeper, url: str, roots: Path | None) -> None:
        """Take the authority's address, and the file of its certificates if replies shall be proven before they are kept."""
        self._keeper = keeper
        self._url = url
        self._roots = roots
        self._tried = self._stamped = -EVERY

    def look(self) -> bool:
        """Stamp the log as it stands, if it is time; returns whether that was done. Failures are logged, none is raised."""
        now = clock.monotonic()
        if now - self._tried < AGAIN or not self._is_time(now):
            return False
        self._tried = now
        try:
            self.stamp()
        except (OSError, HTTPException, Unproven, ValueError) as trouble:
            _log.warning("no time stamp from %s: %s", self._url, trouble)
            return False
        self._stamped = now
        self._tried = -EVERY
        return True

    def stamp(self) -> int:
        """Have the newest checkpoint stamped and keep both; returns how many entries it covers.

        Raises OSError when the authority does not answer, Unproven when its answer proves nothing.
        """
        note = self._keeper.checkpoint().encode()
        question = Question.about(note)
        reply = self._asked(question.sent())
        question.answered(reply, self._roots.read_bytes() if self._roots else None)
        entries = int(note.split(b"\n")[1])
        write_once(self._keeper.places.stamped(entries), note)
        write_once(self._keeper.places.stamp(entries), reply)
        return entries

    def _is_time(self, now: float) -> bool:
        covered = max(stamps(self._keeper), default=0)
        ended = max(list(self._keeper.register.ended.values()), default=-1)  # a copy: sessions end in other threads
        return covered <= ended or (covered < len(self._keeper.log) and now - self._stamped >= EVERY)

    def _asked(self, query: bytes) -> bytes:
        asked = urllib.request.Request(self._url, query, {"Content-Type": "application/timestamp-query"})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310  settings take http and https only
            reply: bytes = answer.read(LARGEST_REPLY + 1)
        if len(reply) > LARGEST_REPLY:
            raise OSError("the reply is too long")
        return reply


def stamps(keeper: Keeper) -> list[int]:
    """Return how many entries each stamped checkpoint covers, fewest first."""
    return sorted(int(path.stem) for path in keeper.places.stamps.glob("*.tsr"))
