"""What every test may count on: a database of this checkout's own and a fixed moment."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """A database name of this checkout's (and this worker's) own, so that several checkouts can share one server."""
    from django.conf import settings

    mark = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:10]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    test = settings.DATABASES["default"].setdefault("TEST", {})
    test["NAME"] = f"opora_{mark}_{worker}"
    from django.db import connections

    connections["default"].settings_dict.setdefault("TEST", {})["NAME"] = test["NAME"]
    yield


@pytest.fixture
def monday() -> datetime:
    """A Monday morning at ten in Moscow, far from every holiday."""
    return datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
