"""Under each answer stands how far it came to each reader, and what can be done where it did not arrive."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opora.desk.channels.email import states
from opora.desk.channels.email.models import Recipient
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(cast, monday):
    """A ticket with our answer, read by Clara and by Carl in copy; its letters are written."""
    ticket = cast.write(cast.clara, monday)
    actions.add_participant(ticket, contact=cast.carl, by=cast.anna.actor, at=monday)
    actions.reply(ticket, by=cast.anna, text="We are looking", at=monday)
    deliver_due(at=monday, limit=100)
    return ticket


@pytest.fixture
def page(browser):
    """`page(ticket, person)`: the ticket's page as this colleague sees it."""

    def opened(ticket, person):
        return browser(person).get(reverse("console:ticket", args=[ticket.pk])).content.decode()

    return opened


def way(email: str, state: str, answer: str = "", **more) -> Recipient:
    row = Recipient.objects.get(email=email, letter__kind="reply")
    Recipient.objects.filter(pk=row.pk).update(state=state, answer=answer, **more)
    return row


def test_it_says_that_an_answer_waits_before_its_letter_is_written(cast, monday, page):
    ticket = cast.write(cast.clara, monday)
    actions.reply(ticket, by=cast.anna, text="We are looking", at=monday)
    assert "Waiting to be sent</span>" in page(ticket, cast.anna)


def test_it_says_that_nobody_could_be_written_to(cast, monday, page):
    ticket = cast.write(cast.clara, monday)
    cast.clara.addresses.update(bounced_at=monday)
    actions.reply(ticket, by=cast.anna, text="We are looking", at=monday)
    deliver_due(at=monday, limit=100)
    assert "No letter: read in the portal only" in page(ticket, cast.anna)


def test_it_names_those_who_wait_and_those_who_have_it(cast, answered, page):
    shown = page(answered, cast.anna)
    assert "Waiting to be sent to clara@bakery.example, carl@bakery.example" in shown
    way("clara@bakery.example", states.SENT)
    way("carl@bakery.example", states.QUEUED, tries=3)
    shown = page(answered, cast.anna)
    assert "Sent to clara@bakery.example" in shown
    assert "Waiting to be sent to carl@bakery.example (tried 3 times)" in shown


def test_it_says_why_an_answer_did_not_arrive_and_sends_it_once_more(cast, answered, page, browser):
    row = way("carl@bakery.example", states.FAILED, "550 <no such user>")
    shown = page(answered, cast.anna)
    assert "Not delivered to carl@bakery.example" in shown
    assert "550 &lt;no such user&gt;" in shown
    again = reverse("console:road_act", args=[row.pk, "resend"])
    assert f'formaction="{again}"' in shown
    answer = browser(cast.anna).post(again, {"ticket": answered.pk})
    assert answer.url == reverse("console:ticket", args=[answered.pk])
    row.refresh_from_db()
    assert row.state == states.QUEUED


def test_it_asks_a_colleague_where_nobody_knows(cast, answered, page, monday):
    row = way("clara@bakery.example", states.UNKNOWN, handed_over_at=monday)
    shown = page(answered, cast.anna)
    assert "Nobody knows whether it reached clara@bakery.example" in shown
    assert reverse("console:road_act", args=[row.pk, "arrived"]) in shown


def test_it_offers_nothing_to_those_who_do_not_handle_letters(cast, answered, page):
    way("carl@bakery.example", states.FAILED, "550 no")
    shown = page(answered, cast.vera)
    assert "Not delivered to carl@bakery.example" in shown
    assert "formaction" not in shown


def test_it_shows_under_the_customers_words_only_what_went_wrong(cast, monday, answered, page):
    actions.customer_wrote(answered, by=cast.clara, text="Thank you", at=monday)
    deliver_due(at=monday, limit=100)
    copy = Recipient.objects.filter(letter__kind="copy", email="carl@bakery.example").latest("pk")
    assert page(answered, cast.anna).count('class="delivery"') == 1
    Recipient.objects.filter(pk=copy.pk).update(state=states.FAILED)
    assert page(answered, cast.anna).count('class="delivery"') == 2


def test_it_asks_for_all_ways_at_once(cast, monday, answered, browser):
    for _ in range(5):
        actions.reply(answered, by=cast.anna, text="And again", at=monday)
    deliver_due(at=monday, limit=100)
    client = browser(cast.anna)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("console:ticket", args=[answered.pk]))
    assert sum("email_channel_recipient" in one["sql"] for one in asked.captured_queries) == 1


def test_it_tells_open_pages_that_a_letter_came_on(cast, answered, browser):
    row = way("carl@bakery.example", states.FAILED, "550 no")
    browser(cast.anna).post(reverse("console:road_act", args=[row.pk, "resend"]))
    told = Event.objects.get(name="email.settled")
    assert (told.subject_kind, told.subject_id) == ("ticket", answered.pk)
    assert told.facts == {"message": row.letter.message_id}
