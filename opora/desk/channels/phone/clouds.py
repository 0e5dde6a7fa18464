"""Errands to exchanges that are asked by HTTP. The exchange stands behind a port; secrets are unsealed here and kept nowhere."""

import logging
from datetime import datetime
from typing import Protocol
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from opora.desk.channels.phone import errands
from opora.desk.channels.phone.models import Connection, Errand
from opora.desk.channels.phone.parsing import CALLING
from opora.desk.channels.phone.parsing.calling import Asked, ask_to_call, refusal
from opora.desk.kernel.sealing import Unreadable

log = logging.getLogger("opora.phone")

PATIENCE = 10
LARGEST = 64 * 1024


class Cloud(Protocol):
    """Something that takes a request to call."""

    def ask(self, asked: Asked) -> tuple[int, bytes]:
        """Its status and answer. Raises OSError when it cannot be reached."""


class _NoWayOn(HTTPRedirectHandler):
    """Nobody is sent on: a request carries our key."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


class HttpCloud:
    """A real one."""

    def ask(self, asked: Asked) -> tuple[int, bytes]:
        """See `Cloud`."""
        if not asked.url.startswith("https://"):
            raise OSError("the address must begin with https://")
        request = Request(asked.url, data=asked.body, headers=asked.headers)  # noqa: S310 - the scheme is checked above
        try:
            with build_opener(_NoWayOn).open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read(LARGEST)
        except HTTPError as no:
            return no.code, no.read(LARGEST)


def run_errands(at: datetime, *, cloud: Cloud | None = None) -> int:
    """Tell every cloud exchange what is wanted of it; returns how many errands were told. Several workers may run it at once."""
    told = 0
    waiting = Connection.objects.filter(active=True, preset__in=CALLING, errands__state="waiting").exclude(address="")
    for exchange in waiting.distinct():
        while (errand := errands.take(exchange.pk, at=at)) is not None:
            told += 1
            _tell(exchange, errand, cloud or HttpCloud(), at)
    return told + errands.fail_late(at)


def _tell(exchange: Connection, errand: Errand, cloud: Cloud, at: datetime) -> None:
    calling = CALLING[exchange.preset]
    try:
        asked = ask_to_call(
            calling,
            address=exchange.address,
            login=exchange.login,
            password=errands.password_of(exchange),
            extension=errand.extension,
            number=errand.number,
            key=errand.key,
            context=exchange.context,
        )
        trouble = refusal(calling, *cloud.ask(asked))
    except (OSError, Unreadable) as why:
        trouble = f"{why}"[:200] or type(why).__name__
    if trouble:
        log.warning("exchange %s does not call: %s", exchange.pk, trouble)
        errands.fail(errand, trouble=trouble, at=at)
    else:
        errands.done(errand, at=at)
