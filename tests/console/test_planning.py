"""Replies that can be taken back, replies for later, and the question about a forgotten file."""

from datetime import timedelta

import pytest
from django.urls import reverse

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.kernel import clock
from opora.desk.kernel.errors import Clash, Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets import actions, rules
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import Draft, Note, PlannedReply

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast, monday):
    return cast.write(cast.clara, monday)


@pytest.fixture
def anna(cast, browser):
    return browser(cast.anna)


def say(anna, ticket, text, **more):
    return anna.post(reverse("console:say", args=[ticket.pk]), {"kind": "reply", "text": text, **more})


def said(ticket):
    return list(ticket.messages.filter(author_staff__isnull=False).values_list("text", flat=True))


def test_it_says_nothing_before_the_seconds_of_undo_are_over(cast, ticket, anna, settings):
    settings.OPORA_UNDO_SECONDS = 10
    say(anna, ticket, "We are looking", then="wait")
    planned = PlannedReply.objects.get()
    page = anna.get(reverse("console:ticket", args=[ticket.pk])).content.decode()
    assert "goes out in" in page and "Take it back" in page and said(ticket) == []
    assert actions.say_planned(at=planned.due_at - timedelta(seconds=1)) == 0
    deliver_due(at=clock.now())
    assert not OutgoingLetter.objects.filter(kind="reply").exists()
    assert actions.say_planned(at=planned.due_at) == 1 and actions.say_planned(at=planned.due_at) == 0
    ticket.refresh_from_db()
    assert (said(ticket), ticket.state) == (["We are looking"], "waiting_customer")
    planned.refresh_from_db()
    with pytest.raises(Clash):
        actions.take_back(planned, by=cast.anna, at=planned.due_at)


def test_it_takes_a_reply_back_into_the_draft(cast, ticket, anna, settings):
    settings.OPORA_UNDO_SECONDS = 10
    say(anna, ticket, "Wrong words")
    planned = PlannedReply.objects.get()
    anna.post(reverse("console:act", args=[ticket.pk, "take-back"]), {"planned": planned.pk})
    assert Draft.objects.get().text == "Wrong words"
    assert actions.say_planned(at=planned.due_at) == 0 and said(ticket) == []
    page = anna.get(reverse("console:ticket", args=[ticket.pk])).content.decode()
    assert "goes out in" not in page and "Wrong words" in page


def test_it_takes_a_draft_that_was_kept_late_for_nothing_new(cast, ticket, monday):
    due = monday + timedelta(hours=5)
    for text in ("Said", "Taken back"):
        planned = actions.plan_reply(ticket, by=cast.anna, text=text, due_at=due, at=monday)
        actions.keep_draft(ticket, by=cast.anna, kind="reply", text=f"{text}\n", at=monday)
    actions.take_back(planned, by=cast.anna, at=monday)
    assert Draft.objects.get().text == "Taken back"
    actions.keep_draft(ticket, by=cast.anna, kind="reply", text="Said", at=monday)
    assert actions.say_planned(at=due) == 1
    assert not Draft.objects.exists()


def test_it_sends_at_the_moment_chosen_with_its_files(cast, ticket, monday):
    due = monday + timedelta(hours=5)
    file = NewFile("plan.txt", "text/plain", b"the plan")
    actions.plan_reply(ticket, by=cast.anna, text="At noon", due_at=due, at=monday, files=[file], then="resolve")
    actions.keep_draft(ticket, by=cast.anna, kind="reply", text="begun since", at=monday)
    assert actions.say_planned(at=due) == 1
    ticket.refresh_from_db()
    message = ticket.messages.get(author_staff=cast.anna)
    assert (message.text, message.at, ticket.state) == ("At noon", due, "resolved")
    assert [row.name for row in message.files.all()] == ["plan.txt"]
    assert Draft.objects.get().text == "begun since"


def test_it_takes_the_moment_from_the_page(ticket, anna):
    assert say(anna, ticket, "Later", later="2026-02-30T99:00").status_code == 422
    assert say(anna, ticket, "Later", later="2020-01-01T10:00").status_code == 422
    tomorrow = clock.now() + timedelta(days=1)
    say(anna, ticket, "Later", later=tomorrow.strftime("%Y-%m-%dT%H:%M"))
    assert abs(PlannedReply.objects.get().due_at - tomorrow) < timedelta(hours=15)
    assert said(ticket) == []


def test_it_stops_a_planned_reply_when_the_customer_wrote_before(cast, ticket, monday):
    due = monday + timedelta(hours=5)
    actions.plan_reply(ticket, by=cast.anna, text="Still down?", due_at=due, at=monday)
    actions.customer_wrote(ticket, by=cast.clara, text="It works again", at=monday + timedelta(hours=1))
    assert actions.say_planned(at=due) == 1 and said(ticket) == []
    assert PlannedReply.objects.get().state == "stopped"
    assert Draft.objects.get(staff=cast.anna).text == "Still down?"
    assert "Still down?" in Note.objects.get(ticket=ticket).text


def test_it_stops_a_planned_reply_to_a_ticket_that_has_ended(cast, ticket, monday):
    due = monday + timedelta(hours=5)
    actions.plan_reply(ticket, by=cast.anna, text="Later", due_at=due, at=monday)
    actions.resolve(ticket, by=cast.boris, at=monday)
    actions.close(ticket, by=cast.boris.actor, at=monday)
    actions.say_planned(at=due)
    assert PlannedReply.objects.get().state == "stopped" and said(ticket) == []


def test_it_lets_nobody_plan_who_may_not_reply(cast, ticket, monday):
    with pytest.raises(Refused):
        actions.plan_reply(ticket, by=cast.vera, text="x", due_at=monday + timedelta(hours=1), at=monday)


def test_it_asks_once_about_a_forgotten_file(ticket, anna):
    answer = say(anna, ticket, "The log is attached.")
    page = answer.content.decode()
    assert answer.status_code == 422 and "none is attached" in page and "The log is attached." in page
    assert 'name="no_file_meant"' in page and said(ticket) == []
    say(anna, ticket, "The log is attached.", no_file_meant="1")
    assert said(ticket) == ["The log is attached."]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("See the attached log", True),
        ("Логи во вложении.", True),
        ("Прилагаю счёт", True),
        ("Файл приложен", True),
        ("We are looking into it", False),
        ("Мы проверим диск", False),
        ("> the log is attached\nThanks!", False),
        ("Вложенные папки пропали", False),
        ("приложение не запускается", False),
    ],
)
def test_it_knows_when_words_speak_of_a_file(words, meant):
    assert rules.mentions_file(words) is meant
