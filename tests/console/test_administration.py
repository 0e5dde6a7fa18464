"""Administration does what its actions do, for those who may, and tells everybody else so."""

import html
import re

import pytest

from opora.desk.customers.actions import revise_contract
from opora.desk.customers.models import Address, Contact, ContractVersion, Organisation, System
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.models import Event
from opora.desk.people.models import Membership, Staff
from opora.desk.web.signin.models import Session
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


def tell(browser, place, deed, **said):
    return browser.post(place, {"deed": deed, **{f"{deed}-{name}": value for name, value in said.items()}})


def test_it_hires_a_colleague_and_shows_the_first_password_once(cast, browser, client):
    said = {"name": "Nina Ray", "email": "Nina@provider.example", "roles": ["l1"], "languages": ["ru"], "zone": "UTC"}
    page = tell(browser(cast.hanna), "/desk/people/", "hire", **said).content.decode()
    secret = page.split("nina@provider.example   ")[1].split("<")[0]
    nina = Staff.objects.get(name="Nina Ray")
    assert (nina.roles, nina.account.check_password(secret)) == (["l1"], True)
    assert secret not in browser(cast.hanna).get("/desk/people/").content.decode()
    assert secret not in str(Event.objects.values())


def test_it_says_that_an_address_is_taken_and_loses_nothing(cast, browser):
    said = {"name": "Anna Two", "email": "anna@provider.example", "roles": ["l1"], "languages": ["ru"], "zone": "UTC"}
    answer = tell(browser(cast.hanna), "/desk/people/", "hire", **said)
    assert answer.status_code == 422
    assert "taken already" in answer.content.decode() and "Anna Two" in answer.content.decode()


@pytest.mark.parametrize("deed", ["roles", "join", "unlock", "password", "factors", "go"])
def test_it_lets_nobody_else_administer_colleagues(cast, browser, deed):
    for person in (cast.anna, cast.boris, cast.vera):
        assert tell(browser(person), f"/desk/people/{cast.oleg.pk}/", deed, why="x").status_code == 403
    cast.oleg.refresh_from_db()
    assert (cast.oleg.roles, cast.oleg.active) == (["l3"], True)


def test_it_changes_roles_and_teams_with_a_reason(cast, browser):
    hanna, place = browser(cast.hanna), f"/desk/people/{cast.anna.pk}/"
    assert tell(hanna, place, "roles", roles=["l1", "l2"]).status_code == 422
    assert tell(hanna, place, "roles", roles=["l1", "l2"], why="She learnt a lot").status_code == 302
    tell(hanna, place, "join", team=cast.second.pk, lead="on")
    tell(hanna, place, "leave", team=cast.first.pk)
    cast.anna.refresh_from_db()
    assert cast.anna.roles == ["l1", "l2"]
    assert [(one.team, one.lead) for one in Membership.objects.filter(staff=cast.anna)] == [(cast.second, True)]
    assert Event.objects.filter(name="people.roles_changed", why="She learnt a lot").exists()


def test_it_gives_a_new_password_and_ends_the_sessions(cast, browser, client):
    anna = browser(cast.anna)
    page = tell(browser(cast.hanna), f"/desk/people/{cast.anna.pk}/", "password", why="Forgotten").content.decode()
    assert '<div class="notice good"' in page
    cast.anna.account.refresh_from_db()
    assert not cast.anna.account.check_password(PASSWORD)
    assert anna.get("/desk/").status_code == 302
    assert not Session.objects.filter(account=cast.anna.account).exists()


def test_it_lets_a_colleague_go_and_takes_back(cast, browser):
    hanna, place = browser(cast.hanna), f"/desk/people/{cast.anna.pk}/"
    anna = browser(cast.anna)
    tell(hanna, place, "go", why="Moved")
    assert anna.get("/desk/", follow=False).headers["Location"].startswith("/desk/sign-in/")
    assert tell(hanna, place, "unlock").status_code == 200
    tell(hanna, place, "back", why="Returned")
    cast.anna.refresh_from_db()
    assert cast.anna.active


