"""The ledger's socket: what may be asked of it, and how a question becomes a verb of the keeper."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opora.evidence.notes import SessionHead
from opora.gateway.apart import LEDGER, ONE_USER, require
from opora.gateway.keeping.bundling import make_bundle
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.keeping.places import Taken
from opora.gateway.lines import Handed, Message
from opora.gateway.sockets import Refused

SLOW = frozenset({"end", "bundle", "fetch", "agree", "checkpoint"})
"""These read or write much, or calculate long; they run in a thread so that heads need not wait for them."""


class Answering:
    """Answers the messages of docs/ledger.md, by one keeper."""

    def __init__(self, keeper: Keeper) -> None:
        """Take the keeper."""
        self._keeper = keeper
        self._verbs: dict[str, Callable[[Message], Message | Handed]] = {
            "agree": lambda asked: keeper.agree(str(asked["agreement"])),
            "withdraw": self._withdraw,
            "begin": lambda asked: keeper.begin(_session(asked), str(asked["agreement"])),
            "head": self._head,
            "end": self._end,
            "log": lambda asked: {"entry": keeper.enter(dict(asked["entry"]))},
            "extend": self._extend,
            "erase": self._erase,
            "checkpoint": lambda _: {"note": keeper.checkpoint()},
            "bundle": self._bundle,
            "fetch": self._fetch,
            "key": lambda _: {"verifier": keeper.signer.verifier_key, "log": keeper.log.origin},
        }

    async def __call__(self, asked: Message, caller: str = ONE_USER) -> Message | Handed:
        """Return the answer; raise Refused, or KeyError and ValueError for what is no question."""
        name = str(asked["do"])
        self._permit(name, asked, caller)
        verb = self._verbs.get(name)
        if verb is None:
            raise Refused("unknown", f"The ledger knows no {name!r}.")
        try:
            return await asyncio.to_thread(verb, asked) if name in SLOW else verb(asked)
        except Taken as taken:
            raise Refused("taken", f"{taken}.") from taken

    def _permit(self, name: str, asked: Message, caller: str) -> None:
        """What a caller may ask for; an agreement comes from the desk, the gateway only makes sure that it is there."""
        if caller == ONE_USER:
            return
        require(LEDGER, f"log {asked['entry']['kind']}" if name == "log" else name, caller)
        if caller == "gateway" and name == "agree" and not self._keeper.knows(str(asked["agreement"])):
            raise Refused("caller", "This agreement does not stand in the log yet; the desk hands it over.")

    def _withdraw(self, asked: Message) -> Message:
        return self._keeper.withdraw(str(asked["agreement"]), by=str(asked["by"]), why=str(asked["why"]))

    def _head(self, asked: Message) -> Message:
        head = _head(asked)
        if "agreement" in asked:
            self._keeper.begin(head.session, str(asked["agreement"]))
        return {"note": self._keeper.head(head)}

    def _end(self, asked: Message) -> Message:
        return self._keeper.end(
            _head(asked),
            agreement=str(asked["agreement"]),
            reason=str(asked.get("reason", "")),
            journal=str(asked.get("journal", "")),
            at=int(asked.get("at", 0)),
        )

    def _extend(self, asked: Message) -> Message:
        return self._keeper.extend(_session(asked), until=int(asked["until"]), by=str(asked["by"]))

    def _erase(self, asked: Message) -> Message:
        return self._keeper.erase(_session(asked), by=_said(asked, "by"), why=_said(asked, "why"))

    def _bundle(self, asked: Message) -> Message:
        path = Path(str(asked["path"])) if asked.get("path") else None
        return {**make_bundle(self._keeper, _session(asked), path=path, by=str(asked.get("by", "")))}

    def _fetch(self, asked: Message) -> Handed:
        made = make_bundle(self._keeper, _session(asked), by=_said(asked, "by"))
        return Handed({"checkpoint": made["checkpoint"]}, Path(made["path"]))


def _head(asked: Message) -> SessionHead:
    head = base64.b64decode(asked["head"], validate=True)
    frames, size = _whole(asked["frames"]), _whole(asked["size"])
    if len(head) != 32 or not frames or not size:
        raise ValueError("a head is the SHA-256 of at least one frame")
    return SessionHead(_session(asked), frames, size, head)


def _session(asked: Message) -> bytes:
    text = str(asked["session"])
    session = bytes.fromhex(text)
    if len(session) != 16 or session.hex() != text:
        raise ValueError(f"{text!r} is not 16 bytes in small hex digits")
    return session


def _said(asked: Message, name: str) -> str:
    words = str(asked[name]).strip()
    if not words:
        raise ValueError(f"{name!r} must be said")
    return words


def _whole(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ValueError(f"{number!r} is no whole number")
    return number
