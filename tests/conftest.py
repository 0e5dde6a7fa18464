"""What every test may count on: a database of this checkout's own and a fixed moment."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as examples

from tests.folders import passable_folder

if TYPE_CHECKING:
    from tests.cast import Cast

examples.register_profile("unhurried", deadline=None)  # how long an example takes is the machine's affair
examples.load_profile("unhurried")
CHECKOUT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Passwords hash quickly in tests: the cast has nine of them, and the strength of the hash is Django's affair."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def passable() -> Iterator[Path]:
    """A temporary folder that other users may pass through."""
    with passable_folder() as folder:
        yield folder


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


@pytest.fixture
def cast(db: None) -> "Cast":
    """The people every test knows (tests/cast.py)."""
    from tests.cast import assemble

    return assemble()


@pytest.fixture(autouse=True)
def speaks_english() -> Iterator[None]:
    """Every test begins in English, whatever language the last request of another test spoke."""
    from django.utils import translation

    with translation.override("en"):
        yield
