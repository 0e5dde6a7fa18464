"""Tunnels: ways to hosts that nobody reaches from outside, opened by the customer's own ssh and shut by closing it.

No port is ever bound for one: what the customer's client forwards is reached within this process, by the sessions of exactly
the host and the agreement it was opened for. Whatever else is asked over such a connection is refused and told.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh

from opora.gateway import clock
from opora.gateway.agreements import Agreement
from opora.gateway.door import Passage
from opora.gateway.sockets import Gone, Refused
from opora.gateway.words import say

if TYPE_CHECKING:
    from opora.gateway.front import Front
    from opora.gateway.gateway import Gateway

SUFFIX = "tunnel"
"""`T-1042.web1.tunnel`: host names hold no dot, so no engineer's name can look like this."""
TRIES = 3
KEEPALIVE, SILENCE = 5.0, 15.0
"""Seconds between questions whether the customer's client is still there, and for which it may leave one unanswered."""
ASK_EVERY = 10.0
SECOND = 1_000_000_000
PORT = 22
"""What the client is told when it leaves the choice of a port to us; nothing listens there."""


class Tunnels:
    """Those that are open, each known by agreement and host."""

    def __init__(self) -> None:
        """None yet."""
        self._open: dict[tuple[bytes, str], Tunnel] = {}

    def of(self, agreement: Agreement, host: str) -> "Tunnel | None":
        """Return the open tunnel to that host under that agreement."""
        return self._open.get((agreement.digest, host))

    def opened(self, tunnel: "Tunnel") -> None:
        """Keep one."""
        self._open[tunnel.agreement.digest, tunnel.host.name] = tunnel

    def closed(self, tunnel: "Tunnel") -> None:
        """Forget one."""
        if self.of(tunnel.agreement, tunnel.host.name) is tunnel:
            del self._open[tunnel.agreement.digest, tunnel.host.name]

    def close_all(self, why: str) -> None:
        """Shut every one."""
        for tunnel in list(self._open.values()):
            tunnel.close(why)


class Tunnel:
    """One open tunnel, from the forward the customer's client asked for to the end of its connection."""

    def __init__(
        self, gateway: "Gateway", passage: Passage, connection: Any, address: str, asked: tuple[str, int]
    ) -> None:
        """Open it: the desk is told, and asked again and again whether it may stay."""
        self.gateway = gateway
        self.passage = passage
        self.agreement, self.host = passage.agreement, passage.host
        self.address = address
        self.is_open = True
        self._connection = connection
        self._asked = asked
        self._number = clock.now_ns()
        left = (self.agreement.ends - self._number) / SECOND
        self._timer = asyncio.get_running_loop().call_later(max(0.0, left), self.close, "window")
        gateway.tunnels.opened(self)
        self._tell(self._number, open=True)
        self._asking = [gateway.spawn(self._ask_desk()), gateway.spawn(self._ask_client())]

    async def create_connection(self, factory: Any, _host: str, _port: int) -> Any:
        """Return a channel to the host, as asyncssh asks it of a tunnel; where it leads is in the customer's client's hands."""
        where, port = self._asked
        return await self._connection.create_connection(factory, where, port, "opora", 0)

    def close(self, why: str) -> None:
        """Shut it from our side, telling the customer's client why."""
        if self.is_open:
            self.lost(why)
            self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, say(f"tunnel_{why}", self.passage.language))

    def lost(self, why: str) -> None:
        """The connection is gone or going: at this moment every session through it ends."""
        if not self.is_open:
            return
        self.is_open = False
        self._timer.cancel()
        for task in self._asking:
            task.cancel()
        self.gateway.tunnels.closed(self)
        for session in self.sessions():
            self._end(session, why)
        self._tell(clock.now_ns(), open=False, why=why)

    def _end(self, session: Any, why: str) -> None:
        """The record says who it was: the customer only where its client closed it."""
        if why == "window":
            session.end("window")
        elif why == "customer":
            who = {"id": "tunnel", "name": self.passage.name, "kind": "customer"}
            session.end("tunnel", by=who, why=say("tunnel_closed", session.staff.language))
        else:
            session.end("tunnel", why=say(f"tunnel_{why}", session.staff.language))

    def abort(self) -> None:
        """Drop the connection, if it is still there."""
        self._connection.abort()

    def sessions(self) -> list[Any]:
        """The sessions that go through it."""
        return [one for one in self.gateway.sessions.values() if one.tunnel is self]

    def _tell(self, number: int, **facts: Any) -> None:
        told = {"opening": self._number, "pass": self.passage.number, "from": self.address, **facts}
        self.gateway.teller.tell("", number, "tunnel", told)

    async def _ask_client(self) -> None:
        """A network that breaks says nothing by itself: whoever answers no more has closed the tunnel."""
        while True:
            await asyncio.sleep(KEEPALIVE)
            try:
                async with asyncio.timeout(SILENCE):
                    await self._connection._make_global_request(b"keepalive@openssh.com")
            except TimeoutError:
                self.lost("silent")
                self.abort()

    async def _ask_desk(self) -> None:
        """What allowed it may be gone; and the desk knows by this question that it is still open."""
        while True:
            await asyncio.sleep(ASK_EVERY)
            if not self.agreement.is_open(clock.now_ns()):
                self.close("window")
            try:
                await self.gateway.door.tunnel(
                    self.agreement.ticket, self.host.name, number=self.passage.number, opening=self._number
                )
            except Refused:
                self.close("withdrawn")
            except Gone:
                continue  # as with sessions: what is open stays, nothing new opens


