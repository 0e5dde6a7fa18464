"""Rights of sockets against the real desk: no session, no work; whoever is no colleague types nowhere."""

import pytest

from opora.config.live.work import DeskRights
from tests.live.conftest import session_of

pytestmark = pytest.mark.django_db

WORK = "00112233445566778899aabbccddeeff"


def test_nobody_watches_work_that_is_not_there(cast):
    rights = DeskRights()
    assert [rights.watcher(key, WORK) for key in ("", "unknown", session_of(cast.boris.account))] == [None] * 3


def test_only_colleagues_with_an_agreement_type(cast):
    rights = DeskRights()
    for account in (cast.clara.account, cast.boris.account):
        assert rights.typist(session_of(account), "T-1", "web1") is None
    assert rights.typist("unknown", "T-1", "web1") is None
