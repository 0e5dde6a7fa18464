"""All timers of the program, on one page: what runs by itself, how often, and whether in one place only.

`every` is the pause in seconds after a run that found nothing to do; see `loops.Loop`.
"""

from opora.config.loops import Loop
from opora.desk.kernel import jobs as kernel_jobs
from opora.desk.kernel import live
from opora.desk.sla import jobs as sla_jobs

EVENTS = live.EVENTS_CHANNEL
_publisher = live.Publisher()

TIMETABLE: tuple[Loop, ...] = (
    Loop("publish events", 0.05, _publisher.publish, leader=True),
    Loop("deliver events", 1.0, lambda at: kernel_jobs.deliver_due(at=at), woken_by=(EVENTS,)),
    Loop("judge promises", 1.0, sla_jobs.sweep),
)
