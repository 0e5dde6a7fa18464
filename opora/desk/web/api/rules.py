"""Decisions of the API that need no database. Pure: no Django, no clock."""

from datetime import timedelta

GOOD_FOR = timedelta(hours=24)
"""How long a call taken in under an Idempotency-Key is remembered."""
