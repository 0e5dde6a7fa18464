"""The lead's page of objections, and the customer's one click, over HTTP."""

from datetime import timedelta

import pytest

from opora.desk.kernel import clock
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets import actions
from opora.desk.tickets.models import Objection
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def lowered(cast: Cast):
    at = clock.now() - timedelta(minutes=20)
    ticket = cast.write(cast.clara, at, priority="high")
    actions.change_priority(ticket, to="medium", by=cast.anna, at=at, why="One node of three is down.")
    return ticket


def test_it_takes_one_click_and_comes_back_with_reasons(cast, lowered, browser):
    clara, boris = browser(cast.clara), browser(cast.boris)
    page = clara.get(f"/requests/{lowered.pk}").content.decode()
    assert "One node of three is down." in page
    assert "Before: High" in page
    assert "Now: Medium" in page
    assert clara.post(f"/requests/{lowered.pk}/object").status_code == 302
    page = clara.get(f"/requests/{lowered.pk}").content.decode()
    assert "is with our shift lead" in page
    assert "We promise an answer to your objection within 4 h" in page
    objection = Objection.objects.get()
    shown = boris.get("/desk/objections/").content.decode()
    assert lowered.mark in shown
    empty = boris.post(f"/desk/objections/{objection.pk}/decide", {"verb": "uphold", "reasons": " "})
    assert empty.status_code == 422
    boris.post(f"/desk/objections/{objection.pk}/decide", {"verb": "return", "reasons": "You are right, it is gone."})
    page = clara.get(f"/requests/{lowered.pk}").content.decode()
    assert "You are right, it is gone." in page
    assert "gave the priority back" in page
    assert page.count("You are right, it is gone.") == 1


def test_it_tells_the_second_lead_that_somebody_was_quicker(cast, lowered, browser):
    objection = actions.object_to_priority(lowered, by=cast.clara, at=clock.now())
    actions.uphold_change(objection, by=cast.boris, at=clock.now(), reasons="Two nodes serve every page.")
    hanna = browser(cast.hanna)
    second = {"verb": "return", "reasons": "It is gone."}
    late = hanna.post(f"/desk/objections/{objection.pk}/decide", second, follow=True)
    assert late.status_code == 200
    assert "waits no more: somebody decided it meanwhile" in late.content.decode()
    assert hanna.post(f"/desk/objections/{objection.pk + 1}/decide", second).status_code == 404
    objection.refresh_from_db()
    assert (objection.decided_by, objection.reasons) == (cast.boris, "Two nodes serve every page.")


def test_it_lets_dan_object_to_nothing_of_claras(cast, lowered, browser):
    assert browser(cast.dan).post(f"/requests/{lowered.pk}/object").status_code == 404
    assert not Objection.objects.exists()


def test_it_names_the_way_to_object_and_both_meanings_in_the_letter(cast, lowered, settings):
    from opora.desk.channels.email.models import OutgoingLetter

    settings.OPORA_SITE_URL = "https://desk.example"
    deliver_due(at=clock.now(), limit=100)
    raw = bytes(OutgoingLetter.objects.get(kind="priority").raw).decode()
    assert f"https://desk.example/requests/{lowered.pk}#object" in raw.replace("=\r\n", "").replace("=3D", "=")
    assert "One node of three is down." in raw.replace("=\r\n", "")
    assert "The service is gone altogether." in raw.replace("=\r\n", "")


def test_it_writes_the_decision_to_the_customer(cast, lowered, browser):
    from opora.desk.channels.email.models import OutgoingLetter

    objection = actions.object_to_priority(lowered, by=cast.clara, at=clock.now())
    actions.uphold_change(objection, by=cast.boris, at=clock.now(), reasons="Two nodes serve every page.")
    deliver_due(at=clock.now(), limit=100)
    raw = bytes(OutgoingLetter.objects.get(kind="objects").raw).decode()
    assert "Two nodes serve every page." in raw.replace("=\r\n", "")


def test_it_shows_the_meanings_of_the_chosen_service_beside_the_choice(cast, browser):
    from opora.desk.catalogue.actions import define_priority

    define_priority(cast.hosting, priority="high", meaning="No machine answers.", by=cast.hanna.actor, at=clock.now())
    shown = browser(cast.clara).get("/requests/new/priorities", {"about": f"service-{cast.hosting.pk}"})
    assert "No machine answers." in shown.content.decode()
    general = browser(cast.clara).get("/requests/new/priorities", {"about": ""}).content.decode()
    assert "The service is gone altogether." in general
