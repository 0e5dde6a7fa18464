"""What the database itself refuses in this room, whoever asks: a lost row, a changed word, a session that comes back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, models, transaction

from opora.desk.workroom import actions
from opora.desk.workroom.models import (
    Denial,
    EngineerKey,
    GatewayOrder,
    HostEntry,
    Look,
    SessionEvent,
    Summary,
    ViewingLink,
    WorkSession,
)
from tests.cast import Cast
from tests.workroom.worlds import Remembering, agreed, ended, key_of_boris, opened

HOUR = timedelta(hours=1)


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


@pytest.fixture
def session(cast: Cast, monday: datetime, remembering: Remembering) -> WorkSession:
    """A session in which everything was done that leaves a row."""
    agreement = agreed(cast, monday)
    at = monday + HOUR
    key_of_boris(cast, at)
    session = opened(cast, agreement, at)
    seen = {"event": "joined", "viewer": {"id": "contact:1", "name": "Clara Berg"}}
    actions.tell(session.name, number=1, what="viewer", facts=seen, happened=at, at=at)
    actions.tell("", number=7, what="denied", facts={"what": "agent"}, happened=at, at=at)
    actions.order(session, do="question", by=cast.clara, words="Why nginx?", at=at)
    actions.use_link(actions.invite(agreement, guest="Nora", by=cast.clara, at=at), came_from="::1", at=at)
    actions.summarise(agreement, by=cast.boris, text="A limit was too low.", at=at)
    return session


@pytest.mark.parametrize(
    ("kind", "new"),
    [
        (SessionEvent, {"facts": {}}),
        (Denial, {"facts": {}}),
        (Look, {"name": "Nobody"}),
        (Summary, {"text": "All was well."}),
        (GatewayOrder, {"words": ""}),
        (ViewingLink, {"guest": "Mallory"}),
        (ViewingLink, {"used_at": None}),
        (HostEntry, {"host_keys": ["another"]}),
        (EngineerKey, {"fingerprint": "SHA256:another"}),
        (WorkSession, {"staff": 0}),
    ],
)
def test_it_changes_and_loses_nothing(session: WorkSession, kind: type[models.Model], new: dict[str, object]) -> None:
    row = kind._default_manager.get()
    refused(lambda: kind._default_manager.filter(pk=row.pk).update(**new))
    refused(lambda: kind._default_manager.filter(pk=row.pk).delete())


def test_it_opens_no_session_again(session: WorkSession, monday: datetime) -> None:
    ended(session, monday + 2 * HOUR)
    rows = WorkSession.objects.filter(pk=session.pk)
    refused(lambda: rows.update(state="open", ended_at=None))
    refused(lambda: rows.update(head="00" * 32))
