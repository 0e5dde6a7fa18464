"""What this room announces. The subject of a clock's events is what the clock is about, `("ticket", 1042)`.

Facts of every clock event: `clock`, `promise`, `target` (working seconds), `started`, `due`, `calendar_version`,
and `stopped` once it stopped; moments in ISO 8601, UTC. The event's own moment is the moment that was judged: a
promise missed while the desk was down is announced later, but at its due moment.
"""

CALENDAR_MADE = "sla.calendar_made"
CALENDAR_REVISED = "sla.calendar_revised"
CLOCK_STARTED = "sla.clock_started"
CLOCK_WARNED = "sla.clock_warned"
CLOCK_MISSED = "sla.clock_missed"  # with `by_change` true when a changed target, not time alone, broke it
CLOCK_STOPPED_LATE = "sla.clock_stopped_late"  # answered after the promise was missed
CLOCK_KEPT = "sla.clock_kept"  # with `corrects` true when the sweep had judged before the answer was written down
CLOCK_CANCELLED = "sla.clock_cancelled"
CLOCK_RETARGETED = "sla.clock_retargeted"  # with `old_target` and `old_due`

ALL = (
    CALENDAR_MADE,
    CALENDAR_REVISED,
    CLOCK_STARTED,
    CLOCK_WARNED,
    CLOCK_MISSED,
    CLOCK_STOPPED_LATE,
    CLOCK_KEPT,
    CLOCK_CANCELLED,
    CLOCK_RETARGETED,
)