class Customer:
    """The customer's client at our door: knows one word, may open one tunnel, and nothing else."""

    def __init__(self, front: "Front", ticket: str, host: str) -> None:
        """Know nobody yet."""
        self._front = front
        self._ticket, self._host = ticket, host
        self._tries = 0
        self.passage: Passage | None = None
        self.tunnel: Tunnel | None = None

    def challenge(self) -> Any:
        """Ask for the word that the portal showed."""
        return "", "", "", [(say("tunnel_word", "en"), False)]

    async def answered(self, responses: Any) -> bool:
        """Ask the desk whether the word is good for that host now, and look at the agreement ourselves."""
        self._tries += 1
        if len(responses) != 1 or self._tries > TRIES:
            return False
        gateway = self._front.gateway
        try:
            passage = await gateway.door.tunnel(self._ticket, self._host, word=responses[0].strip())
            self._check(passage)
        except Refused as refused:
            self._front.tell(refused.reason)
            return False
        except Gone:
            self._front.tell(say("desk_gone", "en"))
            return False
        self.passage = passage
        self._front.tell(say("tunnel_open", passage.language, ticket=self._ticket, host=self._host))
        return True

    def _check(self, passage: Passage) -> None:
        agreement, host = passage.agreement, passage.host
        if (agreement.ticket, host.name) != (self._ticket, self._host) or not host.by_tunnel:
            raise Refused("host", say("no_host", passage.language, host=self._host))
        if not agreement.is_open(clock.now_ns()):
            raise Refused("window", say("tunnel_not_now", passage.language))
        if earlier := self._front.gateway.tunnels.of(agreement, host.name):
            raise Refused("open", say("tunnel_twice", passage.language, address=earlier.address))

    def forwarded(self, connection: Any, where: str, port: int) -> "asyncssh.SSHListener | None":
        """Open the tunnel at the first forward; None for every other, and where it may not be opened any more."""
        if self.passage is None or self.tunnel is not None:
            return None
        try:
            self._check(self.passage)
        except Refused:
            return None
        asked = (where, port or PORT)
        self.tunnel = Tunnel(self._front.gateway, self.passage, connection, self._front.address, asked)
        return _Nowhere(self.tunnel)

    def denied(self, what: str, detail: str) -> None:
        """Have a refusal recorded in every session that goes through the tunnel."""
        for session in self.tunnel.sessions() if self.tunnel is not None else []:
            session.deny(what, f"through the tunnel: {detail}")

    def gone(self) -> None:
        """The connection was lost: Ctrl-C, a network that broke, or we shut it."""
        if self.tunnel is not None:
            self.tunnel.lost("customer")


class _Nowhere(asyncssh.SSHListener):
    """What asyncssh keeps for a forward: it listens nowhere. When the client takes the forward back, the tunnel is shut."""

    def __init__(self, tunnel: Tunnel) -> None:
        super().__init__()
        self._of = tunnel

    def get_port(self) -> int:
        """The port the client is told."""
        return PORT

    def close(self) -> None:
        """The client wants it no more, or its connection is lost."""
        self._of.lost("customer")
        asyncio.get_running_loop().call_soon(self._of.abort)

    async def wait_closed(self) -> None:
        """Nothing to wait for."""
