"""`opora gateway`: one process that lets engineers in until it is told to stop."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import asyncssh
import uvloop

from opora.gateway.alone import alone
from opora.gateway.apart import Callers, take_place
from opora.gateway.browser import opener
from opora.gateway.front import listen, make_host_key
from opora.gateway.gateway import Gateway
from opora.gateway.live.hub import Hub
from opora.gateway.settings import BadSetting, Settings, make_secret


def run(settings: Settings, *, ready: Callable[[], object] = lambda: None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code. Raises BadSetting."""
    if settings.listen is None:
        raise BadSetting("OPORA_GATEWAY_LISTEN is empty; set it to host:port to have a gateway")
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
    take_place(settings, "gateway")
    with alone(settings.home("gateway"), "gateway"):
        uvloop.run(_serve(settings, settings.listen, ready))
    return 0


async def _serve(settings: Settings, address: tuple[str, int], ready: Callable[[], object]) -> None:
    settings = replace(settings, secret=make_secret(settings))
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    hub = Hub(settings.journals)
    gateway = Gateway(settings, hub=hub)
    if settings.terminal:
        hub.terminal = opener(gateway)
    await gateway.start()
    await hub.serve(settings.socket("live"), Callers(settings))
    listener = await listen(gateway, *address, host_key(settings.keys("gateway") / "host"))
    try:
        ready()
        await stopped.wait()
    finally:
        listener.close()
        await gateway.stop()
        await hub.close()


def host_key(path: Path) -> asyncssh.SSHKey:
    """Return the gateway's host key, made at the first start. Raises BadSetting for one that others may read."""
    with suppress(FileExistsError):
        key = make_host_key()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "wb") as file:
            file.write(key.export_private_key())
    if path.stat().st_mode & 0o077:
        raise BadSetting(f"{path} can be read by others; a private key must not (chmod 400)")
    key = asyncssh.read_private_key(path)
    public = path.with_suffix(".pub")
    public.write_bytes(key.export_public_key())
    public.chmod(0o644)  # the desk, who may be another user, shows it to customers who open a tunnel
    return key
