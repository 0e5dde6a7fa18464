"""The form of a new ticket: what a priority means is said in the words of the chosen service."""

import pytest

from opora.desk.catalogue.actions import define_priority
from opora.desk.catalogue.vendors import add_vendor
from opora.desk.kernel.actors import SYSTEM
from opora.desk.tickets.actions import NewFile
from opora.desk.vendors.models import VendorCase

pytestmark = pytest.mark.django_db


def test_it_says_what_a_priority_means_for_the_chosen_service(cast, browser, monday):
    words = {"meaning": "Mail waits longer than an hour.", "example": "For example: a queue that grows."}
    define_priority(cast.hosting, priority="medium", by=SYSTEM, at=monday, **words)
    anna = browser(cast.anna)
    assert 'hx-get="/desk/new/priorities"' in anna.get("/desk/new").content.decode()
    said = anna.get("/desk/new/priorities", {"service": cast.hosting.pk, "priority": "medium"}).content.decode()
    assert "Mail waits longer than an hour." in said and "backups fail" not in said
    assert 'value="medium" checked' in said
    general = anna.get("/desk/new/priorities", {"service": "no number"}).content.decode()
    assert "backups fail" in general and 'value="low" checked' in general


def test_it_keeps_the_services_words_when_something_is_missing(cast, browser, monday):
    define_priority(cast.hosting, priority="high", meaning="No page opens.", by=SYSTEM, at=monday)
    answer = browser(cast.anna).post("/desk/new", {"service": cast.hosting.pk, "priority": "high"})
    assert answer.status_code == 422
    assert "No page opens." in answer.content.decode()


def test_it_offers_the_tickets_files_to_the_vendor(cast, browser, monday):
    vendor = add_vendor(name="Disk Works", emails=["support@disks.example"], by=SYSTEM, at=monday)
    ticket = cast.write(cast.clara, monday, files=[NewFile("controller.log", "text/plain", b"reset")])
    oleg, place = browser(cast.oleg), f"/desk/vendor-cases/new?ticket={ticket.pk}"
    page = oleg.get(place).content.decode()
    mark = f"m{ticket.messages.get().files.get().pk}"
    assert "controller.log" in page and f'value="{mark}"' in page
    oleg.post(place, {"vendor": vendor.pk, "subject": "Disks", "text": "See the log", "enclose": [mark, "m999999"]})
    case = VendorCase.objects.get()
    assert [file.name for file in case.words.get().files.all()] == ["controller.log"]
    assert "controller.log" in oleg.get(f"/desk/vendor-cases/{case.pk}/").content.decode()
