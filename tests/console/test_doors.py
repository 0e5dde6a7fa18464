"""Every address of the console, walked as stranger, customer and colleague: no page opens for the wrong person."""

import pytest
from django.urls import reverse
from django.urls.converters import SlugConverter

from opora.desk.tickets import actions
from opora.desk.web.console.urls import urlpatterns

pytestmark = pytest.mark.django_db

WORDS = {
    "queue": "all",
    "rows": "all",
    "filter": "all",
    "act": "take",
    "letters": "quarantine",
    "letter_act": "retry",
    "road_act": "resend",
    "pile_act": "through",
    "case_act": "write",
    "incident_act": "tell",
    "letter_verb": "write",
}
"""What stands in the hole for a word."""
PATTERNS = {str(one.name): one.pattern for one in urlpatterns}
NAMES = sorted(PATTERNS)


def is_about_a_ticket(name: str) -> bool:
    return str(PATTERNS[name]).startswith("tickets/<int:number>")


def address(name: str, number: int) -> str:
    """The address about this ticket; other numbers in it are 1."""
    holes = {
        hole: WORDS.get(name, "all") if kind.regex == SlugConverter.regex else 1
        for hole, kind in PATTERNS[name].converters.items()
    }
    return reverse(f"console:{name}", kwargs=holes | ({"number": number} if is_about_a_ticket(name) else {}))


@pytest.mark.parametrize("name", NAMES)
def test_it_leads_strangers_and_customers_to_the_sign_in(cast, monday, browser, name):
    ticket = cast.write(cast.clara, monday)
    for person in (None, cast.clara, cast.dan):
        for method in ("get", "post"):
            answer = getattr(browser(person), method)(address(name, ticket.pk))
            assert answer.status_code in (302, 405), (person, method)
            if answer.status_code == 302:
                assert answer["Location"].startswith("/desk/sign-in/")
    ticket.refresh_from_db()
    assert ticket.assignee_id is None


@pytest.mark.parametrize("name", NAMES)
def test_it_says_not_here_for_a_ticket_that_is_not(cast, browser, name):
    if not is_about_a_ticket(name):
        assert browser(cast.hanna).get(address(name, 0)).status_code != 500
        return
    for method in ("get", "post"):
        assert getattr(browser(cast.hanna), method)(address(name, 999_999)).status_code in (404, 405)


def test_it_shuts_out_a_colleague_who_left(cast, monday, browser):
    ticket = cast.write(cast.clara, monday)
    client = browser(cast.anna)
    assert client.get(address("ticket", ticket.pk)).status_code == 200
    from opora.desk.people import actions as people

    people.let_go(cast.anna, by=cast.hanna.actor, at=monday, why="moved away")
    assert client.get(address("ticket", ticket.pk)).status_code == 302


def test_it_lets_the_operator_read_and_note_but_not_answer_or_work(cast, monday, browser):
    ticket = cast.write(cast.clara, monday)
    client = browser(cast.vera)
    assert client.get(address("ticket", ticket.pk)).status_code == 200
    assert client.post(address("say", ticket.pk), {"kind": "reply", "text": "Hello"}).status_code == 422
    assert client.post(reverse("console:act", args=[ticket.pk, "resolve"])).status_code == 422
    assert client.post(reverse("console:bulk"), {"numbers": [ticket.pk], "verb": "take"}).status_code == 403
    assert client.post(address("say", ticket.pk), {"kind": "note", "text": "She called again."}).status_code == 302
    assert ticket.messages.count() == 1
    assert ticket.notes.count() == 1


def test_it_shows_a_file_of_a_note_to_colleagues_only(cast, monday, browser):
    from opora.desk.web.components import files

    ticket = cast.write(cast.clara, monday)
    kept = actions.note(
        ticket, by=cast.anna.actor, text="Log", at=monday, files=[actions.NewFile("a.txt", "text/plain", b"secret")]
    )
    place = files.address(kept.files.get())
    assert browser(cast.boris).get(place).status_code == 200
    for person in (None, cast.clara, cast.dan):
        assert browser(person).get(place).status_code == 404


def test_it_shows_a_file_of_a_message_to_those_who_see_the_ticket(cast, monday, browser):
    from opora.desk.web.components import files

    page = b"<html><script>alert(1)</script>"
    ticket = cast.write(cast.clara, monday, files=[actions.NewFile("page.html", "text/html", page)])
    file = ticket.messages.get().files.get()
    place = files.address(file)
    for person in (cast.anna, cast.clara, cast.carl):
        answer = browser(person).get(place)
        assert b"".join(answer.streaming_content) == page
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
    for person in (None, cast.dan, cast.cleo):
        assert browser(person).get(place).status_code == 404
    assert browser(cast.anna).get(place.replace("/m", "/n", 1)).status_code == 404
