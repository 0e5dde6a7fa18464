"""What this room announces. The subject of a clock's events is what the clock is about, `("ticket", 1042)`.

Facts of every clock event: `clock`, `promise`, `about_kind`, `about_id`, `target` (working seconds), `started`, `due`,
`calendar_version`, and `stopped` once it stopped; moments in ISO 8601, UTC. The event's own moment is the moment that
was judged: a promise missed while the desk was down is announced later, but at its due moment.
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
CLOCK_PAUSED = "sla.clock_paused"  # with `reason`, a code of `rules.reasons` or plain words
CLOCK_RESUMED = "sla.clock_resumed"
CLOCK_REPINNED = "sla.clock_repinned"  # with `old_target`, `old_due` and `old_calendar_version`
CLOCK_REOPENED = "sla.clock_reopened"  # what was kept or answered is owed again
LINE_HOURS_SET = "sla.line_hours_set"  # subject is the team; `calendar` is the slug, empty for the contract's hours

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
    CLOCK_PAUSED,
    CLOCK_RESUMED,
    CLOCK_REPINNED,
    CLOCK_REOPENED,
    LINE_HOURS_SET,
)
