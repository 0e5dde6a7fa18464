"""From a yes to the bytes the gateway obeys."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from opora.desk.consent import actions as consent
from opora.desk.kernel import jobs as kernel
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from opora.desk.workroom import actions, jobs
from opora.desk.workroom.models import Agreement, HostEntry
from opora.evidence.frames import canonical
from tests.cast import Cast
from tests.consent.asking import asked
from tests.workroom.worlds import HOST_KEY, Remembering, agreed, asked_again, host_of

HOUR = timedelta(hours=1)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def test_it_writes_down_exactly_what_was_confirmed(cast: Cast, monday: datetime) -> None:
    made = agreed(cast, monday)
    said = json.loads(made.text)
    assert canonical(said).decode() == made.text
    assert hashlib.sha256(made.text.encode()).hexdigest() == made.sha256
    request = made.request
    assert (said["ticket"], said["confirmation"]) == (made.ticket.mark, request.pk)
    assert said["text_sha256"] == request.digest
    assert said["confirmed_by"]["email"] == "clara@bakery.example"
    assert said["window"] == {"from": "2026-09-14T08:00:00Z", "until": "2026-09-14T10:00:00Z", "zone": "Europe/Moscow"}
    assert said["engineers"] == [{"id": cast.boris.pk, "name": "Boris Orlov"}]
    assert (said["level"], said["files"], said["watching"]) == ("user", "none", "notify")
    (host,) = said["hosts"]
    assert host == {
        "name": "web1",
        "system": cast.web1.pk,
        "address": "203.0.113.7",
        "port": 22,
        "login": "support",
        "host_keys": [HOST_KEY],
        "road": "certificate",
    }


def test_it_gives_the_login_of_the_level_that_was_confirmed(cast: Cast, monday: datetime) -> None:
    said = json.loads(agreed(cast, monday, level="superuser", actions=("look", "transfer_files")).text)
    assert (said["hosts"][0]["login"], said["files"]) == ("root", "both")


def test_it_seals_for_the_customer_who_gave_a_key_and_for_nobody_else(cast: Cast, monday: datetime) -> None:
    first = json.loads(agreed(cast, monday).text)["keys"]
    given = "A" * 42 + "E="
    actions.give_seal(by=cast.clara, pasted=given, at=monday)
    second = json.loads(agreed(cast, monday).text)["keys"]
    assert second["customer"] == given
    assert first["customer"] not in {given, second["customer"]}
    assert len({*first["escrow"], *second["escrow"]}) == 4, "keys that nobody gave are nobody's, each time"


def test_it_takes_the_two_escrow_keys_of_the_installation(cast: Cast, monday: datetime, settings: object) -> None:
    keys = ["A" * 42 + "E=", "A" * 42 + "I="]
    settings.OPORA_ESCROW_KEYS = keys  # type: ignore[attr-defined]
    assert json.loads(agreed(cast, monday).text)["keys"]["escrow"] == keys


def test_it_makes_one_when_the_customer_confirms(cast: Cast, monday: datetime) -> None:
    host_of(cast, monday)
    request = asked_again(cast, monday)
    for _round in range(3):
        kernel.deliver_due(at=monday)
    assert Agreement.objects.get(request=request).host_ids == [HostEntry.objects.get().pk]


def test_it_makes_none_of_what_is_not_confirmed_or_not_reachable(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused) as refused:
        actions.prepare(asked_again(cast, monday), by=SYSTEM, at=monday)
    assert refused.value.code == "workroom.no_host"
    host_of(cast, monday)
    with pytest.raises(Refused) as refused:
        actions.prepare(asked(cast, monday), by=SYSTEM, at=monday)
    assert refused.value.code == "workroom.not_confirmed"


def test_it_hands_each_to_the_ledger_once_and_again_after_it_was_away(
    cast: Cast, monday: datetime, remembering: Remembering
) -> None:
    made = agreed(cast, monday)
    remembering.away = True
    assert jobs.hand_to_ledger(monday) == 0
    remembering.away = False
    assert jobs.hand_to_ledger(monday) == 1
    assert jobs.hand_to_ledger(monday) == 0
    assert remembering.agreed == [made.text]


def test_it_tells_the_ledger_when_the_yes_is_taken_back(cast: Cast, monday: datetime, remembering: Remembering) -> None:
    made = agreed(cast, monday)
    jobs.hand_to_ledger(monday)
    consent.withdraw(made.request, by=cast.clara, words="Not today.", at=monday)
    for _round in range(3):
        kernel.deliver_due(at=monday)
    jobs.hand_to_ledger(monday)
    assert remembering.withdrawn == [made.sha256]


def test_the_database_takes_no_agreement_without_a_yes_or_under_another_hash(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    words = {
        "ticket": request.ticket,
        "host_ids": [1],
        "starts_at": monday,
        "ends_at": monday + HOUR,
        "made_at": monday,
    }
    right = hashlib.sha256(b"{}").hexdigest()
    with pytest.raises(DatabaseError, match="not confirmed"), transaction.atomic():
        Agreement.objects.create(request=request, text="{}", sha256=right, **words)
    request = asked_again(cast, monday)
    with pytest.raises(DatabaseError, match="wrong hash"), transaction.atomic():
        Agreement.objects.create(request=request, text="{}", sha256="0" * 64, **words)
    assert Agreement.objects.create(request=request, text="{}", sha256=right, **words).pk


@pytest.mark.parametrize("new", [{"text": "{}"}, {"sha256": "0" * 64}, {"ends_at": LATER}, {"host_ids": []}])
def test_the_database_changes_and_loses_none(cast: Cast, monday: datetime, new: dict[str, object]) -> None:
    made = agreed(cast, monday)
    with pytest.raises(DatabaseError), transaction.atomic():
        Agreement.objects.filter(pk=made.pk).update(**new)
    with pytest.raises(DatabaseError), transaction.atomic():
        Agreement.objects.filter(pk=made.pk).delete()
