"""The timer of the room: wakes when a promise is next due, sweeps, sleeps again. May run twice, in any number."""

from datetime import datetime

from opora.desk.sla.actions import sweep_due

BATCH = 500


def sweep(at: datetime) -> int:
    """Handle everything due by `at`, batch by batch; return how many clocks were warned or missed."""
    handled = 0
    while batch := sweep_due(at=at, limit=BATCH):
        handled += batch
        if batch < BATCH:
            break
    return handled
