"""`opora worker`: what happens by itself, and the lines to exchanges. Several may run; what must run once has one leader."""

import dataclasses
import logging

from opora.config import database
from opora.config.children import Stop, say_ready
from opora.config.loops import Leadership, Loops
from opora.config.pulse import Heart

log = logging.getLogger("opora.worker")


def work(*, ready_fd: int = -1) -> int:
    """Run the timetable until SIGTERM or SIGINT; returns the exit code."""
    from opora.config.timetable import TIMETABLE
    from opora.desk.channels.phone.ami.keeping import Lines

    stop = Stop()
    stop.listen()
    loops = Loops(TIMETABLE, database.direct_url())
    heart = Heart("worker", lambda: {name: dataclasses.asdict(tally) for name, tally in loops.tallies.items()})
    heart.start()
    loops.start()
    leadership = Leadership(database.direct_url())
    lines = Lines(leadership.holds)
    lines.start()
    log.info("worker at work: %s loops", len(TIMETABLE))
    say_ready(ready_fd)
    stop.wait()
    lines.stop()
    leadership.close()
    ended = loops.stop()
    heart.stop()
    log.info("worker stopped%s", "" if ended else "; a loop did not end in time")
    return 0
