"""The twin of the outside world for the demo: a real, tiny SMTP server that keeps every letter to be looked at."""

import asyncio
import logging

from django.db import close_old_connections, connection

from opora.desk.kernel import clock

from .door import Door, Handed
from .models import CaughtLetter
from .parsing import read_letter

log = logging.getLogger("opora.mail")

SIZE_LIMIT = 64 * 1024 * 1024


class Catcher:
    """Takes every letter for anybody and sends none on."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._door = Door(host, port, takes_in=lambda _: True, take=_take, size_limit=SIZE_LIMIT, name="catcher.opora")

    @property
    def url(self) -> str:
        """The OPORA_SMTP_URL that leads here."""
        host, port = self._door.address
        return f"smtp://{host}:{port}"

    def start(self) -> None:
        """Listen. Raises OSError when the port cannot be had."""
        self._door.start()

    def stop(self) -> None:
        """Take no more."""
        self._door.stop()


async def _take(handed: Handed) -> str:
    try:
        await asyncio.get_running_loop().run_in_executor(None, _keep, handed)
    except Exception:
        log.exception("a letter could not be caught")
        return "451 4.3.0 Try again later"
    return "250 2.0.0 Caught"


def _keep(handed: Handed) -> None:
    close_old_connections()
    try:
        CaughtLetter.objects.create(
            envelope_from=handed.envelope_from[:320],
            envelope_to=[address.lower()[:320] for address in handed.envelope_to],
            subject=read_letter(handed.raw).subject[:500],
            raw=handed.raw,
            caught_at=clock.now(),
        )
    finally:
        connection.close()
