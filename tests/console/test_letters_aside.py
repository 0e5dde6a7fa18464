"""Held letters, spam, letters that look like another ticket's, and bad addresses: what colleagues see and do."""

import pytest
from django.urls import reverse

from opora.desk.channels.email import chain, floods
from opora.desk.channels.email.learning import teach
from opora.desk.channels.email.models import Lesson, OutgoingLetter, RawLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Address
from opora.desk.kernel import clock
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets.models import Participant, Ticket
from tests.email.letters import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(cast, monday):
    def bring(*raws):
        keys = store([Arrived(raw, "lmtp") for raw in raws], at=monday)
        chain.process_due(at=monday)
        return list(RawLetter.objects.filter(pk__in=keys).order_by("pk"))

    return bring


@pytest.fixture
def anna(cast, browser):
    return browser(cast.anna)


def test_it_shows_what_is_held_back_and_why_and_lets_it_through(cast, bring, anna, settings, monday):
    settings.OPORA_MAIL_SENDER_CAP = 1
    bring(*(letter(f"Words {one}", message_id=f"{one}@bakery.example") for one in range(3)))
    shelf = reverse("console:letters", args=["held"])
    page = anna.get(shelf).content.decode()
    assert "2 letters" in page and "over 1 letters an hour from clara@bakery.example" in page
    where = reverse("console:pile_act", args=["through"])
    page = anna.post(where, {"held_for": "sender:clara@bakery.example"}, follow=True).content.decode()
    assert "2 letters are on their way." in page and "Nothing is held back" in page
    chain.process_due(at=clock.now())
    assert Ticket.objects.count() == 3 and floods.let_go(at=monday) == 0


def test_it_puts_what_the_filter_calls_spam_on_a_shelf_and_takes_it_back(cast, bring, anna, settings, monday):
    settings.OPORA_MAIL_SPAM_HEADERS = True
    spam, ham = bring(letter(x_spam="Yes"), letter("Fine", message_id="2@b.example", x_spam_status="No, score=1.2"))
    assert (spam.state, ham.outcome) == ("spam", "opened")
    page = anna.get(reverse("console:letters", args=["spam"])).content.decode()
    assert spam.subject in page and "X-Spam: Yes" in page
    anna.post(reverse("console:letter_act", args=[spam.pk, "through"]))
    chain.process_due(at=clock.now())
    assert RawLetter.objects.get(pk=spam.pk).outcome == "opened"
    assert Lesson.objects.get().spam is False


def test_it_believes_no_spam_header_unless_told_to(bring):
    assert bring(letter(x_spam="Yes"))[0].outcome == "opened"


class Listening:
    """A filter that remembers what it was taught."""

    def __init__(self):
        self.learnt = []

    def learn(self, raw, *, spam):
        self.learnt.append((raw, spam))
        return "200 {}"


class Away:
    def learn(self, raw, *, spam):
        raise ConnectionRefusedError("nobody there")


def test_it_teaches_the_filter_what_a_colleague_calls_spam(cast, bring, anna, monday):
    (raw,) = bring(letter("Buy!"))
    deliver_due(at=monday)
    ticket = Ticket.objects.get()
    anna.post(reverse("console:act", args=[ticket.pk, "call-spam"]))
    ticket.refresh_from_db()
    assert (ticket.state, RawLetter.objects.get(pk=raw.pk).state) == ("closed", "spam")
    assert set(OutgoingLetter.objects.values_list("recipients__state", flat=True)) == {"dropped"}
    assert teach(Away(), at=monday) == 0
    assert Lesson.objects.filter(taught_at__isnull=True).count() == 1
    listening = Listening()
    assert teach(listening, at=monday) == 1 and teach(listening, at=monday) == 0
    assert listening.learnt == [(bytes(raw.raw), True)]


def test_it_calls_no_answered_ticket_spam(cast, bring, anna, monday):
    from opora.desk.tickets import actions

    bring(letter("Help"))
    ticket = Ticket.objects.get()
    actions.reply(ticket, by=cast.anna, text="Yes?", at=monday)
    answer = anna.post(reverse("console:act", args=[ticket.pk, "call-spam"]))
    assert answer.status_code == 422
    assert RawLetter.objects.get().state == "done"


@pytest.fixture
def stranger(cast, monday, bring):
    """Sam, of no customer, writes about Clara's ticket."""
    ticket = cast.write(cast.clara, monday)
    bring(letter("From home", sender="Clara <clara@home.example>", subject=f"Re: {ticket.mark} [{ticket.mark}]"))
    return ticket, Ticket.objects.exclude(pk=ticket.pk).get()


def test_it_hints_at_the_ticket_a_stranger_named_and_joins_them_by_one_click(cast, anna, stranger):
    ticket, new = stranger
    page = anna.get(reverse("console:ticket", args=[new.pk])).content.decode()
    assert "but clara@home.example does not belong to it" in page and "Join them" in page
    answer = anna.post(reverse("console:act", args=[new.pk, "admit"]), {"other": str(ticket.pk)})
    assert answer.url == reverse("console:ticket", args=[ticket.pk])
    new.refresh_from_db()
    assert (new.state, new.merged_into) == ("merged", ticket)
    assert ticket.messages.filter(text="From home").exists()
    assert Participant.objects.filter(ticket=ticket, contact=new.requester).exists()
    assert "Join them" not in anna.get(reverse("console:ticket", args=[ticket.pk])).content.decode()


def test_it_never_joins_the_words_of_another_customer(cast, anna, monday, bring):
    ticket = cast.write(cast.clara, monday)
    bring(letter(sender="dan@driftwood.example", subject=f"Re: [{ticket.mark}]"))
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    answer = anna.post(reverse("console:act", args=[new.pk, "admit"]), {"other": str(ticket.pk)})
    assert answer.status_code == 422 and ticket.messages.count() == 1


def test_it_shows_a_bad_address_and_clears_it(cast, anna, browser, monday):
    ticket = cast.write(cast.clara, monday)
    address = Address.objects.get(email="clara@bakery.example")
    customers.address_bounced(address, said="550 5.1.1 no such user", by=cast.anna.actor, at=monday)
    assert "bounces" in anna.get(reverse("console:ticket", args=[ticket.pk])).content.decode()
    page = browser(cast.hanna).get(reverse("administration:customer", args=[cast.bakery.pk])).content.decode()
    assert "550 5.1.1 no such user" in page and "An address works again" in page
    anna.post(reverse("console:act", args=[ticket.pk, "clear-bounce"]), {"email": address.email})
    address.refresh_from_db()
    assert address.bounced_at is None and address.bounce_words == ""
