"""The one place where the gateway, the signer and the ledger read the clock."""

import time


def now_ns() -> int:
    """Nanoseconds since 1970 in UTC, as the machine's clock has it; for frames, windows and certificates."""
    return time.time_ns()


def mono_ns() -> int:
    """Nanoseconds on a clock that never goes back while the machine runs; for the order of frames."""
    return time.monotonic_ns()


def monotonic() -> float:
    """Seconds on the clock that never goes back; for measuring spans, never for dates."""
    return time.monotonic()
