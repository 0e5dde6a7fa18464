"""A filling that breaks off leaves the desk as empty as it was."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from opora.config.demo import fill as demo
from opora.desk.catalogue.models import Service


def test_it_leaves_nothing_behind(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        assert Service.objects.exists(), "much is made by now"
        raise OSError("the disk is full")

    monkeypatch.setattr(demo, "Planner", break_off)
    with pytest.raises(OSError, match="the disk is full"):
        demo.fill(at=datetime(2026, 9, 16, 10, 30, tzinfo=UTC))
    assert demo.is_empty()
    assert not Service.objects.exists()


def test_it_leaves_savepoints_as_they_were(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "found_provider", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        demo.fill(at=datetime(2026, 9, 16, 10, 30, tzinfo=UTC))
    with transaction.atomic():
        Service.objects.none().delete()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            raise ZeroDivisionError
        assert not connection.needs_rollback
