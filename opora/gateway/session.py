"""One session: what an engineer types and a host answers, recorded before it goes on, until something ends it.

Knows neither SSH nor sockets: it stands between two ends. Whoever holds it calls `tick` every second.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from opora.evidence.frames import Kind, canonical
from opora.evidence.journal import RecordLost
from opora.gateway import clock
from opora.gateway.agreements import Agreement, Host
from opora.gateway.door import Facts, Staff
from opora.gateway.ends import EngineerEnd, HostEnd
from opora.gateway.record import Record, nothing
from opora.gateway.recorder import Then
from opora.gateway.residue import Found, difference, shortened
from opora.gateway.shells import Naming
from opora.gateway.states import State, moved
from opora.gateway.words import plain, say

if TYPE_CHECKING:
    from opora.gateway.gateway import Gateway
    from opora.gateway.tunnels import Tunnel

REATTACH_FOR = 60.0
"""Seconds for which the host's end is kept when the engineer's network drops."""
MOST_WAITING = 512 << 10
"""Bytes recorded and not yet let through, above which neither end is read."""
KEPT_OUTPUT = 64 << 10
"""Bytes of the last output that somebody who comes back is shown."""
BEGUN = frozenset({State.OPENING, State.WAITING, State.ACTIVE, State.PAUSED})
GATEWAY = {"id": "gateway", "name": "gateway", "kind": "gateway"}

Ended = Callable[["Session", str], None]


class Session:
    """A session from its request to its end. `reasons` says why it is paused: each reason must go before it goes on."""

    def __init__(self, gateway: "Gateway", staff: Staff, agreement: Agreement, host: Host, opened: Facts) -> None:
        """Begin as requested. `opened` is what the header tells besides: kind, command, term, from."""
        self.id = os.urandom(16)
        self.hex = self.id.hex()
        self.gateway = gateway
        self.staff = staff
        self.agreement = agreement
        self.host = host
        self.opened = opened
        self.state = State.REQUESTED
        self.reason = ""
        self.record = Record(gateway.recorder, agreement, gateway.hub.publish, self.id)
        self.reasons: dict[str, Facts] = {}
        self.engineer: EngineerEnd | None = None
        self.channel: HostEnd | None = None
        self.detached = 0.0
        self.probed: Found | None = None
        self.naming: Naming | None = None
        self.tunnel: Tunnel | None = None
        self.window_key = ""
        """The public key by which this host lets us in for the window alone; looked for again when we leave."""
        self.takes: Callable[[bytes], None] | None = None
        self.on_end: Ended | None = None
        self._burst: list[tuple[Kind, bytearray]] = []
        self._in_burst = False
        self._overfull = False
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._told = 0

    # What the two ends bring.

    def typed(self, data: bytes) -> None:
        """The engineer typed: record it sealed, then send it on. Dropped while paused, for it must not run later.

        Where files are moved, `takes` has it instead: every step of theirs is recorded by itself.
        """
        if self.takes is not None:
            self.takes(data)
            return
        if self.state is not State.ACTIVE or not data:
            return
        at = clock.now_ns()
        if not self.agreement.is_open(at):
            self.end("window")
            return
        terminal = self.engineer is not None and self.engineer.terminal
        try:
            # What may start something waits for the disk, even where the agreement does not ask for it.
            surely = terminal and min(data) < 0x20
            self.record.type(data, partial(self._send, data), at=at, surely=surely)
        except RecordLost:
            return
        self._balance()

    def typed_eof(self) -> None:
        """The engineer's input is at its end."""
        if self.channel is not None and self.state in (State.ACTIVE, State.PAUSED):
            self.record.after(self.channel.write_eof)

    def resized(self, columns: int, rows: int) -> None:
        """The engineer's window changed."""
        if self.channel is None or self.state is State.ENDED:
            return
        columns, rows = min(columns, 65535), min(rows, 65535)
        payload = columns.to_bytes(2, "big") + rows.to_bytes(2, "big")
        self._write(Kind.RESIZE, payload, partial(self.channel.resize, columns, rows))

    def signalled(self, name: str) -> None:
        """The engineer's client sent a signal, or BREAK."""
        if self.channel is not None and self.state is State.ACTIVE:
            self._write(Kind.SIGNAL, name.encode("ascii", "replace"), partial(self.channel.signal, name))

    def shown(self, data: bytes, *, error: bool) -> None:
        """The host answered. What comes within one turn of the loop after the first piece is recorded as one."""
        if self.state is State.ENDED:
            return
        kind = Kind.ERROR_OUTPUT if error else Kind.OUTPUT
        if not self._in_burst:
            self._in_burst = True
            asyncio.get_running_loop().call_soon(self._end_burst)
            self._show(kind, data)
        elif self._burst and self._burst[-1][0] is kind and len(self._burst[-1][1]) + len(data) <= MOST_WAITING:
            self._burst[-1][1].extend(data)
        else:
            self._burst.append((kind, bytearray(data)))

    def shown_eof(self) -> None:
        """The host's output is at its end."""
        self._end_burst()
        if self.engineer is not None:
            self.record.after(self.engineer.write_eof)

    def exited(self, status: int | None, signal: str = "") -> None:
        """The host's channel closed: with a status, a signal, or neither."""
        if self.state is State.ENDED:
            return
        self._end_burst()
        facts: Facts = {"status": status} if status is not None else {"signal": signal} if signal else {}
        self._write(Kind.EXIT, canonical(facts), partial(self._leave, status, signal))

    # Who steers.

    def pause(self, reason: str, *, by: Facts, why: str = "") -> None:
        """Let no input through until the reason is gone; before work has begun, let it not begin.

        Nothing if the reason is there already.
        """
        if self.state not in BEGUN or reason in self.reasons:
            return
        self.reasons[reason] = by
        self._write(Kind.PAUSE, canonical({"paused": True, "reason": reason, "by": by, "why": why}))
        if self.state is State.ACTIVE:
            self._halt()
        self.notice("paused", by=by["name"], why=why)
        self.tell("paused", {"reason": reason, "by": by, "why": why})

    def resume(self, reason: str, *, by: Facts, why: str = "") -> None:
        """Forget a reason; with the last one the input goes on."""
        if self.state not in BEGUN or reason not in self.reasons:
            return
        del self.reasons[reason]
        self._write(Kind.PAUSE, canonical({"paused": bool(self.reasons), "reason": reason, "by": by, "why": why}))
        if not self.reasons and self.state is State.PAUSED:
            self._move(State.ACTIVE)
            if self.engineer is not None:
                self.engineer.release("paused")
            self.notice("resumed")
        self.tell("resumed", {"reason": reason, "by": by, "why": why, "paused": bool(self.reasons)})

    def ask(self, text: str, *, by: Facts) -> None:
        """Somebody who watches asks the engineer something."""
        if self.state is not State.ENDED:
            self._write(Kind.QUESTION, canonical({"by": by, "text": text}))
            self.notice("question", by=by["name"], text=text)
            self.tell("question", {"by": by, "text": text})

    def viewed(self, viewer: Facts, event: str) -> None:
        """Somebody came to watch, or left."""
        if self.state is State.ENDED:
            return
        self._write(Kind.VIEWER, canonical({"viewer": viewer, "event": event}))
        if event in ("joined", "left", "lost"):
            self.notice("viewer_joined" if event == "joined" else "viewer_left", name=viewer.get("name", ""))
        self.tell("viewer", {"viewer": viewer, "event": event})

    def deny(self, what: str, detail: str) -> None:
        """The engineer's client asked for something that is never given; the record says so."""
        if self.state is not State.ENDED:
            self._write(Kind.DENIED, canonical({"what": what, "detail": detail}))

    def found(self, moment: str, found: Found | None) -> None:
        """Record what a look at the host found; the desk is told what is otherwise than at the opening."""
        facts: Facts = {"moment": moment, "found": shortened(found)} if found else {"moment": moment, "unable": True}
        if found and self.probed is not None:
            facts["difference"] = difference(self.probed, found)
            if self.window_key:
                facts["standing"] = [line for line in found.get("keys", []) if self.window_key in line.split()]
            self.tell("residue", {name: facts[name] for name in ("moment", "difference", "standing") if name in facts})
        self._write(Kind.PROBE, canonical(facts))
        self.probed = found

    def names_commands(self, shell: str) -> None:
        """Record that the shell is begun so that it names its commands."""
        self._write(Kind.PROBE, canonical({"moment": "shell", "shell": shell, "marks": True}))

    def end(self, reason: str, *, by: Facts = GATEWAY, why: str = "") -> None:
        """End now: from this moment no byte goes to the host. The rest (probe, end frame, telling) follows by itself."""
        if self.state is State.ENDED:
            return
        begun = self.record.frames > 0
        self._move(State.ENDED)
        self.reason = reason
        if self.channel is not None:
            self.channel.shut()
        self._end_burst()
        if begun and reason != "exit":
            self._write(Kind.TERMINATE, canonical({"reason": reason, "by": by, "why": why}))
        if reason == "recorder":
            self._put(say("end_recorder", self.staff.language))  # our own words, the only ones no record holds
        elif reason not in ("exit", "left"):
            self.notice(f"end_{reason}", by=by["name"], why=why)
        if self.engineer is not None:
            self.engineer.exit(1)
            self.engineer = None
        if self.on_end is not None:
            self.on_end(self, why)

    # Coming and going of the engineer's connection.

    def engineer_lost(self, *, on_purpose: bool) -> None:
        """The engineer's end is gone: kept for a while if the network dropped and there is a terminal to come back to."""
        engineer, self.engineer = self.engineer, None
        if engineer is None or self.state is State.ENDED:
            return
        if on_purpose or not engineer.terminal:
            self.end("left")
            return
        self.detached = clock.monotonic()
        for reason in ("engineer", "line"):
            if self.channel is not None:
                self.channel.release(reason)
        self.pause("away", by=GATEWAY, why="the engineer's connection was lost")

    def attach(self, engineer: EngineerEnd, columns: int, rows: int) -> None:
        """The engineer is back: show the last output, and have full screens painted anew."""
        self.detached = 0.0
        self.engineer = engineer
        engineer.write(b"\x1bc" + b"".join(self._tail))
        self.notice("attached")
        self.resume("away", by=GATEWAY)
        if self.channel is not None and columns and rows:
            self.channel.resize(columns, rows - 1 or 2)
            self.resized(columns, rows)

    def notice(self, word: str, **values: object) -> None:
        """Put a line of ours on the engineer's screen, and into the record; nothing if nobody sits there."""
        if self.engineer is None:
            return
        text = plain(say(word, self.staff.language, **values))
        self._write(Kind.NOTICE, text.encode(), partial(self._put, text))

    def tell(self, what: str, facts: Facts) -> None:
        """Tell the desk."""
        self._told += 1
        self.gateway.teller.tell(self.hex, self._told, what, facts)

    def facts(self) -> Facts:
        """What those who watch are told of the session as it stands."""
        return {
            "session": self.hex,
            "ticket": self.agreement.ticket,
            "agreement": self.agreement.digest.hex(),
            "state": str(self.state),
            "reasons": sorted(self.reasons),
            "staff": {"id": self.staff.id, "name": self.staff.name},
            "host": self.host.name,
            "kind": self.opened.get("kind", ""),
            "from": self.agreement.begins,
            "until": self.agreement.ends,
            "watching": str(self.agreement.watching),
            "frames": self.record.frames,
            "ended": self.reason,
        }

    def go(self, state: State) -> None:
        """Move on; those who watch are told."""
        self._move(state)

    def begun(self) -> None:
        """The host has given what was asked for: work goes on, unless it was paused in that very moment."""
        if self.state is State.OPENING:
            self._move(State.ACTIVE)
            if self.reasons:
                self._halt()

    def balance(self) -> None:
        """See anew whether either end must be held for what the record has not let through."""
        self._balance()

    def _halt(self) -> None:
        self._move(State.PAUSED)
        if self.engineer is not None and not self.engineer.terminal:
            self.engineer.hold("paused")

    def _move(self, state: State) -> None:
        self.state = moved(self.state, state)
        self.gateway.hub.changed(self.hex)

    def _write(self, kind: Kind, payload: bytes, then: Then = nothing) -> None:
        try:
            self.record.write(kind, payload, then)
        except RecordLost:
            return  # the recorder has said so to everybody

    def _leave(self, status: int | None, signal: str) -> None:
        engineer, self.engineer = self.engineer, None
        if engineer is not None:
            engineer.exit(status, signal=signal)
        self.end("exit")

    def _send(self, data: bytes) -> None:
        if self.state is State.ACTIVE and self.channel is not None:
            self.channel.write(data)
        self._relieved()

    def _show(self, kind: Kind, data: bytes) -> None:
        self._write(kind, data, partial(self._pass, data, kind is Kind.ERROR_OUTPUT))
        self._balance()

    def _pass(self, data: bytes, error: bool) -> None:
        if self.engineer is not None:
            self.engineer.write(data, error=error)
            if self.engineer.terminal:
                self._keep(data)
        elif self.detached:
            self._keep(data)
        self._relieved()

    def _keep(self, data: bytes) -> None:
        self._tail.append(data[-KEPT_OUTPUT:])
        self._tail_size += len(self._tail[-1])
        while self._tail_size > KEPT_OUTPUT and len(self._tail) > 1:
            self._tail_size -= len(self._tail.popleft())

    def _end_burst(self) -> None:
        self._in_burst = False
        burst, self._burst = self._burst, []
        for kind, data in burst:
            self._show(kind, bytes(data))

    def _put(self, text: str) -> None:
        if self.engineer is not None:
            line = f"\r\n*** {text} ***\r\n" if self.engineer.terminal else f"*** {text}\n"
            self.engineer.write(line.encode(), error=not self.engineer.terminal)

    def _balance(self) -> None:
        if self.record.waiting > MOST_WAITING:
            self._overfull = True
            for end in (self.channel, self.engineer):
                if end is not None:
                    end.hold("record")

    def _relieved(self) -> None:
        if self._overfull and self.record.waiting <= MOST_WAITING // 2:
            self._overfull = False
            for end in (self.channel, self.engineer):
                if end is not None:
                    end.release("record")


def by(told: Any) -> Facts:
    """Return who steers, as viewers name them."""
    return told if isinstance(told, dict) and "name" in told else {"id": "", "name": str(told or "?"), "kind": "staff"}
