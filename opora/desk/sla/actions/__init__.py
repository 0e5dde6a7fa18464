"""The verbs of the room: calendars are made and revised, clocks start, stop, are re-targeted, cancelled and swept."""

from opora.desk.sla.actions.calendars import make_calendar, revise_calendar
from opora.desk.sla.actions.clocks import (
    cancel_clock,
    restart_clock,
    retarget_clock,
    start_clock,
    start_clocks,
    stop_clock,
    wind_up,
)
from opora.desk.sla.actions.standard import make_standard_calendars
from opora.desk.sla.actions.sweeping import sweep_due

__all__ = [
    "cancel_clock",
    "make_calendar",
    "make_standard_calendars",
    "restart_clock",
    "retarget_clock",
    "revise_calendar",
    "start_clock",
    "start_clocks",
    "stop_clock",
    "sweep_due",
    "wind_up",
]
