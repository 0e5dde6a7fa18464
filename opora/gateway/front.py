"""The SSH door for engineers: a registered key, a second factor, and nothing but sessions.

`ssh T-1042.web1@gateway`: the user name is ticket and host. Every forwarding is refused, and the refusal recorded; but for
the one of a customer who opens a tunnel, `T-1042.web1.tunnel` (tunnels.py), who in turn gets no session.
"""

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import asyncssh
from asyncssh.kex import get_kex_algs

from opora.gateway import clock
from opora.gateway.door import Welcome
from opora.gateway.lean import lighten
from opora.gateway.sockets import Gone, Refused
from opora.gateway.terminal import Engineer, QuietChannel
from opora.gateway.tunnels import SUFFIX, Customer
from opora.gateway.words import plain, say

if TYPE_CHECKING:
    from opora.gateway.gateway import Gateway

TRIES = 3
MOST_KEYS = 20
"""Keys one connection may show; each asks the desk."""
MOST_CHANNELS = 10
"""Channels of one connection at a time, as with OpenSSH's MaxSessions."""
MOST_REFUSALS = 100
"""Refusals of one connection on which no session runs, after which it ends; each is told to the desk."""
LONGEST_DETAIL = 500
UNKNOWN = "key"
"""The desk's code for a key that nobody has; whoever comes with one is told nothing."""
ENCRYPTION = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
"""Only these: of several the client's order decides, and any other costs twice the work a packet."""
EXCHANGES = ("mlkem768x25519*", "sntrup761x25519*", "curve25519*", "ecdh-sha2-nistp*")
"""No groups of whole numbers: a stranger could have us count for a quarter of a second with each (dheater, CVE-2002-20001)."""


