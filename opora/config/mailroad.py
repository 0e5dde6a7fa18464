"""`opora mail`: the listener that takes letters in. Everything it has acknowledged is already in the database."""

import errno
import logging
import socket

from django.conf import settings

from opora.config import database
from opora.config.children import Stop, say_ready
from opora.config.database import Unfit
from opora.config.loops import Leadership
from opora.config.pulse import Heart
from opora.desk.kernel import clock

log = logging.getLogger("opora.mail")

PORT_PATIENCE = 12.0
"""Seconds in which the mail process of a killed start may still hold the port."""


def listen(*, ready_fd: int = -1) -> int:
    """Take letters until SIGTERM or SIGINT; returns the exit code."""
    from opora.desk.channels.email.imap.keeping import Keepers
    from opora.desk.channels.email.listener import Listener

    stop = Stop()
    stop.listen()
    wait_for_port(*settings.OPORA_MAIL_LISTEN, stop=stop)
    listener = Listener()
    listener.start()
    leadership = Leadership(database.direct_url())
    keepers = Keepers(leadership.holds)
    keepers.start()
    heart = Heart("mail", listener.tally)
    heart.start()
    log.info("mail listens on %s:%s", *listener.address)
    say_ready(ready_fd)
    stop.wait()
    listener.stop()
    keepers.stop()
    leadership.close()
    heart.stop()
    log.info("mail stopped")
    return 0


def wait_for_port(host: str, port: int, *, stop: Stop, patience: float = PORT_PATIENCE) -> None:
    """Return when the port is free. Raises Unfit, in words, when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    end = clock.monotonic() + patience
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE or clock.monotonic() > end or stop.wait(0.1):
                    raise Unfit(
                        f"{host}:{port} cannot be listened on ({error.strerror}). "
                        "Stop what uses it, or set OPORA_MAIL_LISTEN."
                    ) from error
            else:
                return
