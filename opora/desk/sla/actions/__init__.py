"""The verbs of the room: calendars are made and revised; clocks start, stop, are held, get other terms, are cancelled
and swept."""

from opora.desk.sla.actions.calendars import lay_down_terms, make_calendar, revise_calendar
from opora.desk.sla.actions.changing import pause_clock, repin_clock, resume_clock, retarget_clock
from opora.desk.sla.actions.clocks import (
    cancel_clock,
    reopen_clock,
    restart_clock,
    start_clock,
    start_clocks,
    stop_clock,
    wind_up,
)
from opora.desk.sla.actions.line_hours import set_line_hours
from opora.desk.sla.actions.repinning import Planned, plan_repin, repin_clocks
from opora.desk.sla.actions.standard import make_standard_calendars, round_the_clock
from opora.desk.sla.actions.sweeping import sweep_due

__all__ = [
    "Planned",
    "cancel_clock",
    "lay_down_terms",
    "make_calendar",
    "make_standard_calendars",
    "pause_clock",
    "plan_repin",
    "reopen_clock",
    "repin_clock",
    "repin_clocks",
    "restart_clock",
    "resume_clock",
    "retarget_clock",
    "revise_calendar",
    "round_the_clock",
    "set_line_hours",
    "start_clock",
    "start_clocks",
    "stop_clock",
    "sweep_due",
    "wind_up",
]
