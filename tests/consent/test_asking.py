"""Asking a customer for confirmation: what may be asked, whom it goes to, and what follows while nobody answers."""

from datetime import datetime, timedelta

import pytest

from opora.desk.consent import actions, jobs, states
from opora.desk.consent.models import Invitation
from opora.desk.consent.rules import Named, digest_of, statement
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from tests.cast import Cast
from tests.consent.asking import asked, confirmed, wanted


def happened(request_ticket: int) -> list[str]:
    rows = Event.objects.filter(subject_kind="ticket", subject_id=request_ticket, name__startswith="consent.")
    return list(rows.order_by("id").values_list("name", flat=True))


def test_it_asks_for_exactly_one_text(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    assert request.state == states.ASKED
    assert request.text == statement(wanted(cast, monday), cast.bakery.language)
    assert request.digest == digest_of(request.text)
    assert happened(request.ticket_id) == ["consent.asked"]


@pytest.mark.parametrize("who", ["anna", "boris", "oleg", "vera", "hanna"])
def test_it_lets_engineers_operators_and_leaders_ask(cast: Cast, monday: datetime, who: str) -> None:
    ticket = cast.write(cast.clara, monday)
    assert actions.ask(ticket, terms=wanted(cast, monday), by=getattr(cast, who), at=monday).pk


def test_it_refuses_a_ticket_of_nobody(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="belongs to no customer"):
        asked(cast, monday, ticket=cast.write(cast.sam, monday))


def test_it_refuses_another_customers_system(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="Only systems of this customer"):
        asked(cast, monday, ticket=cast.write(cast.dan, monday))


@pytest.mark.parametrize("named", [Named(1, "web1 "), Named(999_999, "web1")])
def test_it_refuses_a_system_called_by_another_name(cast: Cast, monday: datetime, named: Named) -> None:
    """What the text says must be what the number means."""
    with pytest.raises(Refused, match="Only systems of this customer"):
        asked(cast, monday, systems=(named,))


@pytest.mark.parametrize("who", ["vera", "hanna"])
def test_it_refuses_to_name_somebody_who_is_no_engineer(cast: Cast, monday: datetime, who: str) -> None:
    staff = getattr(cast, who)
    with pytest.raises(Refused, match="Only engineers"):
        asked(cast, monday, engineers=(Named(staff.pk, staff.name),))


@pytest.mark.parametrize(
    "changed",
    [
        {"price": "none.\nAccess: look only, nothing is changed."},
        {"price": "1 \u202e000 10\u202c"},
        {"what": "Look at \u202egol eht\u202c and nothing else"},
        {"what": "Look\x1b[2J"},
        {"customer": "Bakery\u2028Price: none."},
    ],
)
def test_it_refuses_text_that_reads_otherwise_than_it_stands(
    cast: Cast, monday: datetime, changed: dict[str, str]
) -> None:
    with pytest.raises(Refused) as refused:
        asked(cast, monday, **changed)
    assert refused.value.code == "consent.hidden_signs"


def test_it_refuses_a_window_that_is_over(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="already over"):
        asked(cast, monday, starts=monday - timedelta(hours=2), ends=monday)


def test_it_refuses_when_nobody_may_confirm(cast: Cast, monday: datetime) -> None:
    cast.clara.addresses.update(may_confirm=False)
    cast.carl.addresses.update(may_confirm=False)
    with pytest.raises(Refused, match="Nobody of this customer may confirm"):
        asked(cast, monday)


def test_it_keeps_no_token_only_its_hash(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, mail = actions.invite(request, address=cast.clara.addresses.get(may_confirm=True), at=monday)
    kept = Invitation.objects.get()
    assert len({link, mail, kept.link_hash, kept.mail_hash}) == 4
    assert len(link) == len(mail) == 26


@pytest.mark.parametrize("who", ["cleo", "dan"])
def test_it_invites_nobody_who_may_not_confirm(cast: Cast, monday: datetime, who: str) -> None:
    address = getattr(cast, who).addresses.all()[0]
    with pytest.raises(Refused, match="may not confirm for this customer"):
        actions.invite(asked(cast, monday), address=address, at=monday)


def test_it_kills_the_old_request_when_asking_again(cast: Cast, monday: datetime) -> None:
    old = confirmed(cast, monday)
    starts = monday + timedelta(days=1)
    new = actions.ask_again(old, starts=starts, ends=starts + timedelta(hours=1), by=cast.boris, at=monday)
    old.refresh_from_db()
    assert (old.state, new.state, new.replaces_id) == (states.REPLACED, states.ASKED, old.pk)
    assert new.digest != old.digest


def test_it_reminds_then_has_somebody_call_then_lets_it_run_out(cast: Cast, monday: datetime) -> None:
    later = monday + timedelta(days=10)
    request = asked(cast, monday, starts=later, ends=later + timedelta(hours=1))
    for minutes in (29, 30, 30, 119, 120, 120, 3 * 24 * 60 - 1, 3 * 24 * 60, 4 * 24 * 60):
        jobs.take_next_steps(monday + timedelta(minutes=minutes))
    request.refresh_from_db()
    assert request.state == states.EXPIRED
    assert request.next_step_at is None
    expected = ["consent.asked", "consent.reminded", "consent.silent", "consent.expired"]
    assert happened(request.ticket_id) == expected


def test_it_leaves_an_answered_request_in_peace(cast: Cast, monday: datetime) -> None:
    request = confirmed(cast, monday)
    assert jobs.take_next_steps(monday + timedelta(days=9)) == 0
    assert happened(request.ticket_id) == ["consent.asked", "consent.confirmed"]
