"""Hosts that trust no authority: shows the line of a window's key, signs with it inside the window, destroys it afterwards."""

import asyncio
import base64
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from opora.gateway.agreements import Agreement, Host
from opora.gateway.signing.proofs import NoProof, read_proof, string
from opora.gateway.signing.reading import Reading, Who, check, host_of
from opora.gateway.signing.windowkeys import UNSHOWN, WindowKey, WindowKeys, line_for, mark_of, public_of
from opora.gateway.sockets import Gone, Refused

Enter = Callable[[dict[str, Any]], Awaitable[int]]

_log = logging.getLogger(__name__)


class Holder:
    """Holds the keys of the windows; says no in words."""

    def __init__(self, keys: WindowKeys, reading: Reading, *, egress: Sequence[str], enter: Enter) -> None:
        """Take the keys, what is read of log and agreements, where hosts see us come from, and the log."""
        self._keys = keys
        self._reading = reading
        self._egress = tuple(egress)
        self._enter = enter
        self._making = asyncio.Lock()

    async def line(self, digest: str, name: str, *, at: int) -> dict[str, Any]:
        """Return the line for that host's account, the same one whenever it is asked for. Raises Refused.

        The first time the key is made, and stands in the log before anybody sees the line.
        """
        agreement, host = self._agreed(digest, name)
        if at >= agreement.ends:
            raise Refused("late", "The agreed window is over.")
        line_for(agreement, host, "", self._egress)  # refused before a key is made in vain
        async with self._making:
            key = self._keys.begun(digest, name)
            public = public_of(key.private())
            if key.path.suffix == UNSHOWN:
                await self._enter({"kind": "window-key", "until": agreement.ends, **_named(key, public)})
                self._keys.shown(key)
        line = line_for(agreement, host, public, self._egress)
        return {"line": line, "public": public, "mark": mark_of(agreement, host), "until": agreement.ends}

    async def sign(self, who: Who, asked: bytes, *, at: int) -> dict[str, Any]:
        """Return the signature under a request to enter, if it is to enter this host as agreed. Raises Refused."""
        agreement = self._reading.agreement(who.agreement)
        host, engineer = check(agreement, who, at)
        if not host.by_key:
            raise Refused("road", "This host is not entered with a key of the window.")
        private = self._keys.found(who.agreement, who.host).private()
        public = public_of(private)
        try:
            proof = read_proof(asked)
        except NoProof as error:
            raise Refused("proof", f"Only a request to enter is signed, and this is none: {error}.") from error
        if proof.login != host.login.encode() or base64.b64encode(proof.public).decode() != public.split()[1]:
            raise Refused("proof", "This is a request to enter by another name, or by another key.")
        told = {"kind": "signature", "session": who.session, "staff": who.staff, "name": engineer, "login": host.login}
        serial = await self._enter(
            {**told, "agreement": who.agreement, "host": host.name, "proof": hashlib.sha256(asked).hexdigest()}
        )
        signature = string(b"ssh-ed25519") + string(private.sign(asked))
        return {"signature": base64.b64encode(signature).decode(), "serial": serial}

    async def forget(self, *, at: int) -> int:
        """Destroy every key whose window is over or was taken back, and have the log told; returns how many."""
        destroyed = 0
        for key in list(self._keys.all()):
            if why := self._over(key, at):
                self._keys.destroy(key, {"kind": "key-destroyed", "why": why, **_named(key, _public(key))})
                destroyed += 1
        for path, entry in self._keys.untold():
            try:
                await self._enter(entry)
            except (Refused, Gone) as error:
                _log.warning("the end of a key waits for the log: %s", error)
                break
            self._keys.told(path)
        return destroyed

    def _agreed(self, digest: str, name: str) -> tuple[Agreement, Host]:
        agreement = self._reading.agreement(digest)
        host = host_of(agreement, name)
        if not host.by_key:
            raise Refused("road", "This host is not entered with a key of the window.")
        return agreement, host

    def _over(self, key: WindowKey, at: int) -> str:
        """Why the key is needed no more; "" while it is, and while the log cannot be read."""
        try:
            agreement = self._reading.agreement(key.agreement)
        except Refused as refused:
            return "withdrawn" if refused.code == "withdrawn" else ""
        return "window" if at >= agreement.ends else ""


def _public(key: WindowKey) -> str:
    """The public half; "" for a file that holds no key any more, which is put away like any other."""
    try:
        return public_of(key.private())
    except Refused:
        return ""


def _named(key: WindowKey, public: str) -> dict[str, Any]:
    if not public:
        return {"agreement": key.agreement, "host": key.host}
    raw = base64.b64decode(public.split()[1])
    mark = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    return {"agreement": key.agreement, "host": key.host, "key": f"SHA256:{mark}"}