def test_it_signs_up_a_customer_with_people_a_contract_and_a_system(cast, browser):
    hanna = browser(cast.hanna)
    answer = tell(hanna, "/desk/customers/", "customer", name="Mill", language="en", zone="UTC", domains="mill.example")
    mill = Organisation.objects.get(name="Mill")
    place = f"/desk/customers/{mill.pk}/"
    assert answer.headers["Location"] == place
    tell(hanna, place, "contact", name="Mia", email="Mia@mill.example", roles=["owner"], phone="+74951234567")
    mia = Contact.objects.get(name="Mia")
    tell(hanna, place, "address", contact=mia.pk, email="mia2@mill.example")
    address = Address.objects.get(email="mia2@mill.example")
    assert not address.may_confirm
    tell(hanna, place, "allow", address=address.pk, why="Their letter of today")
    terms = {"calendar": cast.office.calendar_id, "low": "8h", "medium": "4h", "high": "1h", "warn_share": 75}
    tell(hanna, place, "contract", number="M-1", plan="premium", **terms)
    tell(hanna, place, "terms", contract=mill.contracts.get().pk, why="Prices", **terms | {"high": "30m"})
    tell(hanna, place, "system", name="mill1", service=cast.hosting.pk, addresses="mill1.example, 10.0.0.1")
    versions = ContractVersion.objects.filter(contract__organisation=mill).order_by("number")
    assert [one.targets["first_reply"]["high"] for one in versions] == [3600, 1800]
    assert System.objects.get(organisation=mill).addresses == ["mill1.example", "10.0.0.1"]
    address.refresh_from_db()
    assert address.may_confirm
    tell(hanna, place, "withdraw", address=address.pk, why="Lost phone")
    tell(hanna, place, "retire", contact=mia.pk, why="Left the mill")
    address.refresh_from_db()
    mia.refresh_from_db()
    assert (address.may_confirm, mia.active) == (False, False)
    assert "Mia" in hanna.get(place).content.decode()


def test_it_says_what_is_wrong_with_targets(cast, browser):
    terms = {"calendar": cast.office.calendar_id, "low": "1h", "medium": "4h", "high": "soon", "warn_share": 75}
    answer = tell(
        browser(cast.hanna), f"/desk/customers/{cast.bakery.pk}/", "contract", number="B-2", plan="standard", **terms
    )
    assert answer.status_code == 422
    assert "soon" in answer.content.decode()
    assert cast.bakery.contracts.count() == 1


def test_it_never_takes_a_person_of_another_customer(cast, browser):
    place = f"/desk/customers/{cast.bakery.pk}/"
    answer = tell(browser(cast.hanna), place, "retire", contact=cast.dan.pk, why="mischief")
    assert answer.status_code == 422
    cast.dan.refresh_from_db()
    assert cast.dan.active


def test_it_shows_customers_to_engineers_but_leaves_them_as_they_are(cast, browser):
    anna, place = browser(cast.anna), f"/desk/customers/{cast.bakery.pk}/"
    page = anna.get(place).content.decode()
    assert "clara@bakery.example" in page and 'name="deed"' not in page
    assert tell(anna, place, "system", name="x", service=cast.hosting.pk).status_code == 403
    assert "Northwind Bakery" in anna.get("/desk/customers/?q=north").content.decode()
    assert "No customer of this name" in anna.get("/desk/customers/?q=nobody").content.decode()


def test_it_makes_and_revises_a_calendar(cast, browser):
    hanna = browser(cast.hanna)
    week = '{"zone": "UTC", "week": {"mon": ["%s"]}}'
    made = tell(hanna, "/desk/calendars/", "make", name="Monday", slug="monday", terms=week % "09:00-17:00")
    assert made.headers["Location"] == "/desk/calendars/monday/"
    bad = tell(hanna, "/desk/calendars/monday/", "revise", terms=week % "17:00-09:00", why="later")
    assert bad.status_code == 422
    tell(hanna, "/desk/calendars/monday/", "revise", terms=week % "10:00-18:00", why="later")
    page = hanna.get("/desk/calendars/monday/").content.decode()
    assert "10:00-18:00" in page and "version 2" in page
    assert hanna.get("/desk/calendars/none/").status_code == 404


