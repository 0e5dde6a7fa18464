"""The report of causes, licences and vendors over HTTP."""

from datetime import timedelta

import pytest

from opora.desk.catalogue.models import Vendor
from opora.desk.customers.models import Licence
from opora.desk.kernel import clock
from opora.desk.tickets import actions
from opora.desk.tickets.actions import Cause
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_shows_and_hands_out_the_report(cast: Cast, browser):
    at = clock.now() - timedelta(hours=5)
    outage = cast.write(cast.clara, at, priority="high", subject="=1+1")
    found = Cause("infrastructure", "A switch failed.", "=cmd")
    actions.resolve(outage, by=cast.boris, at=at + timedelta(hours=2), found=found)
    hanna = browser(cast.hanna)
    page = hanna.get("/desk/causes/").content.decode()
    assert "A switch failed." in page
    table = hanna.get("/desk/causes/?as=csv").content.decode()
    assert f"T-{outage.pk},Northwind Bakery" in table
    assert "'=cmd" in table
    assert outage.mark not in hanna.get("/desk/causes/?from=2020-01-01&to=2020-02-01").content.decode()


def test_it_notes_a_licence_by_an_engineer_at_night(cast: Cast, browser):
    place = f"/desk/customers/{cast.bakery.pk}/licences/"
    form = {
        "deed": "licence",
        "licence-system": cast.web1.pk,
        "licence-product": "SQL Server",
        "licence-number": "",
        "licence-valid_until": "2026-11-01",
    }
    assert browser(cast.anna).post(place, form).status_code == 302
    assert Licence.objects.get().product == "SQL Server"
    assert browser(cast.vera).post(place, form | {"licence-product": "Other"}).status_code == 403
    assert "SQL Server" in browser(cast.anna).get(place).content.decode()


def test_it_writes_down_a_vendor_and_what_it_owes(cast: Cast, browser):
    oleg = browser(cast.oleg)
    form = {"deed": "vendor", "vendor-name": "Disk Works", "vendor-emails": "Support@Disks.example, noc@disks.example"}
    assert oleg.post("/desk/vendors/", form | {"vendor-language": "en"}).status_code == 302
    vendor = Vendor.objects.get()
    assert vendor.emails == ["support@disks.example", "noc@disks.example"]
    terms = {
        "deed": "terms",
        "terms-contract": "UC-7",
        "terms-calendar": cast.office.calendar_id,
        "terms-low": "2d",
        "terms-medium": "8h",
        "terms-high": "2h",
        "terms-chase_every": "4h",
        "terms-chase_most": "5",
    }
    assert oleg.post(f"/desk/vendors/{vendor.pk}/", terms).status_code == 302
    assert "UC-7" in oleg.get(f"/desk/vendors/{vendor.pk}/").content.decode()
    wrong = oleg.post(f"/desk/vendors/{vendor.pk}/", terms | {"terms-low": "soon"})
    assert wrong.status_code == 422
    assert browser(cast.anna).post("/desk/vendors/", form).status_code == 403


def test_it_agrees_on_what_is_owed_back(cast: Cast, browser):
    form = {
        "deed": "credit",
        "credit-contract": cast.terms.contract_id,
        "credit-fee": "5000.00",
        "credit-currency": "RUB",
        "credit-missed": "5",
        "credit-outage_hour": "2",
        "credit-cap": "50",
        "credit-excused": ["customer_change"],
        "credit-why": "Agreed.",
    }
    assert browser(cast.hanna).post(f"/desk/customers/{cast.bakery.pk}/", form).status_code == 302
    newest = cast.terms.contract.versions.order_by("number").last()
    assert newest.credit["fee"] == 500_000
    assert newest.targets == cast.terms.targets
