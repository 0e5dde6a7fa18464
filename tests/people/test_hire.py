"""The first colleague comes from the command line; roles are a closed list."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from opora.desk.kernel.models import Event
from opora.desk.people import actions
from opora.desk.people.models import Account, Staff
from opora.desk.people.policies import MAY, may
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough secret\n"))


def test_it_hires_the_first_administrator(typed: None) -> None:
    call_command("hire", "Root.Admin@provider.example", "--role", "admin", stdout=io.StringIO())
    staff = Staff.objects.get()
    assert (staff.name, staff.roles, staff.account.email) == ("Root Admin", ["admin"], "root.admin@provider.example")
    assert staff.account.check_password("a long enough secret")
    assert "secret" not in str(Event.objects.get(name="people.hired").facts)


def test_it_hires_nobody_twice_and_takes_no_weak_password(typed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("123\n"))
    with pytest.raises(CommandError, match="too short"):
        call_command("hire", "a@provider.example", "--role", "l1")
    assert not Account.objects.exists()
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough secret\n"))
    call_command("hire", "a@provider.example", "--role", "l1", stdout=io.StringIO())
    with pytest.raises(CommandError, match="already"):
        call_command("hire", "A@provider.example", "--role", "l1")


def test_it_lets_a_colleague_go_and_trusts_them_with_nothing(cast: Cast, monday: object) -> None:
    assert may(cast.anna, "tickets:reply")
    actions.let_go(cast.anna, by=cast.hanna.actor, at=monday, why="moved on")  # type: ignore[arg-type]
    cast.anna.refresh_from_db()
    assert not any(may(cast.anna, act) for act in MAY)
    assert not Account.objects.get(pk=cast.anna.account_id).is_active


def test_it_knows_no_other_roles_than_those_written_down(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.objects.filter(pk=cast.anna.pk).update(roles=["wizard"])
    with pytest.raises(KeyError):
        may(cast.anna, "tickets:destroy")
