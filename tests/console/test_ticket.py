"""The ticket page: what it shows, what can be done on it, what it costs, and that nothing typed is lost."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opora.desk.dispatch.models import Notice
from opora.desk.tickets import actions, states
from opora.desk.tickets.models import Draft, Ticket, TicketLink
from opora.desk.tickets.rules import Known

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 8


def home(ticket: Ticket) -> str:
    return reverse("console:ticket", args=[ticket.pk])


def act(ticket: Ticket, verb: str) -> str:
    return reverse("console:act", args=[ticket.pk, verb])


@pytest.fixture
def ticket(cast, monday):
    return cast.write(cast.clara, monday)


@pytest.fixture
def anna(cast, browser):
    return browser(cast.anna)


def test_it_shows_public_words_and_notes_as_different_things(cast, monday, ticket, anna):
    actions.reply(ticket, by=cast.anna, text="We are looking", at=monday)
    actions.note(ticket, by=cast.boris.actor, text="Disk is full", at=monday)
    page = anna.get(home(ticket)).content.decode()
    assert page.count('class="note"') == 1
    assert page.count('class="message ours"') == 1
    assert page.count('class="message customer"') == 1
    assert "Internal note" in page


def test_it_costs_few_statements_with_twenty_messages(cast, monday, ticket, anna):
    for at in range(20):
        moment = monday + timedelta(minutes=at)
        file = actions.NewFile(f"{at}.txt", "text/plain", str(at).encode())
        actions.reply(ticket, by=cast.anna, text=f"Answer {at}", at=moment, files=[file])
        actions.note(ticket, by=cast.anna.actor, text=f"Note {at}", at=moment, files=[file])
    actions.add_participant(ticket, contact=cast.carl, by=cast.anna.actor, at=monday)
    actions.link(ticket, other=cast.write(cast.clara, monday), kind="related", by=cast.anna.actor, at=monday)
    anna.get(home(ticket))
    with CaptureQueriesContext(connection) as asked:
        assert anna.get(home(ticket)).status_code == 200
    assert len(asked) <= MOST_STATEMENTS, "\n".join(one["sql"][:150] for one in asked.captured_queries)


def test_it_answers_with_files_and_moves_the_ticket(ticket, anna):
    file = SimpleUploadedFile("log.txt", b"line", "text/plain")
    where = reverse("console:say", args=[ticket.pk])
    answer = anna.post(where, {"kind": "reply", "text": "Which page?", "then": "wait", "files": [file]})
    assert answer.status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == states.WAITING_CUSTOMER
    assert ticket.messages.last().files.get().name == "log.txt"


def test_it_loses_nothing_of_a_refused_answer(cast, monday, ticket, anna):
    actions.resolve(ticket, by=cast.anna, at=monday)
    actions.close(ticket, by=cast.anna.actor, at=monday)
    answer = anna.post(reverse("console:say", args=[ticket.pk]), {"kind": "reply", "text": "One more thing"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "One more thing" in page
    assert "This ticket has ended" in page


def test_it_argues_a_changed_priority(cast, ticket, anna):
    answer = anna.post(act(ticket, "priority"), {"priority": "high", "why": ""})
    assert answer.status_code == 422
    assert "the customer will read it" in answer.content.decode()
    assert "data-open-now" in answer.content.decode()
    anna.post(act(ticket, "priority"), {"priority": "high", "why": "The shop is gone altogether."})
    page = anna.get(home(ticket)).content.decode()
    assert "The shop is gone altogether." in page
    assert "Medium → High" in page


def test_it_names_the_cause_of_an_outage_before_resolving(cast, ticket, anna):
    anna.post(act(ticket, "priority"), {"priority": "high", "why": "All is down."})
    assert anna.post(act(ticket, "resolve")).status_code == 422
    assert anna.post(act(ticket, "resolve"), {"cause": "infrastructure"}).status_code == 422
    anna.post(act(ticket, "resolve"), {"cause": "infrastructure", "evidence": "Port errors on sw-3."})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.cause) == (states.RESOLVED, "infrastructure")


def test_it_hands_over_only_with_what_is_known(cast, ticket, anna):
    known = {"line": cast.second.pk, "asked": "Why is it slow?", "tried": "A restart.", "suspected": " "}
    refused = anna.post(act(ticket, "hand"), known)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Write down what is suspected." in page
    assert "A restart.</textarea>" in page
    anna.post(act(ticket, "hand"), known | {"suspected": "The disk"})
    ticket.refresh_from_db()
    assert ticket.line == cast.second


def test_it_shows_the_next_line_first_what_is_known(cast, ticket, monday, browser):
    actions.hand_up(ticket, known=Known("Why?", "Looked at <b>.", "The disk"), by=cast.anna, at=monday)
    page = browser(cast.boris).get(home(ticket)).content.decode()
    card = page[page.index('class="handed"') : page.index('class="conversation"')]
    for words in ("Anna Petrova", "handed it up to Second line", "Why?", "Looked at &lt;b&gt;.", "The disk"):
        assert words in card
    actions.hand_back(ticket, known=Known("Why?", "Looked.", "The cart"), by=cast.boris, at=monday)
    assert "turned round once" in browser(cast.anna).get(home(ticket)).content.decode()
    row = browser(cast.anna).get(reverse("console:queue", args=["line"])).content.decode()
    assert "Handed over 2 times, turned round once" in row


def test_it_fills_the_note_from_the_ticket_and_offers_only_the_lines_that_are_next(cast, ticket, anna):
    anna.post(reverse("console:say", args=[ticket.pk]), {"kind": "note", "text": "The disk queue is long."})
    form = anna.get(reverse("console:dialogs", args=[ticket.pk])).content.decode()
    assert "Pages take ten seconds since the morning.</textarea>" in form
    assert "Anna Petrova: The disk queue is long.</textarea>" in form
    offered = anna.get(reverse("console:choices", args=[ticket.pk]) + "?lines").content.decode()
    assert "Second line (up)" in offered
    assert "Third line" not in offered


def test_it_closes_with_what_is_known(cast, ticket, anna):
    known = {"asked": "Why is it slow?", "tried": "", "suspected": "The disk"}
    assert anna.post(act(ticket, "resolve"), known).status_code == 422
    assert anna.post(act(ticket, "resolve"), known | {"tried": "Made room."}).status_code == 302
    assert "Made room." in anna.get(home(ticket)).content.decode()


@pytest.mark.parametrize(
    ("verb", "state"),
    [("resume", "open"), ("wait_for_customer", "waiting_customer"), ("wait_for_vendor", "waiting_vendor")],
)
def test_it_moves_by_one_press(ticket, anna, verb, state):
    assert anna.post(act(ticket, verb)).status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == state


def test_it_resolves_reopens_and_closes(ticket, anna):
    for verb, more, state in (
        ("resolve", {}, states.RESOLVED),
        ("reopen", {"why": "It is back."}, states.OPEN),
        ("resolve", {}, states.RESOLVED),
        ("close", {}, states.CLOSED),
    ):
        assert anna.post(act(ticket, verb), more).status_code == 302
        ticket.refresh_from_db()
        assert ticket.state == state


def test_it_takes_assigns_and_releases(cast, ticket, anna):
    anna.post(act(ticket, "take"))
    ticket.refresh_from_db()
    assert ticket.assignee == cast.anna
    anna.post(act(ticket, "assign"), {"assignee": cast.boris.pk})
    ticket.refresh_from_db()
    assert ticket.assignee == cast.boris
    anna.post(act(ticket, "release"))
    ticket.refresh_from_db()
    assert ticket.assignee is None
    assert anna.post(act(ticket, "assign"), {"assignee": "999"}).status_code == 422


def test_it_marks_names_and_copies(cast, ticket, anna):
    anna.post(act(ticket, "tag"), {"tag": "Slow disk"})
    anna.post(act(ticket, "subject"), {"subject": "The disk is slow"})
    anna.post(act(ticket, "kind"), {"kind": "question"})
    anna.post(act(ticket, "add-participant"), {"email": "carl@bakery.example"})
    ticket.refresh_from_db()
    assert (ticket.tags, ticket.subject, ticket.kind) == (["slow-disk"], "The disk is slow", "question")
    assert [one.contact for one in ticket.participants.all()] == [cast.carl]
    anna.post(act(ticket, "untag"), {"tag": "slow-disk"})
    anna.post(act(ticket, "remove-participant"), {"contact": cast.carl.pk})
    ticket.refresh_from_db()
    assert (ticket.tags, ticket.participants.count()) == ([], 0)
    assert anna.post(act(ticket, "add-participant"), {"email": "dan@driftwood.example"}).status_code == 422


def test_it_links_merges_and_splits(cast, monday, ticket, anna):
    other = cast.write(cast.clara, monday, subject="The same")
    anna.post(act(ticket, "link"), {"other": other.mark, "kind": "duplicate"})
    assert TicketLink.objects.get().kind == "duplicate"
    anna.post(act(ticket, "unlink"), {"other": other.pk})
    assert not TicketLink.objects.exists()
    assert anna.post(act(ticket, "merge"), {"other": "T-999999"}).status_code == 422
    assert anna.post(act(other, "merge"), {"other": ticket.mark})["Location"] == home(ticket)
    moved = ticket.messages.last()
    answer = anna.post(act(ticket, "split"), {"messages": [moved.pk], "subject": "Another matter"})
    assert Ticket.objects.get(subject="Another matter").messages.count() == 1
    assert answer.status_code == 302


def test_it_keeps_drafts_by_themselves_and_shows_them_again(cast, ticket, anna):
    where = reverse("console:draft", args=[ticket.pk])
    assert anna.post(where, {"kind": "reply", "text": "Half an ans"}).status_code == 204
    anna.post(where, {"kind": "note", "text": "Check the disk"})
    page = anna.get(home(ticket)).content.decode()
    assert 'data-reply-draft="Half an ans"' in page
    assert 'data-note-draft="Check the disk"' in page
    anna.post(reverse("console:say", args=[ticket.pk]), {"kind": "reply", "text": "Half an answer"})
    assert [one.kind for one in Draft.objects.all()] == ["note"]


def test_it_gives_a_live_page_its_parts(ticket, anna):
    page = anna.get(reverse("console:fresh", args=[ticket.pk])).content.decode()
    assert page.count("data-live-slot") == 5
    assert "<html" not in page


def test_it_marks_notices_read_when_looked_at(cast, monday, ticket, anna):
    Notice.objects.create(staff=cast.anna, ticket=ticket, kind="opened", event_id=1, at=monday)
    anna.post(reverse("console:seen", args=[ticket.pk]))
    assert Notice.objects.get().read_at is not None


def test_it_says_why_this_moment(cast, monday, ticket, anna):
    clock = anna.get(home(ticket)).context["clocks"][0]["number"]
    page = anna.get(reverse("console:promise", args=[ticket.pk, clock])).content.decode()
    assert "counted from" in page
    other = cast.write(cast.dan, monday)
    assert anna.get(reverse("console:promise", args=[other.pk, clock])).status_code == 404


def test_it_has_no_verb_of_another_name(ticket, anna):
    assert anna.post(act(ticket, "delete")).status_code == 404


def test_it_offers_colleagues_and_lines(cast, ticket, anna):
    where = reverse("console:choices", args=[ticket.pk])
    assert "Boris Orlov" in anna.get(where).content.decode()
    lines = anna.get(where, {"lines": ""}).content.decode()
    assert "Second line" in lines
    assert "First line" not in lines


def test_it_makes_links_of_addresses_and_nothing_else(cast, monday, anna):
    words = "See https://shop.example/?a=1&b=2. <script>alert(1)</script>"
    page = anna.get(home(cast.write(cast.clara, monday, text=words))).content.decode()
    assert 'href="https://shop.example/?a=1&amp;b=2"' in page
    assert "<script>alert" not in page


def test_it_opens_a_ticket_for_a_caller(cast, anna):
    words = {"subject": "No mail", "text": "Since noon", "kind": "incident", "priority": "medium", "channel": "phone"}
    anna.post(reverse("console:new"), {"email": "clara@bakery.example", **words})
    known = Ticket.objects.get()
    assert (known.requester, known.channel) == (cast.clara, "phone")
    anna.post(reverse("console:new"), {"email": "new@elsewhere.example", "name": "Nora", **words})
    assert Ticket.objects.latest("pk").requester.name == "Nora"
    answer = anna.post(reverse("console:new"), {"email": "no address", **words})
    assert answer.status_code == 422
    assert "Since noon" in answer.content.decode()


def test_it_offers_people_by_the_beginning_of_their_name(cast, anna):
    people = anna.get(reverse("console:people"), {"q": "cla"}).json()["people"]
    assert [one["email"] for one in people] == ["clara@bakery.example"]
    assert anna.get(reverse("console:people"), {"q": " "}).json()["people"] == []