async def listen(gateway: "Gateway", host: str, port: int, key: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
    """Listen for engineers; returns the listener."""
    return await asyncssh.listen(
        host,
        port,
        config=None,
        server_factory=lambda: Front(gateway),
        server_host_keys=[key],
        server_version="Opora",
        kex_algs=exchanges(),
        encryption_algs=ENCRYPTION,
        compression_algs=["none"],
        password_auth=False,
        host_based_auth=False,
        gss_host=None,
        agent_forwarding=False,
        x11_forwarding=False,
        allow_scp=False,
        line_editor=False,
        encoding=None,
        login_timeout=120,
    )


class Front(asyncssh.SSHServer):
    """One engineer's connection."""

    def __init__(self, gateway: "Gateway") -> None:
        """Know nobody yet."""
        self.gateway = gateway
        self.welcome: Welcome | None = None
        self.host = ""
        self.address = ""
        self._connection: Any = None
        self._ticket = ""
        self._key_proven = self._admitted = False
        self._refused: Refused | None = None
        self._tries = self._keys = self._refusals = 0
        self.engineers: set[Engineer] = set()
        self.customer: Customer | None = None
        self._as_customer: bool | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Take the connection: two proofs are wanted, asyncssh asks for one."""
        self._connection = conn
        peer = conn.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self.gateway.crowd.enter(self, self.address, conn.abort)
        lighten(conn, on_full=self._line_full)
        self._let_in = conn.send_userauth_success
        self._connection.send_userauth_success = self._proven

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; its channels have been told."""
        self.gateway.crowd.forget(self)
        self._connection = None
        if self.customer is not None:
            self.customer.gone()

    # Who is it?

    def begin_auth(self, username: str) -> bool:
        """Every name must prove itself anew."""
        self._ticket, _, rest = username.partition(".")
        self.host, _, what = rest.partition(".")
        if self._as_customer not in (None, what == SUFFIX):
            raise asyncssh.ProtocolError("whoever begins to open a tunnel does not become an engineer")
        self._as_customer = what == SUFFIX
        self.customer = Customer(self, self._ticket, self.host) if what == SUFFIX else None
        if what and self.customer is None:
            self.host = rest  # no host is called so; the desk says it in words
        self._key_proven, self.welcome, self._refused = False, None, None
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys come first."""
        return self.customer is None and not self._key_proven

    def kbdint_auth_supported(self) -> bool:
        """The second factor comes when the key is proven; a customer has nothing but the word of the tunnel."""
        return self.customer is not None or self._key_proven

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Ask the desk whose key this is. Words of refusal wait until the key is proven by a signature."""
        if self.customer is not None:
            return False
        welcome, refused = None, None
        self._keys += 1
        if self._keys > MOST_KEYS:
            self._connection.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "too many keys")
            return False
        try:
            welcome = await self.gateway.door.knock(
                self._ticket, host=self.host or None, key=key.get_fingerprint("sha256")
            )
        except Refused as error:
            refused = error
        except Gone:
            refused = Refused("desk", say("desk_gone", "en"))
        self.welcome, self._refused = welcome, refused
        return refused is None or refused.code != UNKNOWN

    async def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        """Ask for the second factor; who was refused is told why instead."""
        if self.customer is not None:
            return self.customer.challenge()
        if not self._key_proven or self.welcome is None:
            return False
        return "", "", "", [(say("code", self.welcome.staff.language), False)]

    async def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        """Ask the desk whether the code is right; three tries."""
        if self.customer is not None:
            return await self.customer.answered(responses)
        if self.welcome is None or len(responses) != 1:
            return False
        self._tries += 1
        staff = self.welcome.staff
        try:
            await self.gateway.door.factor(staff.id, responses[0].strip())
        except Refused as error:
            if self._tries >= TRIES:
                self.tell(error.reason)
                return False
            return "", error.reason, "", [(say("code_again", staff.language), False)]
        except Gone:
            self.tell(say("desk_gone", staff.language))
            return False
        self._admitted = True
        return True

    async def _proven(self) -> None:
        """Called where asyncssh would let somebody in: after the key, and after the code, or after a tunnel's word."""
        if self.customer is not None:
            if self.customer.passage is None:
                self._connection.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "refused")
                return
            self.gateway.crowd.forget(self)
            await self._let_in()
            return
        if not self._admitted and not self._key_proven:
            self._key_proven = True
            self.gateway.crowd.forget(self)
            if self._refused is not None or self.welcome is None:
                self.tell(self._refused.reason if self._refused else "")
                self._connection.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "refused")
                return
            if self.welcome.factor:
                self._connection.send_userauth_failure(True)
                return
            self._admitted = True
        await self._let_in()

    def auth_completed(self) -> None:
        """Nobody is here who has not passed both; should that ever fail, the door shuts."""
        if self.customer is not None:
            if self.customer.passage is None:
                self._connection.abort()
        elif not self._admitted or self.welcome is None:
            self._connection.abort()

    def tell(self, text: str) -> None:
        """Say something before anybody is let in."""
        if text and self._connection is not None:
            self._connection.send_auth_banner(plain(text) + "\r\n")

    # What do they want?

    def session_requested(self) -> Any:
        """Give a session; what kind is seen when it is asked for."""
        if self.customer is not None:
            return self.deny("session", "")
        if not self._admitted or self.welcome is None:
            return False
        if len(self.engineers) >= MOST_CHANNELS:
            return self.deny("session", f"more than {MOST_CHANNELS} at a time")
        engineer = Engineer(self, self.welcome)
        channel = QuietChannel.made(self._connection, engineer)
        self.engineers.add(engineer)
        return channel, engineer

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        """Never: -L, -D and -W end here."""
        return self.deny("direct-tcpip", f"{dest_host}:{dest_port}")

    def server_requested(self, listen_host: str, listen_port: int) -> Any:
        """Never: -R ends here; but for the one forward of a tunnel, for which nothing listens."""
        if self.customer is not None:
            listener = self.customer.forwarded(self._connection, listen_host, listen_port)
            if listener is not None:
                return listener
        return self.deny("tcpip-forward", f"{listen_host}:{listen_port}")

    def unix_connection_requested(self, dest_path: str) -> bool:
        """Never."""
        return self.deny("streamlocal", dest_path)

    def unix_server_requested(self, listen_path: str) -> bool:
        """Never."""
        return self.deny("streamlocal-forward", listen_path)

    def tun_requested(self, unit: int | None) -> bool:
        """Never."""
        return self.deny("tun", str(unit))

    def tap_requested(self, unit: int | None) -> bool:
        """Never."""
        return self.deny("tap", str(unit))

    def deny(self, what: str, detail: str) -> bool:
        """Record a refusal in every session of this connection; without one the desk is told. Returns False."""
        running = [engineer.session for engineer in self.engineers if engineer.session is not None]
        detail = detail[:LONGEST_DETAIL]
        for session in running:
            session.deny(what, detail)
        if self.customer is not None:
            self.customer.denied(what, detail)
        if not running:
            self._refusals += 1
            if self._refusals > MOST_REFUSALS:
                self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, "too many refusals")
                return False
            staff = self.welcome.staff.id if self.welcome else None
            facts = {"ticket": self._ticket, "staff": staff, "what": what, "detail": detail, "from": self.address}
            if self.customer is not None:
                facts["tunnel"] = self.host
            self.gateway.teller.tell("", clock.now_ns(), "denied", facts)
        return False

    def _line_full(self, full: bool) -> None:
        for engineer in self.engineers:
            engineer.line_full(full)


def exchanges() -> list[str]:
    """Return the ways to agree on a key that this build knows, of those that cost little."""
    known = [name.decode("ascii") for name in get_kex_algs()]
    return [name for name in known if any(fnmatchcase(name, wanted) for wanted in EXCHANGES)]


def make_host_key() -> asyncssh.SSHKey:
    """Return a new host key."""
    return asyncssh.generate_private_key("ssh-ed25519")
