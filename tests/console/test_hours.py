"""The form of a working calendar: what is typed becomes the next version, faults are named where they stand."""

import pytest
from django.urls import reverse

from opora.desk.sla import actions
from opora.desk.sla.models import WorkingCalendar
from opora.desk.sla.queries import latest_version

pytestmark = pytest.mark.django_db
CHECK = "/desk/calendars/check/"
WEEK = {"zone": "Europe/Berlin", "mon-from": ["09:00", "14:00"], "mon-to": ["13:00", "18:00"], "country": ""}


@pytest.fixture
def hanna(cast, browser):
    return browser(cast.hanna)


def home(calendar) -> str:
    return reverse("administration:edit_hours", args=[calendar.slug])


def test_it_makes_a_calendar_of_the_rows(cast, hanna):
    dates = {
        "date": ["2026-12-31", "2024-02-29", "2026-03-07", ""],
        "date-repeats": ["once", "yearly", "once", "once"],
        "date-hours": ["09:00-13:00, 14:00-16:00", "", "10:00-15:00", ""],
    }
    name = {"name": "Berlin", "name_ru": "Берлин", "slug": "berlin"}
    answer = hanna.post("/desk/calendars/new/", WEEK | dates | name)
    assert answer.headers["Location"] == "/desk/calendars/berlin/"
    assert latest_version(WorkingCalendar.objects.get(slug="berlin")).terms == {
        "zone": "Europe/Berlin",
        "week": {"mon": ["09:00-13:00", "14:00-18:00"]},
        "dates": {"2026-12-31": ["09:00-13:00", "14:00-16:00"], "2026-03-07": ["10:00-15:00"]},
        "every_year": {"02-29": []},
    }
    shown = hanna.get("/desk/calendars/berlin/").content.decode()
    assert "09:00–13:00, 14:00–18:00" in shown and "Monday" in shown and "02-29" in shown


def test_it_shows_the_rows_that_stand_and_keeps_them_as_they_were(cast, monday, hanna):
    calendar = cast.office.calendar
    terms = dict(cast.office.terms) | {"every_year": {"02-29": ["10:00-11:00"]}, "dates": {"2026-12-31": []}}
    actions.revise_calendar(calendar, terms=terms, by=cast.hanna.actor, at=monday)
    form = hanna.get(home(calendar)).context
    said = {"zone": form["hours"].zone, "country": form["hours"].country, "why": "none", "version": 2}
    for day in form["hours"].days:
        said |= {f"{day.code}-from": [one for one, _ in day.hours], f"{day.code}-to": [one for _, one in day.hours]}
    for name, part in (("date", "day"), ("date-hours", "hours"), ("date-repeats", "repeats")):
        said[name] = [getattr(one, part) for one in form["hours"].dates]
    answer = hanna.post(home(calendar), said, follow=True)
    assert "Nothing was changed: version 2 stands." in answer.content.decode()


def test_it_writes_the_next_version_and_leaves_the_old_one(cast, hanna):
    calendar = cast.office.calendar
    answer = hanna.post(home(calendar), WEEK | {"why": "We moved", "version": 1, "country": "de-be"}, follow=True)
    assert "Version 2 stands" in answer.content.decode()
    newest = latest_version(calendar)
    assert (newest.number, newest.terms["holidays"]["country"]) == (2, "DE-BE")
    cast.office.refresh_from_db()
    assert cast.office.terms["zone"] == "Europe/Moscow"
    assert hanna.get(home(calendar)).context["hours"].country == "DE-BE"


def test_it_does_not_write_over_what_somebody_else_wrote(cast, monday, hanna):
    calendar = cast.office.calendar
    other = dict(cast.office.terms) | {"zone": "UTC"}
    actions.revise_calendar(calendar, terms=other, by=cast.boris.actor, at=monday)
    answer = hanna.post(home(calendar), WEEK | {"why": "We moved", "version": 1})
    assert answer.status_code == 422
    assert "Somebody has written version 2 meanwhile" in answer.content.decode()
    assert latest_version(calendar).number == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"mon-from": [], "mon-to": []}, "the calendar has no working time at all"),
        ({"mon-from": ["18:00"], "mon-to": ["09:00"]}, "<strong>Monday:</strong> “18:00-09:00” ends before it begins"),
        ({"mon-from": ["09:00", "12:00"], "mon-to": ["13:00", "15:00"]}, "09:00-13:00 and 12:00-15:00 overlap"),
        ({"mon-from": ["9"], "mon-to": [""]}, "is not an interval; write it as 09:00-18:00"),
        ({"zone": "Mars/Base"}, "<strong>Time zone:</strong> “Mars/Base” is not a time zone"),
        ({"country": "XX"}, "<strong>Official holidays:</strong> no official holidays are known for “XX”"),
        (
            {"date": ["2026-12-31"] * 2, "date-hours": ["", "09:00-13:00"], "date-repeats": ["once"] * 2},
            "<strong>2026-12-31:</strong> stands twice",
        ),
        (
            {"date": [""], "date-hours": ["09:00-13:00"], "date-repeats": ["once"]},
            "<strong>Dates:</strong> “” is not a day",
        ),
    ],
)
def test_it_names_each_fault_where_it_stands_and_loses_nothing(cast, hanna, typed, said):
    calendar = cast.office.calendar
    form = WEEK | typed
    assert said in hanna.post(CHECK, form).content.decode()
    answer = hanna.post(home(calendar), form | {"why": "Try", "version": 1})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page and 'value="Try"' in page
    assert latest_version(calendar).number == 1


def test_it_shows_the_fortnight_to_come_and_changes_nothing(cast, hanna):
    answer = hanna.post(CHECK, WEEK)
    assert [one.hours for one in answer.context["ahead"]].count("09:00-13:00, 14:00-18:00") == 2
    assert "8 h in an ordinary week" in answer.content.decode()
    assert "Every second counts" in hanna.post(CHECK, {"zone": "UTC", "always": "on"}).content.decode()
    assert WorkingCalendar.objects.count() == 1


def test_it_is_for_those_who_edit_promises(cast, browser):
    for person in (cast.anna, cast.vera):
        client = browser(person)
        for place in ("/desk/calendars/new/", CHECK, home(cast.office.calendar)):
            assert client.post(place, WEEK).status_code == 403
        assert "Change the hours" not in client.get("/desk/calendars/office/").content.decode()


def test_it_takes_no_short_name_twice(cast, hanna):
    answer = hanna.post("/desk/calendars/new/", WEEK | {"name": "Office", "slug": "office"})
    assert answer.status_code == 422 and "taken already" in answer.content.decode()
    assert hanna.get("/desk/calendars/none/hours/").status_code == 404
