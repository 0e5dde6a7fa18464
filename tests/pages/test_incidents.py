"""Incidents, objections, causes, vendors and the public status in a real browser: light and dark, desktop and phone."""

from datetime import timedelta

import pytest

from opora.desk.catalogue import vendors
from opora.desk.incidents import actions as incidents
from opora.desk.incidents.models import RootCauseLetter
from opora.desk.kernel import clock
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Objection
from opora.desk.vendors import actions as cases
from tests.cast import Cast
from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("phone", "dark", "ru")]
DOWN = {"subject": "The control panel is gone", "text": "Panel shows error 502 bad gateway for everybody"}
TOLD = {"text": "A switch broke; we replace it.", "text_ru": "Сломался коммутатор, меняем."}


@pytest.fixture
def signed_in(transactional_db, cast, client):
    """The cookies of a browser in which the person is at home."""

    def enter(person, *, theme="light", language="en"):
        account = person.account
        account.theme, account.language = theme, language
        account.save(update_fields=["theme", "language"])
        client.force_login(account)
        return {name: morsel.value for name, morsel in client.cookies.items()}

    return enter


def trouble(cast: Cast) -> dict[str, int]:
    """One of everything; the numbers by which the pages are found."""
    at = clock.now() - timedelta(hours=2)
    hit = [cast.write(person, at, **DOWN) for person in (cast.clara, cast.carl, cast.dan)]
    incident = incidents.declare(
        title="Control panel down", title_ru="Не работает панель", tickets=hit[:2], by=cast.boris, at=at
    )
    incidents.tell_all(incident, stage="identified", by=cast.boris, at=at, **TOLD)
    lowered = cast.write(cast.clara, at, priority="high", subject="Nobody can order")
    tickets.change_priority(lowered, to="medium", by=cast.anna, at=at, why="Only the basket fails.")
    objected = cast.write(cast.clara, at, priority="high", subject="No mail at all")
    tickets.change_priority(objected, to="low", by=cast.anna, at=at, why="One mailbox only.")
    tickets.object_to_priority(objected, by=cast.clara, at=at, words="It is the mailbox of our orders.")
    outage = cast.write(cast.clara, at, priority="high", subject="Freezes")
    vendor = vendors.add_vendor(name="Disk Works", emails=["support@disks.example"], by=cast.oleg.actor, at=at)
    case = cases.ask_vendor(outage, vendor=vendor, text="It resets every ten minutes.", by=cast.oleg, at=at)
    cases.vendor_answered(case, text="Update the firmware.", by=cast.oleg.actor, at=at)
    ended = cast.write(cast.clara, at, priority="high", subject="All was gone")
    found = tickets.Cause("infrastructure", "A switch failed.", "Port errors.")
    tickets.resolve(ended, by=cast.anna, at=at + timedelta(hours=1), found=found)
    while deliver_due(at=clock.now(), limit=200):
        pass
    return {
        "incident": incident.pk,
        "lowered": lowered.pk,
        "case": case.pk,
        "vendor": vendor.pk,
        "outage": outage.pk,
        "letter": RootCauseLetter.objects.get(ticket=ended).pk,
    }


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_has_no_violation_on_any_page(cast, signed_in, open_page, size, theme, language):
    made = trouble(cast)
    cookies = signed_in(cast.hanna, theme=theme, language=language)
    places = {
        "incidents": "/desk/incidents/",
        "incident": f"/desk/incidents/{made['incident']}/",
        "works": "/desk/works/",
        "objections": "/desk/objections/",
        "causes": "/desk/causes/",
        "letters": "/desk/root-causes/",
        "letter": f"/desk/root-causes/{made['letter']}/",
        "cases": "/desk/vendor-cases/",
        "case": f"/desk/vendor-cases/{made['case']}/",
        "ask": f"/desk/vendor-cases/new?ticket={made['outage']}",
        "vendor": f"/desk/vendors/{made['vendor']}/",
        "licences": f"/desk/customers/{cast.bakery.pk}/licences/",
        "status": "/status/",
    }
    page = open_page("/desk/incidents/", size=size, theme=theme, language=language, cookies=cookies)
    for name, place in places.items():
        page.goto(page.url.split("/desk/")[0] + place)
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"
        keep_picture(page, f"incidents-{name}-{size}-{theme}")


def test_it_objects_by_keyboard_alone(cast, signed_in, open_page):
    made = trouble(cast)
    page = open_page(f"/requests/{made['lowered']}", cookies=signed_in(cast.clara))
    assert violations(page) == []
    page.locator("#object button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#object .notice")
    keep_picture(page, "incidents-objection-desktop-light")
    assert Objection.objects.filter(ticket=made["lowered"], state="raised").count() == 1
