"""Mass incidents, planned works and root-cause letters over HTTP."""

from datetime import timedelta

import pytest

from opora.desk.incidents.models import MassIncident, PlannedWork, RootCauseLetter
from opora.desk.kernel import clock
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets import actions as tickets
from tests.cast import Cast

pytestmark = pytest.mark.django_db
DOWN = {"subject": "The control panel is gone", "text": "Panel shows error 502 bad gateway for everybody"}


def test_it_makes_one_incident_of_those_that_look_alike(cast: Cast, browser):
    at = clock.now() - timedelta(minutes=30)
    three = [cast.write(person, at, **DOWN) for person in (cast.clara, cast.carl, cast.dan)]
    boris = browser(cast.boris)
    assert "These 3 look alike" in boris.get("/desk/incidents/").content.decode()
    form = {
        "title": "Panel down",
        "title_ru": "Нет панели",
        "public": "on",
        "service": cast.hosting.pk,
        "tickets": [one.pk for one in three],
    }
    assert boris.post("/desk/incidents/", form).status_code == 302
    incident = MassIncident.objects.get()
    place = f"/desk/incidents/{incident.pk}/"
    empty = boris.post(place + "tell", {"stage": "identified", "text": "Kept words", "text_ru": ""})
    assert empty.status_code == 422
    assert "Kept words" in empty.content.decode()
    boris.post(place + "tell", {"stage": "identified", "text": "A switch.", "text_ru": "Коммутатор."})
    boris.post(place + "leave", {"other": three[2].pk})
    deliver_due(at=clock.now(), limit=200)
    shown = boris.get(place).content.decode()
    assert "said on 2 tickets" in shown
    assert "These look like it" in shown
    boris.post(place + "end", {"text": "Over.", "text_ru": "Всё.", "resolve": "on"})
    deliver_due(at=clock.now(), limit=200)
    three[0].refresh_from_db()
    assert three[0].state == "resolved"
    assert "A switch." in browser(cast.clara).get(f"/requests/{three[0].pk}").content.decode()


def test_it_shows_on_a_new_ticket_that_we_know(cast: Cast, browser):
    at = clock.now() - timedelta(minutes=30)
    first = cast.write(cast.clara, at, **DOWN)
    boris = browser(cast.boris)
    boris.post("/desk/incidents/", {"title": "Panel down", "title_ru": "Нет панели", "tickets": [first.pk]})
    new = cast.write(cast.dan, clock.now(), **DOWN)
    deliver_due(at=clock.now(), limit=200)
    assert "We know: it looks like the incident" in boris.get(f"/desk/tickets/{new.pk}").content.decode()


def test_it_plans_and_cancels_a_work_in_the_colleagues_zone(cast: Cast, browser):
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    form = {
        "title": "New switches",
        "title_ru": "Новые коммутаторы",
        "text": "A short break.",
        "text_ru": "Перерыв.",
        "starts_at": f"{day}T22:00",
        "ends_at": f"{day}T23:00",
        "services": [cast.hosting.pk],
    }
    anna = browser(cast.anna)
    wrong = anna.post("/desk/works/", form | {"ends_at": f"{day}T21:00"})
    assert wrong.status_code == 422
    assert anna.post("/desk/works/", form).status_code == 302
    work = PlannedWork.objects.get()
    assert work.starts_at.isoformat() == f"{day}T19:00:00+00:00"
    anna.post(f"/desk/works/{work.pk}/cancel")
    work.refresh_from_db()
    assert work.state == "cancelled"


def test_it_writes_proposes_and_approves_a_root_cause_letter(cast: Cast, browser):
    at = clock.now() - timedelta(hours=3)
    outage = cast.write(cast.clara, at, priority="high")
    found = tickets.Cause("infrastructure", "A switch failed.", "Port errors.")
    tickets.resolve(outage, by=cast.anna, at=at + timedelta(hours=1), found=found)
    deliver_due(at=clock.now(), limit=200)
    letter = RootCauseLetter.objects.get()
    anna, boris = browser(cast.anna), browser(cast.boris)
    assert outage.mark in anna.get("/desk/root-causes/").content.decode()
    place = f"/desk/root-causes/{letter.pk}/"
    assert "A switch failed." in anna.get(place).content.decode()
    anna.post(place + "write", {"text": "It was a switch; we bought two.", "propose": "yes"})
    assert anna.post(place + "approve").status_code == 422
    assert boris.post(place + "approve").status_code == 302
    letter.refresh_from_db()
    assert letter.state == "sent"
    assert "we bought two" in browser(cast.clara).get(f"/requests/{outage.pk}").content.decode()
