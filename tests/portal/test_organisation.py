"""The owner's pages: the contract in plain words, and naming people without touching anybody else's."""

from collections.abc import Callable

import pytest
from django.test import Client

from opora.desk.customers.models import Address, Contact
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.web.portal import actions
from tests.cast import BEGINNING, Cast

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., Client]


@pytest.fixture
def clara(signed_in: SignedIn, cast: Cast) -> Client:
    return signed_in(cast.clara)


def test_it_says_the_contract_in_plain_words(clara: Client) -> None:
    said = clara.get("/organisation").content.decode()
    for words in (
        "Contract B-1, plan “Premium”",
        "8 h of working time",
        "Mon–Fri: 09:00–13:00, 14:00–18:00",
        "Sat–Sun",
    ):
        assert words in said
    assert "clara@bakery.example" in said and "may confirm work" in said and "web1.bakery.example" in said
    assert "dan@driftwood.example" not in said


def test_it_lets_the_owner_name_a_colleague_who_may_confirm_nothing_yet(clara: Client, cast: Cast) -> None:
    form = {"name": "Nils Holm", "email": "Nils@Bakery.example", "roles": ["technical"]}
    assert clara.post("/organisation/people", form).status_code == 302
    address = Address.objects.get(email="nils@bakery.example")
    assert (address.contact.organisation, address.contact.roles) == (cast.bakery, ["technical"])
    assert not address.may_confirm
    assert Event.objects.get(name="customers.contact_added", subject_id=address.contact_id).actor_name == "Clara Berg"


@pytest.mark.parametrize("email", ["dan@driftwood.example", "carl@bakery.example", "sam@stranger.example"])
def test_it_takes_nobodys_address_away(clara: Client, cast: Cast, email: str) -> None:
    before = Address.objects.get(email=email).contact
    answer = clara.post("/organisation/people", {"name": "Somebody", "email": email})
    assert answer.status_code == 422
    assert "cannot be added here" in answer.content.decode() and "Somebody" in answer.content.decode()
    assert Address.objects.get(email=email).contact == before
    assert not Contact.objects.filter(name="Somebody").exists()


def test_it_says_what_is_missing(clara: Client) -> None:
    answer = clara.post("/organisation/people", {"name": "", "email": "no address", "roles": ["king"]})
    assert answer.status_code == 422
    assert 'value="no address"' in answer.content.decode()


def test_it_changes_a_colleagues_roles(clara: Client, cast: Cast) -> None:
    assert (
        clara.post(f"/organisation/people/{cast.cleo.pk}/roles", {"roles": ["billing", "technical"]}).status_code == 302
    )
    cast.cleo.refresh_from_db()
    assert cast.cleo.roles == ["billing", "technical"]


def test_it_keeps_an_owner_an_owner(clara: Client, cast: Cast) -> None:
    assert clara.post(f"/organisation/people/{cast.clara.pk}/roles", {"roles": []}).status_code == 404
    with pytest.raises(Refused):
        actions.give_roles(cast.clara, by=cast.clara, roles=[], at=BEGINNING)
    cast.clara.refresh_from_db()
    assert cast.clara.roles == ["owner"]


@pytest.mark.parametrize("person", ["carl", "cleo", "dan"])
def test_it_lets_nobody_else_name_or_change_people(signed_in: SignedIn, cast: Cast, person: str) -> None:
    client = signed_in(getattr(cast, person))
    before = Contact.objects.count()
    roles = client.post(f"/organisation/people/{cast.cleo.pk}/roles", {"roles": ["owner"]})
    assert roles.status_code == 404
    if person != "dan":
        added = client.post("/organisation/people", {"name": "X", "email": "x@bakery.example"})
        assert added.status_code == 404
        assert Contact.objects.count() == before
    cast.cleo.refresh_from_db()
    assert cast.cleo.roles == ["billing"]


def test_it_refuses_below_the_pages_too(cast: Cast) -> None:
    with pytest.raises(Refused, match="Only an owner"):
        actions.name_colleague(by=cast.carl, name="X", email="x@bakery.example", roles=[], at=BEGINNING)
    with pytest.raises(Refused):
        actions.give_roles(cast.dan, by=cast.clara, roles=["owner"], at=BEGINNING)
