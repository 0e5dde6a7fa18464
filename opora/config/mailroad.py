"""`opora mail`: the listener that takes letters in. Everything it has acknowledged is already in the database."""

import logging

from opora.config.children import Stop, say_ready
from opora.config.pulse import Heart

log = logging.getLogger("opora.mail")


def listen(*, ready_fd: int = -1) -> int:
    """Take letters until SIGTERM or SIGINT; returns the exit code."""
    from opora.desk.channels.email.listener import Listener

    stop = Stop()
    stop.listen()
    listener = Listener()
    listener.start()
    heart = Heart("mail", listener.tally)
    heart.start()
    log.info("mail listens on %s:%s", *listener.address)
    say_ready(ready_fd)
    stop.wait()
    listener.stop()
    heart.stop()
    log.info("mail stopped")
    return 0
