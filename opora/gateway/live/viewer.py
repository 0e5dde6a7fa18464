"""One connection to the live socket: a viewer of a session, somebody who only gives an order, or a browser's terminal.

What the first message asks for is what the connection is for. A viewer can steer and ask, never type; a terminal types, never
steers. The desk's web program has asked its policies who this is: here its word counts.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from opora.gateway import clock
from opora.gateway.apart import LIVE, ONE_USER, Callers, may_ask
from opora.gateway.live.feed import Facts, Feed
from opora.gateway.live.finding import Found
from opora.gateway.live.messages import Incoming, Nonsense, packed, read_facts, told
from opora.gateway.live.typing import Typing

if TYPE_CHECKING:
    from opora.gateway.live.hub import Hub

MOST_IN_LINE = 256 << 10
"""Bytes that wait for a viewer's connection; beyond that he is given nothing more until it takes some."""
SILENT = 20.0
"""Seconds without a heartbeat, or without taking anything, after which a viewer is gone."""
LONGEST_WORDS = 2000
WORTH_IT = 256 << 10
"""Bytes of a record before its entrance, below which it is shown from its beginning."""
BREATH = 0.002
"""Seconds between two pieces of the past, for whoever else is to be served."""
ORDERS = frozenset({"pause", "resume", "stop"})


