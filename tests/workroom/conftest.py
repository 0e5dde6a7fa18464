"""A gateway that only remembers, in place of the sockets."""

import pytest

from opora.desk.workroom import jobs
from opora.desk.workroom.actions import steering
from tests.workroom.worlds import Remembering


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> Remembering:
    """The gateway of this test."""
    fake = Remembering()
    for asker in (jobs, steering):
        monkeypatch.setattr(asker, "gateway", lambda: fake)
    return fake
