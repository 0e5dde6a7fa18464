"""The portal's pages over HTTP: the list, one request, and what the customer does there."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opora.desk.kernel.models import Event
from opora.desk.people import actions as people
from opora.desk.tickets import actions, states
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import Message, Ticket
from opora.desk.tickets.policies import visible_to_contact
from opora.desk.web.portal import queries
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., Client]
MINUTE = timedelta(minutes=1)
MOST_STATEMENTS = 12
MOST_FOR_A_REQUEST = 6


def words(client: Client, address: str, **asked: str) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def clara(signed_in: SignedIn, cast: Cast) -> Client:
    return signed_in(cast.clara)


def test_it_says_in_plain_words_how_each_request_stands(clara: Client, cast: Cast, lately: datetime) -> None:
    made = {name: cast.write(cast.clara, lately, subject=f"Matter {name}") for name in ("asked", "solved", "vendor")}
    actions.reply_and_wait(made["asked"], by=cast.anna, text="Which page?", at=lately)
    actions.reply_and_resolve(made["solved"], by=cast.anna, text="Done.", at=lately)
    actions.wait_for_vendor(made["vendor"], by=cast.anna, at=lately)
    said = words(clara, "/requests/")
    for phrase in ("Waiting for you", "Solved – tell us if not", "we wait for our supplier’s answer"):
        assert phrase in said


def test_it_names_the_promised_time_in_the_readers_zone(
    signed_in: SignedIn, cast: Cast, lately: datetime, settings: object
) -> None:
    ticket = cast.write(cast.clara, lately)
    assert ticket.due_at is not None
    said = words(signed_in(cast.clara), f"/requests/{ticket.pk}")
    moscow = ticket.due_at + timedelta(hours=3)
    assert f"by {moscow:%H:%M}" in said
    assert "(Moscow time)" in said
    assert cast.carl.account is not None
    cast.carl.account.zone = "Asia/Yekaterinburg"
    cast.carl.account.save(update_fields=["zone"])
    said = words(signed_in(cast.carl), f"/requests/{ticket.pk}")
    assert f"by {ticket.due_at + timedelta(hours=5):%H:%M}" in said
    assert "(UTC+05:00)" in said


def test_it_says_so_when_our_answer_is_late(clara: Client, cast: Cast, lately: datetime) -> None:
    ticket = cast.write(cast.clara, lately - timedelta(days=30))
    assert "our answer is late" in words(clara, f"/requests/{ticket.pk}")


def test_it_puts_the_newest_change_first_and_pages_by_marks(
    clara: Client, cast: Cast, lately: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [cast.write(cast.clara, lately + n * MINUTE, subject=f"Matter {n}") for n in range(5)]
    actions.customer_wrote(made[0], by=cast.clara, text="And another thing", at=lately + 9 * MINUTE)
    asked, seen = queries.Asked(), []
    while True:
        page = queries.requests_of(cast.clara, asked, limit=2)
        seen += [ticket.pk for ticket in page.rows]
        if page.next_mark is None:
            break
        asked = queries.Asked(mark=page.next_mark)
    assert seen == [made[n].pk for n in (0, 4, 3, 2, 1)]
    said = words(clara, "/requests/", after=f"{(lately + 3 * MINUTE).isoformat()}~{made[3].pk}")
    assert "Matter 2" in said and "Matter 3" not in said
    assert words(clara, "/requests/", after="junk~x")


def test_it_keeps_ended_requests_apart_and_finds_them_by_words(clara: Client, cast: Cast, lately: datetime) -> None:
    ended = cast.write(cast.clara, lately, subject="Old lamp", text="The lighthouse blinks.")
    actions.reply_and_resolve(ended, by=cast.anna, text="Fixed.", at=lately)
    actions.close(ended, by=cast.clara.actor, at=lately)
    assert "Old lamp" not in words(clara, "/requests/")
    assert "Old lamp" in words(clara, "/requests/", tab="ended")
    assert "Old lamp" in words(clara, "/requests/", q="lighthouses")
    assert "Old lamp" in words(clara, "/requests/", q=f"T-{ended.pk}")


def test_it_shows_an_owner_only_her_own_when_she_asks(clara: Client, cast: Cast, lately: datetime) -> None:
    cast.write(cast.carl, lately, subject="Carl’s matter")
    assert "Carl’s matter" in words(clara, "/requests/")
    assert "Carl’s matter" not in words(clara, "/requests/", whose="mine")


def test_it_shows_public_words_and_files_and_nothing_internal(clara: Client, ticket: Ticket) -> None:
    said = words(clara, f"/requests/{ticket.pk}")
    assert 'href="https://status.example/now"' in said
    assert "отчёт.html" in said and "Снимок экрана.png" in said
    assert "zanzibar" not in said and "secret.txt" not in said


def test_it_never_turns_words_into_markup(clara: Client, cast: Cast, lately: datetime) -> None:
    nasty = '<script>alert(1)</script> javascript:alert(1) http://a.example/"onclick=x'
    ticket = cast.write(cast.clara, lately, subject=nasty, text=nasty, quoted="> <b>quoted</b>")
    said = words(clara, f"/requests/{ticket.pk}")
    assert "<script>alert" not in said and 'onclick=x"' not in said and "<b>quoted" not in said
    assert "&lt;script&gt;" in said and "Quoted text" in said


def test_it_shows_the_written_reason_of_a_changed_priority(clara: Client, cast: Cast, ticket: Ticket) -> None:
    actions.change_priority(ticket, to="low", by=cast.boris, at=ticket.changed_at, why="One page only, <others> work.")
    said = words(clara, f"/requests/{ticket.pk}")
    assert "changed the priority from “Medium” to “Low”" in said
    assert "One page only, &lt;others&gt; work." in said


def test_it_tells_why_this_moment(clara: Client, cast: Cast, lately: datetime) -> None:
    ticket = cast.write(cast.clara, lately)
    said = words(clara, f"/requests/{ticket.pk}/why")
    assert "counted" in said and "Moscow office" in said
    assert "Nothing was promised" in words_of_stranger(cast, lately)


def words_of_stranger(cast: Cast, lately: datetime) -> str:
    from opora.desk.customers import actions as customers

    account = customers.give_account(cast.sam, by=cast.sam.actor, at=lately, password="long enough words")
    people.prefer(account, language="en")
    client = Client()
    client.force_login(account)
    ticket = cast.write(cast.sam, lately, service=None)
    return words(client, f"/requests/{ticket.pk}/why")


def test_it_takes_an_answer_once_and_wakes_the_ticket(clara: Client, cast: Cast, ticket: Ticket) -> None:
    actions.wait_for_customer(ticket, by=cast.anna, at=ticket.changed_at)
    form = {"key": str(uuid4()), "text": "The start page."}
    for _press in range(2):
        assert clara.post(f"/requests/{ticket.pk}/answer", form).status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == states.OPEN
    assert Message.objects.filter(ticket=ticket, text="The start page.").count() == 1


def test_it_says_what_is_missing_in_an_empty_answer_and_loses_nothing(clara: Client, ticket: Ticket) -> None:
    answer = clara.post(f"/requests/{ticket.pk}/answer", {"key": str(uuid4()), "text": "  "})
    assert answer.status_code == 422
    assert "Write something first" in answer.content.decode()


def test_it_takes_a_file_without_a_word(clara: Client, ticket: Ticket) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = SimpleUploadedFile("лог.txt", b"line", "text/plain")
    clara.post(f"/requests/{ticket.pk}/answer", {"key": str(uuid4()), "text": "", "files": sent})
    assert [file.name for file in Message.objects.filter(ticket=ticket).latest("pk").files.all()] == ["лог.txt"]


def test_it_takes_no_form_of_somebody_else(signed_in: SignedIn, cast: Cast, clara: Client, ticket: Ticket) -> None:
    form = {"key": str(uuid4()), "text": "Mine."}
    clara.post(f"/requests/{ticket.pk}/answer", form)
    assert signed_in(cast.carl).post(f"/requests/{ticket.pk}/answer", form).status_code == 422


def test_it_opens_again_what_was_not_solved_by_writing(clara: Client, cast: Cast, ticket: Ticket) -> None:
    actions.reply_and_resolve(ticket, by=cast.anna, text="Fixed.", at=ticket.changed_at)
    assert "Is it solved?" in words(clara, f"/requests/{ticket.pk}")
    clara.post(f"/requests/{ticket.pk}/answer", {"key": str(uuid4()), "text": "Still slow."})
    ticket.refresh_from_db()
    assert ticket.state == states.OPEN


def test_it_closes_what_the_customer_calls_solved_and_nothing_else(clara: Client, cast: Cast, ticket: Ticket) -> None:
    assert clara.post(f"/requests/{ticket.pk}/solved").status_code == 422
    actions.reply_and_resolve(ticket, by=cast.anna, text="Fixed.", at=ticket.changed_at)
    for _press in range(2):
        assert clara.post(f"/requests/{ticket.pk}/solved").status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == states.CLOSED
    assert Event.objects.get(name="tickets.closed", subject_id=ticket.pk).actor_name == "Clara Berg"
    said = words(clara, f"/requests/{ticket.pk}")
    assert f"/requests/new?after={ticket.pk}" in said and 'name="text"' not in said


def test_it_refuses_words_after_the_end_and_shows_them_again(clara: Client, cast: Cast, ticket: Ticket) -> None:
    actions.reply_and_resolve(ticket, by=cast.anna, text="Fixed.", at=ticket.changed_at)
    actions.close(ticket, by=cast.anna.actor, at=ticket.changed_at)
    answer = clara.post(f"/requests/{ticket.pk}/answer", {"key": str(uuid4()), "text": "One more thing"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "This request is closed" in said and "One more thing" in said
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', said))
    clara.post(f"/requests/new?after={ticket.pk}", hidden | {"text": "One more thing"})
    assert Message.objects.exclude(ticket=ticket).get().text == "One more thing"


def test_it_puts_a_colleague_in_copy_and_takes_her_out(clara: Client, cast: Cast, ticket: Ticket) -> None:
    clara.post(f"/requests/{ticket.pk}/copy", {"person": cast.cleo.pk})
    assert ticket.participants.get().contact == cast.cleo
    assert "put Cleo Bird in copy" in words(clara, f"/requests/{ticket.pk}")
    clara.post(f"/requests/{ticket.pk}/copy/remove", {"person": cast.cleo.pk})
    assert not ticket.participants.exists()


def test_it_lets_a_person_leave_the_copy_and_leads_away(signed_in: SignedIn, cast: Cast, ticket: Ticket) -> None:
    actions.add_participant(ticket, contact=cast.cleo, by=cast.clara.actor, at=ticket.changed_at)
    answer = signed_in(cast.cleo).post(f"/requests/{ticket.pk}/copy/remove", {"person": cast.cleo.pk})
    assert answer["Location"] == "/requests/"


@pytest.mark.parametrize("key", ["dan", "anna", "junk"])
def test_it_puts_nobody_from_outside_in_copy(clara: Client, cast: Cast, ticket: Ticket, key: str) -> None:
    person = {"dan": str(cast.dan.pk), "anna": "999999", "junk": "x"}[key]
    assert clara.post(f"/requests/{ticket.pk}/copy", {"person": person}).status_code == 404
    assert not ticket.participants.exists()


def test_it_leads_from_a_merged_request_to_the_one_that_goes_on(clara: Client, cast: Cast, ticket: Ticket) -> None:
    other = cast.write(cast.clara, ticket.opened_at)
    actions.merge(ticket, into=other, by=cast.anna, at=ticket.changed_at)
    assert f"Goes on in request {other.mark}" in words(clara, f"/requests/{ticket.pk}")
    assert f"joined this request with {ticket.mark}" in words(clara, f"/requests/{other.pk}")


def test_it_gives_an_open_page_only_what_may_have_changed(clara: Client, ticket: Ticket) -> None:
    said = words(clara, f"/requests/{ticket.pk}/news")
    assert 'data-live-slot="state"' in said and 'data-live-merge="append"' in said
    assert "<html" not in said and 'name="text"' not in said


def test_it_needs_few_statements_for_every_page(clara: Client, cast: Cast, ticket: Ticket) -> None:
    for number in range(20):
        actions.customer_wrote(
            ticket,
            by=cast.carl if number % 2 else cast.clara,
            text="And more.",
            at=ticket.changed_at + MINUTE,
            files=[NewFile(f"{number}.txt", "text/plain", f"{number}".encode())],
        )
        cast.write(cast.carl, ticket.opened_at, subject=f"Matter {number}")
    asked = {}
    for address in ("", "?tab=ended", "?q=slow", "new", f"{ticket.pk}", f"{ticket.pk}/why", f"{ticket.pk}/news"):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert clara.get(f"/requests/{address}").status_code == 200
        asked[address] = len(seen)
    with CaptureQueriesContext(connection) as seen:
        clara.get("/organisation")
    asked["organisation"] = len(seen)
    assert {address: count for address, count in asked.items() if count > MOST_STATEMENTS} == {}
    assert asked[f"{ticket.pk}"] <= MOST_FOR_A_REQUEST


def test_it_lists_exactly_what_the_door_opens(cast: Cast, lately: datetime) -> None:
    for number, person in enumerate((cast.clara, cast.carl, cast.cleo, cast.dan, cast.sam)):
        made = cast.write(person, lately + number * MINUTE, service=None)
        if person in (cast.clara, cast.carl):
            actions.add_participant(made, contact=cast.cleo, by=cast.clara.actor, at=lately)
    for person in (cast.clara, cast.carl, cast.cleo, cast.dan, cast.sam):
        listed = {ticket.pk for ticket in queries.requests_of(person, queries.Asked()).rows}
        assert listed == set(visible_to_contact(person).values_list("pk", flat=True)) != set()
    cast.cleo.active = False
    assert queries.requests_of(cast.cleo, queries.Asked()).rows == []


def test_it_reads_only_its_own_rows_for_a_list(clara: Client, cast: Cast, lately: datetime) -> None:
    cast.write(cast.clara, lately)
    with CaptureQueriesContext(connection) as seen:
        clara.get("/requests/")
    asked = next(query["sql"] for query in seen if "UNION" in query["sql"])
    ways = asked.split("UNION")
    assert len(ways) == 3, "own ones, those in copy, the organisation's"
    assert all(f"LIMIT {queries.PAGE + 1}" in way for way in ways)
    assert " OR " not in asked, "an OR over the ways makes the database walk everybody's tickets"
