"""The one place where the clock is read. Everything else is handed its moment as `at=`."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never goes back; for measuring spans, never for dates."""
    return time.monotonic()
