"""`opora ledger`: runs until it is asked to stop; signs a checkpoint every few seconds while the log grows."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress

from opora.evidence.notes import Signer
from opora.gateway import clock
from opora.gateway.alone import alone
from opora.gateway.apart import Callers, take_place
from opora.gateway.keeping.answering import Answering
from opora.gateway.keeping.keeper import Damaged, Keeper
from opora.gateway.keeping.keyfiles import Unusable, own_key
from opora.gateway.keeping.places import Places, Taken, write_once
from opora.gateway.keeping.stamping import Stamper
from opora.gateway.lines import serve
from opora.gateway.settings import BadSetting, Settings

CHECKPOINT_SECONDS = 5.0
_log = logging.getLogger(__name__)


def run(settings: Settings, *, ready: Callable[[], object] = tuple) -> int:
    """Keep the ledger until SIGTERM; calls `ready` once it answers. Returns the exit code.

    Raises BadSetting when it cannot work: another one runs, a key is open to others, the log was changed.
    """
    take_place(settings, "ledger")
    places = Places(settings.home("ledger"), settings.home("gateway") if settings.apart else None)
    places.make()
    with alone(settings.home("ledger"), "ledger"):
        try:
            keeper = Keeper(places, signer(settings), now_ns=clock.now_ns)
        except (Damaged, Unusable, Taken, ValueError, OSError) as trouble:
            raise BadSetting(str(trouble)) from trouble
        try:
            asyncio.run(_work(settings, keeper, ready))
        finally:
            keeper.close()
    return 0


def signer(settings: Settings) -> Signer:
    """Return the ledger's signer; its name is chosen at the first start and stays with the key."""
    path = settings.keys("ledger") / "note"
    key, named = own_key(path), path.with_suffix(".name")
    with suppress(Taken):  # it was chosen before, and the desk has another address by now
        write_once(named, f"{settings.name}/ledger\n".encode(), mode=0o444)
    signer = Signer(named.read_text(encoding="utf-8").strip(), key)
    write_once(path.with_suffix(".pub"), signer.verifier_key.encode() + b"\n", mode=0o444)
    return signer


async def _work(settings: Settings, keeper: Keeper, ready: Callable[[], object]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(settings.socket("ledger"), Answering(keeper), Callers(settings))
    keeper.checkpoint()
    stamping = asyncio.create_task(_stamp(settings, keeper)) if settings.stamp_url else None
    ready()
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CHECKPOINT_SECONDS)
        try:
            await asyncio.to_thread(keeper.checkpoint)
        except OSError:
            _log.exception("the checkpoint could not be written")
    if stamping is not None:
        stamping.cancel()
    server.close()


async def _stamp(settings: Settings, keeper: Keeper) -> None:
    """Have checkpoints stamped beside everything else: a slow authority holds up nothing."""
    stamper = Stamper(keeper, settings.stamp_url, settings.stamp_roots)
    while True:
        await asyncio.to_thread(stamper.look)
        await asyncio.sleep(CHECKPOINT_SECONDS)
