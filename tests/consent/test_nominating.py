"""Who may confirm is itself confirmed by the customer's owner."""

from datetime import datetime

import pytest

from opora.desk.consent import actions
from opora.desk.consent.policies import nomination_door
from opora.desk.consent.queries import open_nominations
from opora.desk.kernel.errors import Clash, NotHere, Refused
from tests.cast import Cast


def test_it_lets_an_address_confirm_once_the_owner_says_so(cast: Cast, monday: datetime) -> None:
    address = cast.cleo.addresses.all()[0]
    nomination = actions.nominate(address, by=cast.anna, why="Clara is on holiday in May.", at=monday)
    address.refresh_from_db()
    assert address.may_confirm is False
    assert list(open_nominations(cast.clara)) == [nomination]
    actions.decide_nomination(nomination_door(cast.clara, nomination.pk), by=cast.clara, accepted=True, at=monday)
    address.refresh_from_db()
    assert address.may_confirm is True


def test_it_leaves_it_when_the_owner_says_no(cast: Cast, monday: datetime) -> None:
    address = cast.cleo.addresses.all()[0]
    nomination = actions.nominate(address, by=cast.anna, why="She asked.", at=monday)
    actions.decide_nomination(nomination, by=cast.clara, accepted=False, at=monday)
    address.refresh_from_db()
    assert address.may_confirm is False
    with pytest.raises(Clash):
        actions.decide_nomination(nomination, by=cast.clara, accepted=True, at=monday)


@pytest.mark.parametrize("who", ["carl", "cleo", "dan"])
def test_it_lets_nobody_else_decide(cast: Cast, monday: datetime, who: str) -> None:
    nomination = actions.nominate(cast.cleo.addresses.all()[0], by=cast.anna, why="She asked.", at=monday)
    with pytest.raises(NotHere):
        nomination_door(getattr(cast, who), nomination.pk)
    with pytest.raises(Refused, match="Only an owner"):
        actions.decide_nomination(nomination, by=getattr(cast, who), accepted=True, at=monday)


def test_it_nominates_once_and_with_a_reason(cast: Cast, monday: datetime) -> None:
    address = cast.cleo.addresses.all()[0]
    with pytest.raises(Refused, match="Say why"):
        actions.nominate(address, by=cast.anna, why=" ", at=monday)
    one = actions.nominate(address, by=cast.anna, why="She asked.", at=monday)
    assert actions.nominate(address, by=cast.boris, why="She asked again.", at=monday) == one
    with pytest.raises(Refused, match="confirm already"):
        actions.nominate(cast.clara.addresses.get(may_confirm=True), by=cast.anna, why="x", at=monday)
    with pytest.raises(Refused, match="no customer"):
        actions.nominate(cast.sam.addresses.all()[0], by=cast.anna, why="x", at=monday)
