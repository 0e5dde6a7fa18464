"""Who may confirm, and who is an owner, is the customer's word: colleagues only lay down the first of each."""

from datetime import datetime

import pytest

from opora.desk.customers import actions
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import Refused
from tests.cast import Cast


def test_it_lets_a_colleague_lay_down_the_first_address_of_a_contract(cast: Cast, monday: datetime) -> None:
    fresh = actions.sign_up(name="Fresh", by=SYSTEM, at=monday)
    contact = actions.add_contact(
        organisation=fresh,
        name="Fay",
        emails=["fay@fresh.example"],
        roles=["owner"],
        may_confirm=True,
        by=cast.hanna.actor,
        at=monday,
    )
    assert contact.addresses.get().may_confirm is True


def test_it_leaves_every_later_address_to_the_owner(cast: Cast, monday: datetime) -> None:
    address = cast.cleo.addresses.get()
    with pytest.raises(Refused, match="decided by the customer's owner"):
        actions.allow_confirming(address, by=cast.hanna.actor, at=monday, why="She asked.")
    with pytest.raises(Refused, match="decided by the customer's owner"):
        actions.add_contact(
            organisation=cast.bakery,
            name="X",
            emails=["x@bakery.example"],
            may_confirm=True,
            by=cast.hanna.actor,
            at=monday,
        )
    actions.allow_confirming(address, by=cast.clara.actor, at=monday, why="She asked.")
    address.refresh_from_db()
    assert address.may_confirm is True


def test_it_leaves_owners_to_the_owner(cast: Cast, monday: datetime) -> None:
    """Or else a colleague could name an owner of its own, who would then say who may confirm."""
    with pytest.raises(Refused, match="named by an owner"):
        actions.change_contact_roles(cast.cleo, roles=["owner"], by=cast.hanna.actor, at=monday)
    with pytest.raises(Refused, match="named by an owner"):
        actions.add_contact(
            organisation=cast.bakery,
            name="X",
            emails=["x@bakery.example"],
            roles=["owner"],
            by=cast.hanna.actor,
            at=monday,
        )
    actions.change_contact_roles(cast.cleo, roles=["owner"], by=cast.clara.actor, at=monday)
    assert cast.cleo.holds("owner")


def test_it_lets_a_new_owner_be_named_when_the_last_one_has_left(cast: Cast, monday: datetime) -> None:
    actions.retire_contact(cast.clara, by=cast.hanna.actor, at=monday, why="She left.")
    actions.change_contact_roles(cast.cleo, roles=["owner"], by=cast.hanna.actor, at=monday)
    assert cast.cleo.holds("owner")