class Connection(asyncio.Protocol):
    """A caller, whoever it turns out to be."""

    def __init__(self, hub: "Hub", callers: Callers | None = None) -> None:
        """Know nobody yet. `callers` tells who calls, where that can be told."""
        self.hub = hub
        self._callers = callers
        self._may_ask = False
        self.transport: Any = None
        self.full = False
        self._incoming = Incoming()
        self._viewer: Viewer | None = None
        self._typing: Typing | None = None
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self.transport = transport
        self.transport.set_write_buffer_limits(high=MOST_IN_LINE, low=MOST_IN_LINE // 4)
        self.hub.connections.add(self)
        caller = self._callers.who(transport.get_extra_info("socket")) if self._callers else ONE_USER
        self._may_ask = may_ask(LIVE, "live", caller)

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone."""
        self._over = True
        self.hub.connections.discard(self)
        if self._viewer is not None:
            self._viewer.leave("left" if exc is None else "lost")
        if self._typing is not None:
            self._typing.gone()

    def pause_writing(self) -> None:
        """He takes nothing for now."""
        self.full = True
        if self._typing is not None:
            self._typing.full(True)

    def resume_writing(self) -> None:
        """He takes more."""
        self.full = False
        if self._viewer is not None:
            self._viewer.pump()
        if self._typing is not None:
            self._typing.full(False)

    def data_received(self, data: bytes) -> None:
        """Take what he says; who talks nonsense is shown the door."""
        try:
            for letter, payload in self._incoming.take(data):
                if self._over:
                    return
                self._heard(letter, payload)
        except (Nonsense, KeyError, TypeError, ValueError, OverflowError) as error:
            self.refuse("malformed", f"This message is not understood: {error}.")

    def send(self, message: bytes) -> None:
        """Send one message, unless the connection is over."""
        if not self._over:
            self.transport.write(message)

    def close(self, message: bytes) -> None:
        """Say a last word and close when it is gone."""
        self.send(message)
        self._over = True
        self.transport.close()

    def refuse(self, code: str, reason: str) -> None:
        """Say no, and close."""
        self.close(told("N", {"code": code, "reason": reason}))

    def look(self, now: float) -> None:
        """Once in a while: a viewer who gives no sign is gone."""
        if self._viewer is not None and now - self._viewer.beat > SILENT:
            self._viewer.leave("lost")
            self.transport.abort()

    def _heard(self, letter: str, payload: bytes) -> None:
        if not self._may_ask:
            self.refuse("caller", "Only the desk asks here.")
        elif self._viewer is not None:
            self._viewer.heard(letter, payload)
        elif self._typing is not None:
            self._typing.heard(letter, payload)
        elif letter == "W":
            self._watch(read_facts(payload))
        elif letter == "T" and self.hub.terminal is not None:
            self._typing = Typing(self, self.hub.terminal, read_facts(payload))
        elif letter == "D":
            self._order(read_facts(payload))
        else:
            self.refuse("letter", f"Nothing begins with {letter!r}.")

    def _watch(self, asked: Facts) -> None:
        feed = self.hub.feed(str(asked["session"]))
        who = {name: str(asked["viewer"][name]) for name in ("id", "name", "kind")}
        start = int(asked.get("from", 0))
        if feed is None:
            self.refuse("session", "This session does not run here; its record may be sealed by now.")
        elif not 0 <= start <= feed.count:
            self.refuse("from", f"The record has {feed.count} frames.")
        elif len(feed.seers) >= self.hub.most_viewers:
            self.refuse("crowded", "Too many are watching already.")
        else:
            self._viewer = Viewer(self, feed, who, start, late=asked.get("late") is True)
            if isinstance(asked.get("past"), list):
                self._viewer.tell_past(*(int(number) for number in asked["past"]))

    def _order(self, asked: Facts) -> None:
        """An order without watching: the desk takes a confirmation back, say."""
        feed = self.hub.feed(str(asked["session"]))
        if feed is None:
            self.refuse("session", "This session does not run here.")
            return
        feed.orders.put_nowait(_order(asked, asked["by"]))
        self.close(feed.state())


class Viewer:
    """Somebody who watches a session, from frame `next` on. `late`: from an entrance, and what was before it beside."""

    def __init__(self, connection: Connection, feed: Feed, who: Facts, start: int, *, late: bool = False) -> None:
        """Come in: the session records it."""
        self.who = who
        self.visible = True
        self.beat = clock.monotonic()
        self._connection = connection
        self._feed = feed
        self._next = start
        self._head = 0
        self._reading: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._gone = False
        if late and start == 0 and feed.entrance is not None and feed.entrance.size > WORTH_IT:
            self._enter(feed.entrance)
        feed.seers.add(self)
        feed.orders.put_nowait({"do": "viewer", "viewer": who, "event": "joined"})
        feed.tell_state()
        self.pump()

    def heard(self, letter: str, payload: bytes) -> None:
        """Take a heartbeat, an order or a question. Raises Nonsense for anything else: nothing is typed here."""
        facts = read_facts(payload)
        self.beat = clock.monotonic()
        match letter:
            case "B":
                self._be(visible=bool(facts.get("visible")))
            case "D":
                self._feed.orders.put_nowait(_order(facts, facts.get("by") or self.who))
            case "Q":
                text = str(facts["text"]).strip()[:LONGEST_WORDS]
                if text:
                    self._feed.orders.put_nowait({"do": "question", "text": text, "by": facts.get("by") or self.who})
            case _:
                raise Nonsense(f"viewers send no {letter!r}")

    def tell_past(self, first: int, until: int) -> None:
        """Tell him frames that were before, from `first` on and before `until`, whenever the line is free."""
        if not 0 <= first <= until <= self._next:
            raise Nonsense(f"no past from {first} to {until}")
        self._telling = asyncio.get_running_loop().create_task(self._tell_past(first, until))

    def send(self, message: bytes) -> None:
        """Send him something besides frames."""
        self._connection.send(message)

    def pump(self) -> None:
        """Show him what there is, as far as he can take it."""
        feed, connection = self._feed, self._connection
        if self._gone or self._reading is not None:
            return
        while not connection.full and self._next < feed.count:
            if self._next < feed.first:
                self._reading = asyncio.get_running_loop().create_task(self._read_up())
                return
            message, self._next = feed.batch(self._next)
            connection.send(message)
        frames, note = feed.head
        if self._head < frames <= self._next:
            self._head = frames
            connection.send(note)
        if feed.reason is not None and self._next >= feed.count and self._telling is None:
            self.leave("left")
            connection.close(told("X", {"reason": feed.reason}))

    def leave(self, event: str) -> None:
        """Go: `left` by himself, or `lost` to us. The session records it once."""
        if self._gone:
            return
        self._gone = True
        for task in (self._reading, self._telling):
            if task is not None:
                task.cancel()
        self._feed.seers.discard(self)
        if self._feed.reason is None:
            self._feed.orders.put_nowait({"do": "viewer", "viewer": self.who, "event": event})
            self._feed.tell_state()

    def _be(self, *, visible: bool) -> None:
        if visible is not self.visible:
            self.visible = visible
            event = "visible" if visible else "hidden"
            self._feed.orders.put_nowait({"do": "viewer", "viewer": self.who, "event": event})

    def _enter(self, found: Found) -> None:
        """Begin where his screen can be painted at once; he checks the rest as it comes."""
        facts = {name: getattr(found.entrance, name) for name in ("seq", "skip", "paint", "cols", "rows")}
        self._connection.send(told("K", {**facts, "size": found.size, "head": found.head}))
        self._next = found.entrance.seq
        self.tell_past(0, self._next)

    async def _tell_past(self, first: int, until: int) -> None:
        reader = self._feed.past.reader(first)
        while first < until:
            while self._connection.full or self._reading is not None:
                await asyncio.sleep(0.02)
            frames = await asyncio.to_thread(reader.read, until)
            if not frames:
                self._connection.refuse("record", "The record cannot be read.")
                return
            self._connection.send(packed("P", b"".join(frames)))
            first += len(frames)
            await asyncio.sleep(BREATH)
        self._telling = None
        self.pump()

    async def _read_up(self) -> None:
        """Serve him out of the journal until he has come to what memory holds."""
        reader = self._feed.past.reader(self._next)
        while self._next < self._feed.first:
            frames = await asyncio.to_thread(reader.read, self._feed.first)
            if not frames:
                self._connection.refuse("record", "The record cannot be read.")
                return
            self._connection.send(packed("F", b"".join(frames)))
            self._next += len(frames)
            while self._connection.full:
                await asyncio.sleep(0.02)
        self._reading = None
        self.pump()


def _order(facts: Facts, by: Any) -> Facts:
    if facts["do"] not in ORDERS:
        raise Nonsense(f"{facts['do']!r} is no order")
    return {"do": facts["do"], "by": by, "why": str(facts.get("why") or "")[:LONGEST_WORDS]}
