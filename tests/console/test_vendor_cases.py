"""Cases at vendors over HTTP."""

from datetime import timedelta

import pytest

from opora.desk.catalogue.vendors import add_vendor
from opora.desk.kernel import clock
from opora.desk.vendors.models import VendorCase
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_runs_a_case_from_asking_to_settling(cast: Cast, browser):
    at = clock.now() - timedelta(hours=1)
    vendor = add_vendor(name="Disk Works", emails=["support@disks.example"], by=cast.oleg.actor, at=at)
    ticket = cast.write(cast.clara, at, priority="high")
    oleg = browser(cast.oleg)
    place = f"/desk/vendor-cases/new?ticket={ticket.pk}"
    assert ticket.subject in oleg.get(place).content.decode()
    assert oleg.post(place, {"vendor": vendor.pk, "subject": "Resets", "text": " "}).status_code == 422
    assert oleg.post(place, {"vendor": vendor.pk, "subject": "Resets", "text": "It resets."}).status_code == 302
    case = VendorCase.objects.get()
    page = f"/desk/vendor-cases/{case.pk}/"
    oleg.post(page + "number", {"number": "DW-5512"})
    oleg.post(page + "hear", {"text": "Update the firmware."})
    shown = oleg.get(page).content.decode()
    assert "DW-5512" in shown
    assert "Update the firmware." in shown
    assert "Disk Works: Resets" in oleg.get("/desk/vendor-cases/").content.decode()
    talk = oleg.get(f"/desk/tickets/{ticket.pk}").content.decode()
    assert "Disk Works answered" in talk
    assert page in talk
    oleg.post(page + "settle")
    case.refresh_from_db()
    assert case.state == "closed"
    assert browser(cast.clara).get(f"/requests/{ticket.pk}").content.decode().count("firmware") == 0


def test_it_tells_the_first_line_whose_it_is(cast: Cast, browser):
    ticket = cast.write(cast.clara, clock.now(), priority="high")
    said = browser(cast.anna).get(f"/desk/vendor-cases/new?ticket={ticket.pk}").content.decode()
    assert "the architects’" in said
