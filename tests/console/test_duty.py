"""Pages of duty: who has it, gaps, swaps by a press, calendars, and the sheet for the next shift."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime

from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.clock import now
from opora.desk.people import actions
from opora.desk.people.models import Absence, DutySwap, Override, Rotation
from opora.desk.sla.actions import make_calendar, set_line_hours
from opora.desk.sla.models import LineHours
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.rules import Known
from opora.desk.web.console.duty.free_days import free_days

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SHAPE = "%Y-%m-%dT%H:%M"


@pytest.fixture
def second(cast) -> Rotation:
    at = now() - DAY
    actions.join_team(cast.hanna, cast.second, by=cast.hanna.actor, at=at)
    return actions.plan_rotation(
        team=cast.second,
        name="Nights and days",
        zone="UTC",
        starts_on=date(2026, 1, 5),
        handoff=600,
        turn_hours=24 * 28,
        people=[cast.boris],
        by=cast.boris,
        at=at,
        valid_from=at,
    )


def test_it_says_who_is_on_duty_and_where_nobody_is(cast, second, browser):
    page = browser(cast.anna).get(reverse("duty:duty")).content.decode()
    assert "Boris Orlov" in page and "Nobody has it" not in page
    actions.note_absence(cast.boris, kind="ill", start=now() + DAY, end=now() + 2 * DAY, by=cast.boris, at=now())
    page = browser(cast.anna).get(reverse("duty:duty")).content.decode()
    assert "Nobody has it" in page and "Boris Orlov is away" in page and "1 gap" in page


def test_it_plans_a_rotation_for_leads_only(cast, browser):
    form = {
        "deed": "plan", "plan-team": cast.second.pk, "plan-name": "Days", "plan-zone": "Europe/Berlin",
        "plan-starts_on": "2026-01-05", "plan-handoff": "09:00", "plan-turn_hours": "24",
        "plan-people": [cast.boris.pk],
    }  # fmt: skip
    assert "Plan a rotation" not in browser(cast.anna).get(reverse("duty:duty")).content.decode()
    browser(cast.anna).post(reverse("duty:duty"), form)
    assert not Rotation.objects.exists()
    answer = browser(cast.boris).post(reverse("duty:duty"), form)
    made = Rotation.objects.get()
    assert answer["Location"] == reverse("duty:rotation", args=[made.pk])
    assert "Boris Orlov" in browser(cast.anna).get(answer["Location"]).content.decode()


def test_it_says_which_name_of_the_order_nobody_has(cast, second, browser):
    form = {
        "deed": "revise", "revise-zone": "UTC", "revise-starts_on": "2026-01-05", "revise-handoff": "09:00",
        "revise-turn_hours": "24", "revise-people": [cast.boris.pk, cast.hanna.pk], "revise-order": "Hanna, Nobody",
    }  # fmt: skip
    where = reverse("duty:rotation", args=[second.pk])
    assert "is called “Nobody”" in browser(cast.boris).post(where, form).content.decode()
    browser(cast.boris).post(where, form | {"revise-order": "hanna, boris"})
    newest = second.versions.order_by("-number").first()
    assert [seat.staff for seat in newest.seats.order_by("place")] == [cast.hanna, cast.boris]


def test_it_swaps_by_two_presses(cast, second, browser):
    start, end = localtime(now() + DAY), localtime(now() + 2 * DAY)
    form = {
        "deed": "swap", "swap-duty": second.pk, "swap-asked": cast.hanna.pk, "swap-words": "A wedding",
        "swap-start": start.strftime(SHAPE), "swap-end": end.strftime(SHAPE),
    }  # fmt: skip
    browser(cast.boris).post(reverse("duty:duty"), form)
    swap = DutySwap.objects.get()
    hanna = browser(cast.hanna)
    assert "A wedding" in hanna.get(reverse("duty:duty")).content.decode()
    yes = reverse("duty:swap", args=[swap.pk, "yes"])
    assert browser(cast.anna).post(yes).status_code == 404
    assert hanna.post(yes).status_code == 302
    assert Override.objects.get().staff == cast.hanna


def test_it_takes_absences_from_a_file_and_says_what_it_left_out(cast, browser):
    event = "BEGIN:VEVENT\nUID:{0}\nSUMMARY:Trip {0}\nDTSTART;VALUE=DATE:20270101\nDTEND;VALUE=DATE:20270105\n{1}END:VEVENT\n"
    text = "BEGIN:VCALENDAR\n" + event.format(1, "") + event.format(2, "RRULE:FREQ=WEEKLY\n") + "END:VCALENDAR\n"
    file = SimpleUploadedFile("away.ics", text.encode(), "text/calendar")
    page = browser(cast.anna).post(reverse("duty:duty"), {"deed": "import", "import-file": file}, follow=True)
    assert Absence.objects.get().why == "Trip 1"
    assert "1 event taken." in page.content.decode() and "Trip 2: it repeats" in page.content.decode()


def test_it_gives_a_secret_address_that_ends_with_the_next(cast, second, browser, client):
    boris = browser(cast.boris)
    page = boris.post(reverse("duty:duty"), {"deed": "feed"}).content.decode()
    address = "/duty/" + page.partition("<code>")[2].partition("</code>")[0].rpartition("/duty/")[2]
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    assert "SUMMARY:Nights and days" in answer.content.decode()
    boris.post(reverse("duty:duty"), {"deed": "feed"})
    assert client.get(address).status_code == 404


def test_it_writes_down_for_the_next_shift_what_burns_and_what_is_suspected(cast, second, browser):
    at = now()
    burning = cast.write(cast.clara, at - timedelta(days=10), subject="The till is slow")
    tickets.hand_up(burning, known=Known("Why?", "Looked", "The cable"), by=cast.anna, at=at)
    calm = cast.write(cast.sam, at, subject="A question")
    page = browser(cast.boris).get(reverse("duty:sheet", args=[cast.second.slug])).content.decode()
    assert "The till is slow" in page and "The cable" in page and "1 open ticket" in page
    assert f"T-{calm.pk}" not in page
    assert browser(cast.boris).get(reverse("duty:sheet", args=["no-such-team"])).status_code == 404


def test_it_shows_public_holidays_over_the_roster_by_the_hours_of_the_line(cast, monday):
    week = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    terms = {"zone": "Europe/Moscow", "week": week, "holidays": "RU"}
    russian = make_calendar(slug="russian", name="Russian", terms=terms, by=SYSTEM, at=monday)
    set_line_hours(cast.second, calendar=russian.calendar, by=SYSTEM, at=monday)
    since = datetime(2026, 11, 1, tzinfo=UTC)
    free = free_days([cast.first, cast.second], since, since + timedelta(days=14))
    assert free[cast.first.pk] == []
    (unity,) = free[cast.second.pk]
    assert (unity.day.isoformat(), unity.x, unity.width) == ("2026-11-04", "20.536%", "7.143%")
    with translation.override("ru"):
        (unity,) = free_days([cast.second], since, since + timedelta(days=14))[cast.second.pk]
    assert unity.name == "День народного единства"


def test_it_lets_the_head_set_the_hours_of_a_line(cast, browser):
    hanna = browser(cast.hanna)
    said = {"deed": "line_hours", "line_hours-team": cast.first.pk, "line_hours-calendar": cast.office.calendar_id}
    assert hanna.post("/desk/people/", said).status_code == 302
    assert "Moscow office" in hanna.get("/desk/people/").content.decode()
    assert LineHours.objects.get().line == cast.first
    assert browser(cast.boris).post("/desk/people/", said).status_code in (403, 404)
