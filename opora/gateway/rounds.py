"""The rounds of a session: every second its window, its watchers, its engineer, the ledger and the desk are looked at.

The window's end has a timer of its own besides; this look by the wall clock catches a clock that was set.
"""

import asyncio
import base64
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opora.evidence.journal import RecordLost
from opora.gateway import clock
from opora.gateway.agreements import Watching
from opora.gateway.session import GATEWAY, REATTACH_FOR, Session
from opora.gateway.sockets import Gone, Refused
from opora.gateway.states import State

if TYPE_CHECKING:
    from opora.gateway.gateway import Gateway

SECOND = 1_000_000_000
NOTICES = (10, 1)
"""Minutes before the end at which the engineer is told."""
HEAD_EVERY = 5.0
HEAD_FRAMES = 1000
KNOCK_EVERY = 10.0
LEDGER_PATIENCE = 60.0
"""Seconds without the ledger after which input pauses, and as many again after which the session ends."""
PAUSE_UNWATCHED = 10.0
END_UNWATCHED = 60.0


class Rounds:
    """The looking after of one running session."""

    def __init__(self, gateway: "Gateway", session: Session) -> None:
        """Begin now: the window's end gets its timer."""
        self.gateway = gateway
        self.session = session
        self._told: set[int] = set()
        now = clock.monotonic()
        self._headed = self._knocked = now
        self._head_frames = 0
        self._ledger_heard = now
        self._watched = now
        self._warned = False
        self._busy: set[str] = set()
        left = (session.agreement.ends - clock.now_ns()) / SECOND
        self._timer = asyncio.get_running_loop().call_later(max(0.0, left), session.end, "window")
        self._skip_notices(left)

    def stop(self) -> None:
        """Forget the timer."""
        self._timer.cancel()

    def look(self) -> None:
        """Look once; called every second."""
        now, wall = clock.monotonic(), clock.now_ns()
        if self.session.state is State.ENDED:
            return
        if wall >= self.session.agreement.ends:
            self.session.end("window")
            return
        self._tell_time_left(wall)
        self._look_for_watchers(now)
        self._look_for_engineer(now)
        self._look_for_ledger(now)
        if now - self._knocked >= KNOCK_EVERY:
            self._knocked = now
            self._begin("knock", self._knock)

    def _skip_notices(self, left: float) -> None:
        self._told = {minutes for minutes in NOTICES if left < minutes * 60 - 5}

    def _tell_time_left(self, wall: int) -> None:
        left = self.session.agreement.ends - wall
        for minutes in NOTICES:
            if minutes not in self._told and left <= minutes * 60 * SECOND:
                self._told.add(minutes)
                self.session.notice("left", minutes=minutes)

    def is_watched(self, now: float) -> bool:
        """Whether somebody of the customer sees the session, by a heartbeat of the last seconds."""
        viewers = self.gateway.hub.viewers(self.session.hex)
        return any(
            viewer.get("visible") and viewer.get("kind") != "staff" and now - float(viewer["beat"]) <= PAUSE_UNWATCHED
            for viewer in viewers
        )

    def _look_for_watchers(self, now: float) -> None:
        rule = self.session.agreement.watching
        if rule in (Watching.NONE, Watching.NOTIFY):
            return
        if self.session.state not in (State.ACTIVE, State.PAUSED):
            self._watched = now  # whoever still waits for a watcher has time
        elif self.is_watched(now):
            self._watched = now
            self.session.resume("watch", by=GATEWAY)
            self._warn(needed=False, left=0.0)
        elif rule is Watching.MUST_PAUSE:
            self.session.pause("watch", by=GATEWAY, why="")
        else:
            left = self._watched + END_UNWATCHED - PAUSE_UNWATCHED - now
            self._warn(needed=True, left=left)
            if left <= 0:
                self.session.end("watch")

    def _warn(self, *, needed: bool, left: float) -> None:
        """Who works is told once that nobody watches, in time to stop at a good place; and once that it is well again."""
        if needed is not self._warned:
            self._warned = needed
            self.session.notice("unwatched" if needed else "watched", seconds=max(0, round(left)))

    def _look_for_engineer(self, now: float) -> None:
        if self.session.detached and now - self.session.detached >= REATTACH_FOR:
            self.session.end("link")

    def _look_for_ledger(self, now: float) -> None:
        silent = now - self._ledger_heard
        if silent >= 2 * LEDGER_PATIENCE:
            self.session.end("ledger")
        elif silent >= LEDGER_PATIENCE:
            self.session.pause("ledger", by=GATEWAY)
        more = self.session.record.frames - self._head_frames
        if now - self._headed >= HEAD_EVERY or more >= HEAD_FRAMES:
            self._headed = now
            self._begin("head", self._sign_head)

    def _begin(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do it beside the rounds, never twice at a time."""
        if name in self._busy:
            return
        self._busy.add(name)
        task = self.gateway.spawn(work())
        task.add_done_callback(lambda _: self._busy.discard(name))

    async def _knock(self) -> None:
        session = self.session
        try:
            await self.gateway.door.knock(session.agreement.ticket, host=session.host.name, staff=session.staff.id)
        except Refused as error:
            session.end("withdrawn", why=error.reason)
        except Gone:
            pass  # running sessions go on without the desk, new ones do not begin

    async def _sign_head(self) -> None:
        session, record = self.session, self.session.record
        frames, size, head = record.frames, record.size, record.head
        try:
            await record.durable()
            answer = await self.gateway.ledger(
                {"do": "head", "session": session.hex, "frames": frames, "size": size, "head": b64(head)}
            )
        except (Gone, RecordLost):
            return
        except Refused as error:
            session.end("ledger", why=error.reason)
            return
        self._ledger_heard = clock.monotonic()
        self._head_frames = frames
        session.resume("ledger", by=GATEWAY)
        self.gateway.hub.head(session.hex, str(answer.get("note", "")))


def b64(raw: bytes) -> str:
    """Return base64 as text."""
    return base64.b64encode(raw).decode()


def in_words(at: int) -> str:
    """Return a moment of the window for people, in UTC."""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d %H:%M}"
