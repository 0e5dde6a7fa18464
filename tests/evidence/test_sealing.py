"""What was typed opens for the customer, or for both escrow holders together, and for nobody else."""

import json

import pytest

from opora.evidence.sealing import InputSeal, Sealed, opened_by_customer, opened_by_escrow
from tests.evidence.recording import CLARA, HOLDERS, SESSION, public

TYPED = b"correct horse battery staple\r"


@pytest.fixture
def seal() -> InputSeal:
    return InputSeal(SESSION)


@pytest.fixture
def keys(seal: InputSeal) -> dict[str, object]:
    told = json.loads(seal.wrapped_for(public(CLARA), (public(HOLDERS[0]), public(HOLDERS[1]))))
    assert isinstance(told, dict)
    return told


def test_it_opens_for_the_customer(seal: InputSeal, keys: dict[str, object]) -> None:
    assert opened_by_customer(keys, CLARA).unseal(4, seal.seal(4, TYPED)) == TYPED


def test_it_opens_for_both_holders_together(seal: InputSeal, keys: dict[str, object]) -> None:
    assert opened_by_escrow(keys, *HOLDERS).unseal(4, seal.seal(4, TYPED)) == TYPED


def test_it_stays_shut_for_one_holder_alone(keys: dict[str, object]) -> None:
    with pytest.raises(Sealed):
        opened_by_escrow(keys, HOLDERS[0], HOLDERS[0])


def test_it_stays_shut_for_a_stranger(keys: dict[str, object]) -> None:
    with pytest.raises(Sealed):
        opened_by_customer(keys, HOLDERS[0])


def test_it_stays_shut_in_another_place_or_session(seal: InputSeal) -> None:
    payload = seal.seal(4, TYPED)
    assert TYPED not in payload
    with pytest.raises(Sealed):
        seal.unseal(5, payload)
    with pytest.raises(Sealed):
        InputSeal(bytes(16)).unseal(4, payload)