def test_it_adds_to_the_catalogue_and_retires_from_it(cast, browser):
    hanna = browser(cast.hanna)
    tell(hanna, "/desk/catalogue/", "group", name="Backup", slug="backup")
    from opora.desk.catalogue.models import Service, ServiceGroup

    group = ServiceGroup.objects.get(slug="backup")
    tell(hanna, "/desk/catalogue/", "service", group=group.pk, name="Copies", slug="copies", line=cast.first.pk)
    service = Service.objects.get(slug="copies")
    assert "Copies" in hanna.get("/desk/catalogue/").content.decode()
    tell(hanna, "/desk/catalogue/", "retire", service=service.pk, why="Sold no more")
    service.refresh_from_db()
    assert not service.active


def test_it_pages_through_customers_and_shows_each_once_even_those_of_one_name(cast, browser, monkeypatch):
    monkeypatch.setattr("opora.desk.web.console.administration.customers.PAGE", 2)
    twins = [Organisation.objects.create(name="Mill") for _each in range(3)]
    hanna, place, seen = browser(cast.hanna), "/desk/customers/", []
    while place:
        page = hanna.get(place).content.decode()
        seen += re.findall(r'/desk/customers/(\d+)/"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        place = f"/desk/customers/{html.unescape(more[1])}" if more else ""
    assert sorted(map(int, seen)) == sorted([cast.bakery.pk, cast.driftwood.pk, *(one.pk for one in twins)])


def test_it_unlocks_a_customers_sign_in(cast, browser, client):
    for _each in range(6):
        client.post("/sign-in/password/", {"email": "clara@bakery.example", "password": "guess"})
    right = {"email": "clara@bakery.example", "password": PASSWORD}
    assert client.post("/sign-in/password/", right).status_code == 422
    answer = tell(browser(cast.hanna), f"/desk/customers/{cast.bakery.pk}/", "unlock", contact=cast.clara.pk)
    assert answer.status_code == 302
    assert client.post("/sign-in/password/", right).status_code == 302


def test_it_lets_what_is_left_empty_in_new_terms_stay_as_it_is(cast, browser, monday):
    whole = {
        "first_reply": {"low": 28_800, "medium": 14_400, "high": 3_600},
        "next_update": {"medium": 14_400, "high": 3_600},
        "resolution": {"high": 28_800},
        "root_cause": {"high": 259_200},
    }
    given = {"pauses": {"resolution": ["waiting_on_vendor"]}, "inner": {"line": {"l1": {"high": 1_800}}}}
    contract, terms = cast.terms.contract, {"calendar_version": cast.office, "by": SYSTEM, "at": monday}
    revise_contract(contract, targets=whole, valid_from=monday, warn_before=1_200, why="x", **terms, **given)
    place, hanna = f"/desk/customers/{cast.bakery.pk}/", browser(cast.hanna)
    assert 'placeholder="4h"' in hanna.get(place).content.decode()
    written = {"high": "30m", "next_update_medium": "—", "resolution_medium": "2d"}
    assert tell(hanna, place, "terms", contract=contract.pk, why="Quicker", **written).status_code == 302
    last = contract.versions.latest("number")
    assert last.targets == {
        "first_reply": {"low": 28_800, "medium": 14_400, "high": 1_800},
        "next_update": {"high": 3_600},
        "resolution": {"high": 28_800, "medium": 172_800},
        "root_cause": {"high": 259_200},
    }
    assert (last.pauses, last.inner, last.warn_before) == (given["pauses"], given["inner"], 1_200)
    assert (last.calendar_version, last.credit) == (cast.office, cast.terms.credit)
    never = {"holds": ["never"], "inner": "{}", "warn_share": "60"}
    assert tell(hanna, place, "terms", contract=contract.pk, why="Plainer", **never).status_code == 302
    last = contract.versions.latest("number")
    assert (last.pauses, last.inner, last.warn_share, last.warn_before) == ({}, {}, 60, None)
