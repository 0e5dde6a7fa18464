"""A new request: what the form offers, what becomes of it, and that nothing is lost when something is missing."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opora.desk.sla.models import Clock
from opora.desk.tickets import actions, queries
from opora.desk.tickets.models import MessageFile, Ticket, TicketLink
from opora.desk.web.portal.actions import forget_sent_forms
from opora.desk.web.portal.models import SentForm
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., Client]


@pytest.fixture
def clara(signed_in: SignedIn, cast: Cast) -> Client:
    return signed_in(cast.clara)


@pytest.fixture
def form(cast: Cast) -> dict[str, Any]:
    """What Clara fills in."""
    return {
        "key": str(uuid4()),
        "kind": "incident",
        "about": f"system-{cast.web1.pk}",
        "subject": "The shop is down",
        "text": "Since nine o'clock.",
        "priority": "high",
        "copy_to": [str(cast.cleo.pk)],
    }


def upload(name: str = "журнал.log", content: bytes = b"line") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def test_it_stands_with_definitions_examples_and_the_promise_beside_the_choice(clara: Client) -> None:
    said = clara.get("/requests/new").content.decode()
    assert "The service is gone altogether." in said
    assert "backups fail; one of three nodes is down" in said
    assert "First answer within 1 h of working time" in said
    assert "web1 · Virtual servers" in said
    assert 'id="similar-answers" hidden' in said


def test_it_becomes_a_ticket_with_everything_and_a_promise(clara: Client, cast: Cast, form: dict[str, Any]) -> None:
    answer = clara.post("/requests/new", form | {"files": [upload(), upload("план.pdf", b"%PDF-1.7")]})
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"/requests/{ticket.pk}#sent"
    assert (ticket.requester, ticket.system, ticket.service) == (cast.clara, cast.web1, cast.hosting)
    assert (ticket.kind, ticket.priority, ticket.channel) == ("incident", "high", "portal")
    assert queries.people_in_copy(ticket) == [cast.cleo]
    assert sorted(MessageFile.objects.values_list("name", flat=True)) == ["журнал.log", "план.pdf"]
    assert Clock.objects.get(about_id=ticket.pk).target_seconds == 3600
    page = clara.get(answer["Location"]).content.decode()
    assert f"We have it: your request is {ticket.mark}." in page
    assert "We promise a first answer within 1 h of working time" in page


def test_it_makes_one_ticket_of_two_presses(clara: Client, form: dict[str, Any]) -> None:
    places = [clara.post("/requests/new", form)["Location"] for _press in range(2)]
    assert places[0] == places[1]
    assert Ticket.objects.count() == 1


def test_it_makes_two_tickets_of_two_forms(clara: Client, form: dict[str, Any]) -> None:
    clara.post("/requests/new", form)
    clara.post("/requests/new", form | {"key": str(uuid4())})
    assert Ticket.objects.count() == 2


def test_it_keeps_words_and_files_when_something_is_missing(clara: Client, form: dict[str, Any]) -> None:
    answer = clara.post("/requests/new", form | {"subject": "", "files": upload(content=b"precious")})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Since nine o&#x27;clock." in said and "Say in a few words what it is about." in said
    assert "журнал.log" in said
    kept = re.findall(r'name="kept" value="([^"]+)"', said)
    assert len(kept) == 1
    assert clara.post("/requests/new", form | {"kept": kept}).status_code == 302
    file = MessageFile.objects.get()
    assert (file.name, file.file.size) == ("журнал.log", len(b"precious"))


def test_it_takes_no_kept_file_of_somebody_else(
    signed_in: SignedIn, clara: Client, cast: Cast, form: dict[str, Any]
) -> None:
    said = clara.post("/requests/new", form | {"subject": "", "files": upload(content=b"Clara's own")}).content.decode()
    kept = re.findall(r'name="kept" value="([^"]+)"', said)
    theirs = form | {"key": str(uuid4()), "about": "", "copy_to": [], "kept": [*kept, "forged", ""]}
    assert signed_in(cast.dan).post("/requests/new", theirs).status_code == 302
    assert not MessageFile.objects.exists()


def test_it_names_a_file_that_is_too_large_and_keeps_the_rest(
    clara: Client, form: dict[str, Any], settings: Any
) -> None:
    settings.OPORA_LARGEST_FILE = 10
    answer = clara.post("/requests/new", form | {"files": [upload("huge.iso", b"x" * 11), upload()]})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "“huge.iso” is larger than" in said and "Since nine o&#x27;clock." in said
    assert len(re.findall('name="kept"', said)) == 1
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"about": "system-999999"}, {"kind": "party"}, {"priority": "urgent"}, {"copy_to": ["999999"]}, {"key": "x"}],
)
def test_it_refuses_what_was_not_offered(clara: Client, form: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert clara.post("/requests/new", form | wrong).status_code == 422
    assert not Ticket.objects.exists()


def test_it_offers_nothing_of_another_customer(signed_in: SignedIn, cast: Cast, form: dict[str, Any]) -> None:
    dan = signed_in(cast.dan)
    said = dan.get("/requests/new").content.decode()
    assert "web1" not in said and "Cleo" not in said
    assert dan.post("/requests/new", form).status_code == 422
    assert not Ticket.objects.exists()


def test_it_ties_a_new_request_to_the_ended_one(
    clara: Client, cast: Cast, ticket: Ticket, form: dict[str, Any]
) -> None:
    actions.reply_and_resolve(ticket, by=cast.anna, text="Done.", at=ticket.changed_at)
    actions.close(ticket, by=cast.clara.actor, at=ticket.changed_at)
    assert f"This goes on from {ticket.mark}" in clara.get(f"/requests/new?after={ticket.pk}").content.decode()
    clara.post(f"/requests/new?after={ticket.pk}", form)
    assert TicketLink.objects.get().other == ticket


def test_it_never_ties_to_a_request_of_others(signed_in: SignedIn, cast: Cast, ticket: Ticket) -> None:
    actions.reply_and_resolve(ticket, by=cast.anna, text="Done.", at=ticket.changed_at)
    actions.close(ticket, by=cast.clara.actor, at=ticket.changed_at)
    said = signed_in(cast.dan).get(f"/requests/new?after={ticket.pk}").content.decode()
    assert ticket.mark not in said and ticket.subject not in said


def test_it_forgets_the_keys_of_old_forms_only(clara: Client, form: dict[str, Any]) -> None:
    clara.post("/requests/new", form)
    sent = SentForm.objects.get()
    from datetime import timedelta

    assert forget_sent_forms(at=sent.sent_at + timedelta(days=6)) == 0
    assert forget_sent_forms(at=sent.sent_at + timedelta(days=8)) == 1
