"""What counts as working time, when a promise is due, and whether it was kept.

Pure: no Django, no database, no clock. Every moment is an aware datetime; results are in UTC; lengths are whole
seconds.
"""

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.durations import read_duration, write_duration
from opora.desk.sla.rules.explaining import explain
from opora.desk.sla.rules.faults import Fault, Faulty
from opora.desk.sla.rules.intervals import Interval
from opora.desk.sla.rules.ledger import Layout, Turn, lay_out_ledger, stretches, worked_micros, worked_seconds
from opora.desk.sla.rules.official import freeze_holidays
from opora.desk.sla.rules.promises import Terms, broken_from, is_kept, lay_out
from opora.desk.sla.rules.reading import read_calendar
from opora.desk.sla.rules.steps import Step
from opora.desk.sla.rules.targets import PRIORITIES, PROMISES, read_targets
from opora.desk.sla.rules.timeline import NoWorkingTime, OutOfReach
from opora.desk.sla.rules.working import add_work, work_between

__all__ = [
    "PRIORITIES",
    "PROMISES",
    "Calendar",
    "Fault",
    "Faulty",
    "Interval",
    "Layout",
    "NoWorkingTime",
    "OutOfReach",
    "Step",
    "Terms",
    "Turn",
    "add_work",
    "broken_from",
    "explain",
    "freeze_holidays",
    "is_kept",
    "lay_out",
    "lay_out_ledger",
    "read_calendar",
    "read_duration",
    "read_targets",
    "stretches",
    "work_between",
    "worked_micros",
    "worked_seconds",
    "write_duration",
]
