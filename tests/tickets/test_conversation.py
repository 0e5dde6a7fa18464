"""The conversation: who may say what, what it moves, and what nobody outside ever sees."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from opora.desk.kernel.errors import Clash, NotHere, Refused
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions, policies, queries, states
from opora.desk.tickets.models import Draft, Message, Ticket
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ticket(cast: Cast, monday: datetime) -> Ticket:
    return cast.write(cast.clara, monday)


def test_it_opens_with_the_words_the_line_and_the_pinned_terms(cast: Cast, ticket: Ticket) -> None:
    assert ticket.state == states.NEW
    assert ticket.line == cast.first
    assert ticket.contract_version == cast.terms
    assert [message.text for message in queries.public_conversation(ticket)] == [
        "Pages take ten seconds since the morning."
    ]
    assert Event.objects.get(name="tickets.opened", subject_id=ticket.pk).actor_name == "Clara Berg"


def test_it_numbers_tickets_from_a_thousand_and_one_on(ticket: Ticket) -> None:
    assert ticket.pk > 1000
    assert ticket.mark == f"T-{ticket.pk}"


def test_it_refuses_a_request_without_a_word(cast: Cast, monday: datetime) -> None:
    with pytest.raises(Refused, match="Write what it is about"):
        cast.write(cast.clara, monday, subject=" ", text="")
    assert not Ticket.objects.exists()


def test_it_refuses_a_system_of_another_customer(cast: Cast, monday: datetime) -> None:
    assert cast.write(cast.clara, monday, system=cast.web1).system == cast.web1
    with pytest.raises(Refused):
        cast.write(cast.dan, monday, system=cast.web1)


def test_it_is_in_work_from_our_first_answer_on(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.reply(ticket, by=cast.anna, text="We are looking.", at=monday + HOUR)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.due_at, ticket.last_staff_at) == (states.OPEN, None, monday + HOUR)


def test_it_waits_for_the_customer_and_wakes_when_they_write(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.reply_and_wait(ticket, by=cast.anna, text="Which page?", at=monday + HOUR)
    assert ticket.state == states.WAITING_CUSTOMER
    actions.customer_wrote(ticket, by=cast.clara, text="The start page.", at=monday + 2 * HOUR)
    assert ticket.state == states.OPEN


def test_it_is_not_woken_by_automatic_mail(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.reply_and_wait(ticket, by=cast.anna, text="Which page?", at=monday + HOUR)
    actions.customer_wrote(ticket, by=cast.clara, text="I am on holiday.", at=monday + 2 * HOUR, automatic=True)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.last_customer_at) == (states.WAITING_CUSTOMER, monday)


def test_it_reopens_when_the_customer_writes_after_the_solution(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.reply_and_resolve(ticket, by=cast.anna, text="Fixed.", at=monday + HOUR)
    assert ticket.resolved_at == monday + HOUR
    actions.customer_wrote(ticket, by=cast.clara, text="Still slow.", at=monday + 2 * HOUR)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resolved_at) == (states.OPEN, None)
    assert Event.objects.filter(name="tickets.reopened", subject_id=ticket.pk).count() == 1


def test_it_takes_no_words_after_the_end(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.reply_and_resolve(ticket, by=cast.anna, text="Fixed.", at=monday)
    actions.close(ticket, by=cast.anna.actor, at=monday + HOUR)
    with pytest.raises(Refused, match="closed"):
        actions.customer_wrote(ticket, by=cast.clara, text="One more thing", at=monday + 2 * HOUR)
    with pytest.raises(Refused, match="ended"):
        actions.reply(ticket, by=cast.anna, text="One more thing", at=monday + 2 * HOUR)


def test_it_lets_engineers_answer_and_operators_only_leave_notes(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.note(ticket, by=cast.vera.actor, text="She called twice.", at=monday)
    with pytest.raises(Refused, match="leave a note"):
        actions.reply(ticket, by=cast.vera, text="We are on it.", at=monday)
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_it_never_shows_a_note_to_the_customer(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.note(ticket, by=cast.anna.actor, text="Smells of zanzibar misuse", at=monday)
    shown = queries.public_conversation(ticket)
    assert all(isinstance(message, Message) and "zanzibar" not in message.text for message in shown)
    assert not queries.find_for_contact(cast.clara, "zanzibar").exists()
    assert queries.find_for_staff(cast.anna, "zanzibar").get() == ticket
    assert not any(event.name == "tickets.noted" for event in queries.public_history(ticket))


def test_it_opens_the_door_for_clara_and_her_colleague_and_never_for_dan(cast: Cast, ticket: Ticket) -> None:
    assert policies.portal_door(cast.clara, ticket.pk) == ticket
    assert policies.portal_door(cast.carl, ticket.pk) == ticket
    for other in (cast.dan, cast.cleo, cast.sam):
        with pytest.raises(NotHere):
            policies.portal_door(other, ticket.pk)


def test_it_opens_the_door_for_those_in_copy(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.add_participant(ticket, contact=cast.cleo, by=cast.anna.actor, at=monday)
    assert policies.portal_door(cast.cleo, ticket.pk) == ticket
    actions.remove_participant(ticket, contact=cast.cleo, by=cast.anna.actor, at=monday)
    with pytest.raises(NotHere):
        policies.portal_door(cast.cleo, ticket.pk)


def test_it_never_puts_another_customers_person_in_copy(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    with pytest.raises(Refused, match="another customer"):
        actions.add_participant(ticket, contact=cast.dan, by=cast.anna.actor, at=monday)
    assert not ticket.participants.exists()


def test_it_puts_a_colleague_who_writes_in_copy(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.customer_wrote(ticket, by=cast.carl, text="Same here.", at=monday)
    assert queries.people_in_copy(ticket) == [cast.carl]


def test_it_lets_only_one_of_two_movers_win(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    seen_by_boris = Ticket.objects.get(pk=ticket.pk)
    actions.resolve(ticket, by=cast.anna, at=monday)
    with pytest.raises(Clash):
        actions.wait_for_vendor(seen_by_boris, by=cast.boris, at=monday)


@pytest.mark.parametrize("old", states.STATES)
def test_it_moves_only_by_the_table(old: str, cast: Cast, ticket: Ticket, monday: datetime) -> None:
    from opora.desk.tickets.actions.moving import settle

    Ticket.objects.filter(pk=ticket.pk).update(state=old)
    for new in states.STATES:
        ticket.refresh_from_db()
        if (old, new) in states.MOVES:
            with transaction.atomic():
                settle(ticket, to=new, by=cast.anna.actor, at=monday)
            assert Ticket.objects.get(pk=ticket.pk).state == new
            Ticket.objects.filter(pk=ticket.pk).update(state=old)
        else:
            with pytest.raises(Refused):
                settle(ticket, to=new, by=cast.anna.actor, at=monday)


def test_it_resolves_a_total_outage_only_with_its_cause(cast: Cast, monday: datetime) -> None:
    outage = cast.write(cast.clara, monday, priority="high")
    with pytest.raises(Refused, match="cause"):
        actions.reply_and_resolve(outage, by=cast.anna, text="It is back.", at=monday)
    outage.refresh_from_db()
    assert outage.messages.count() == 1
    actions.reply_and_resolve(
        outage,
        by=cast.anna,
        text="It is back.",
        at=monday,
        found=actions.Cause("infrastructure", evidence="The graph."),
    )
    assert outage.state == states.RESOLVED


def test_it_holds_the_cause_rule_in_the_database_too(cast: Cast, monday: datetime) -> None:
    outage = cast.write(cast.clara, monday, priority="high")
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=outage.pk).update(state=states.RESOLVED)


def test_it_keeps_a_draft_until_the_words_are_said(cast: Cast, ticket: Ticket, monday: datetime) -> None:
    actions.keep_draft(ticket, by=cast.anna, kind="reply", text="We ar", at=monday)
    actions.keep_draft(ticket, by=cast.anna, kind="reply", text="We are looking", at=monday)
    assert queries.drafts_of(ticket, cast.anna) == {"reply": "We are looking"}
    assert queries.drafts_of(ticket, cast.boris) == {}
    actions.reply(ticket, by=cast.anna, text="We are looking", at=monday)
    assert not Draft.objects.exists()


def test_it_finds_by_words_in_both_languages_by_people_and_by_number(cast: Cast, monday: datetime) -> None:
    russian = cast.write(cast.clara, monday, subject="Серверы не работают", text="Ёлка на всех серверах упала")
    english = cast.write(cast.dan, monday, subject="Servers are down", text="Nothing answers")

    def find(words: str) -> set[int]:
        return set(queries.find_for_staff(cast.anna, words).values_list("pk", flat=True))

    assert find("сервер работать") == {russian.pk}
    assert find("елка") == {russian.pk}
    assert find("server") == {english.pk}
    assert find("clara@bakery.example") == {russian.pk}
    assert find(f"t-{english.pk}") == {english.pk}
    assert not queries.find_for_contact(cast.dan, "сервер").exists()
