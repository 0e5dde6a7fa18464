"""`opora signer`: runs until it is asked to stop; answers `authority`, `certify`, `line` and `sign`, nothing else."""

import asyncio
import base64
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from opora.evidence.notes import read_verifier_key
from opora.gateway import clock
from opora.gateway.alone import alone
from opora.gateway.apart import ONE_USER, SIGNER, Callers, require, take_place
from opora.gateway.keeping.keyfiles import Unusable, own_key
from opora.gateway.keeping.places import Taken, write_once
from opora.gateway.lines import Message, serve
from opora.gateway.settings import BadSetting, Settings
from opora.gateway.signing.authority import Authority, wanted_in
from opora.gateway.signing.holder import Holder
from opora.gateway.signing.reading import Reading, hex_of, who_in
from opora.gateway.signing.windowkeys import WindowKeys
from opora.gateway.signing.witness import Witness
from opora.gateway.sockets import Gone, Refused, ask

LEDGER_PATIENCE = 5.0
FORGET_EVERY = 15.0
"""Seconds between looks for windows that are over."""


def run(settings: Settings, *, ready: Callable[[], object] = tuple) -> int:
    """Sign until SIGTERM; calls `ready` once it answers. Returns the exit code. Raises BadSetting when it cannot work."""
    take_place(settings, "signer")
    try:
        key = own_key(settings.keys("signer") / "ca")
    except Unusable as trouble:
        raise BadSetting(str(trouble)) from trouble
    with alone(settings.home("signer"), "signer"):
        asyncio.run(_work(settings, Signing(settings, key), ready))
    return 0


class Signing:
    """Answers the messages of docs/ledger.md."""

    def __init__(self, settings: Settings, key: Any) -> None:
        """Take the settings and the key."""
        self._settings = settings
        self._key = key
        self._believed: tuple[Authority, Holder] | None = None

    async def __call__(self, asked: Message, caller: str = ONE_USER) -> Message:
        """Return the answer; raise Refused, or KeyError and ValueError for what is no question."""
        require(SIGNER, str(asked["do"]), caller)
        match asked["do"]:
            case "certify":
                return await self._believing()[0].certify(wanted_in(asked), at=clock.now_ns())
            case "authority":
                return {"public": self._believing()[0].public_line}
            case "line":
                digest, name = hex_of(asked["agreement"], 32), str(asked["host"])
                return await self._believing()[1].line(digest, name, at=clock.now_ns())
            case "sign":
                request = base64.b64decode(str(asked["request"]), validate=True)
                return await self._believing()[1].sign(who_in(asked), request, at=clock.now_ns())
        raise Refused("unknown", f"The signer knows no {asked['do']!r}.")

    async def forget(self) -> None:
        """Destroy the keys of windows that are over, for as long as the process runs."""
        while True:
            with suppress(Refused, OSError):
                await self._believing()[1].forget(at=clock.now_ns())
            await asyncio.sleep(FORGET_EVERY)

    def _believing(self) -> tuple[Authority, Holder]:
        """The ledger may make its key after us: its public half is taken when it is first needed, and never another."""
        if self._believed is None:
            settings = self._settings
            witness = Witness(settings.log, settings.checkpoints, self._trusted())
            enter = partial(_enter, settings.socket("ledger"))
            authority = Authority(self._key, witness, settings.agreements, egress=settings.egress, enter=enter)
            keys = WindowKeys(settings.keys("signer") / "windows")
            holder = Holder(keys, Reading(witness, settings.agreements), egress=settings.egress, enter=enter)
            self._believed = authority, holder
        return self._believed

    def _trusted(self) -> str:
        told, ours = self._settings.keys("ledger") / "note.pub", self._settings.keys("signer") / "ca.trusts"
        try:
            line = told.read_text(encoding="utf-8").strip()
            read_verifier_key(line)
            write_once(ours, line.encode())
        except (OSError, ValueError) as error:
            raise Refused("ledger", "The ledger has shown no key yet.") from error
        except Taken as taken:
            raise Refused("ledger", "The ledger shows another key than before; nothing is signed.") from taken
        return line


async def _enter(ledger: Path, entry: dict[str, Any]) -> int:
    """Every certificate stands in the log before anybody has it: no ledger, no certificate."""
    try:
        return int((await ask(ledger, {"do": "log", "entry": entry}, seconds=LEDGER_PATIENCE))["entry"])
    except Gone as gone:
        raise Refused("ledger", "The ledger does not answer; without it nothing is signed.") from gone


async def _work(settings: Settings, signing: Signing, ready: Callable[[], object]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(settings.socket("signer"), signing, Callers(settings))
    forgetting = asyncio.create_task(signing.forget())
    ready()
    await stop.wait()
    forgetting.cancel()
    server.close()
