"""What runs by itself in this room."""

from datetime import datetime

from opora.desk.dispatch import escalations


def escalate(*, at: datetime) -> int:
    """Take the steps of escalations that are due; returns how many. May run twice."""
    return escalations.sweep(at=at)
