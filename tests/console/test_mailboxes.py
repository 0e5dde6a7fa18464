"""Administration of the desk's addresses, and the alarm when one falls silent."""

from datetime import timedelta

import pytest
from django.conf import settings as set_now
from django.urls import reverse

from opora.config.http.health import readiness
from opora.desk.channels.email import boxes, chain, identity, limits
from opora.desk.channels.email.models import InboundLetter, Limits, Mailbox, OutgoingLetter, RawLetter
from opora.desk.channels.email.parsing import read_letter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.channels.email.sealing import unseal
from opora.desk.channels.phone import actions as exchanges
from opora.desk.kernel import clock
from opora.desk.kernel.jobs import deliver_due
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from tests.email.letters import letter

pytestmark = pytest.mark.django_db
IMAP = {
    "imap-host": "imap.provider.example",
    "imap-port": "993",
    "imap-security": "tls",
    "imap-sign_in": "google",
    "imap-secret": "refresh-word",
    "imap-client": "c-1",
    "imap-folder": "INBOX",
    "imap-afterwards": "mark",
    "imap-silent_minutes": "10",
}


@pytest.fixture
def hanna(cast, browser):
    return browser(cast.hanna)


@pytest.fixture
def billing(cast, monday):
    box = boxes.add_mailbox(address="Billing@opora.example", name="Billing", by=cast.hanna.actor, at=monday)
    words = {"signature_en": "Yours, Billing", "acknowledgement_en": "Dear {name}, noted as {number}. {promise}"}
    boxes.change_words(box, by=cast.hanna.actor, at=monday, **words)
    return box


def test_it_adds_an_address_and_says_how_it_is_fetched(hanna):
    added = hanna.post(
        reverse("administration:mailboxes"),
        {"deed": "add", "add-address": "Billing@opora.example", "add-name": "Billing"},
    )
    box = Mailbox.objects.get()
    assert added.url == reverse("administration:mailbox", args=[box.pk]) and box.address == "billing@opora.example"
    answer = hanna.post(added.url, {"deed": "imap", **IMAP})
    assert answer.status_code == 302
    box.refresh_from_db()
    assert (box.road, box.host, box.sign_in) == ("imap", "imap.provider.example", "google")
    assert "refresh-word" not in box.secret and unseal(box.secret, set_now.SECRET_KEY) == "refresh-word"
    page = hanna.get(added.url).content.decode()
    assert "refresh-word" not in page and box.secret not in page and "imap.provider.example:993" in page


def test_it_keeps_the_secret_when_none_is_given_and_asks_for_one_when_there_is_none(hanna, billing):
    where = reverse("administration:mailbox", args=[billing.pk])
    assert hanna.post(where, {"deed": "imap", **IMAP, "imap-secret": ""}).status_code == 422
    hanna.post(where, {"deed": "imap", **IMAP})
    hanna.post(where, {"deed": "imap", **IMAP, "imap-secret": "", "imap-port": "143"})
    billing.refresh_from_db()
    assert billing.port == 143 and unseal(billing.secret, set_now.SECRET_KEY) == "refresh-word"


@pytest.mark.parametrize("address", ["support@opora.example", "a+b@opora.example", "почта@opora.example"])
def test_it_takes_only_plain_addresses_it_does_not_have(hanna, address):
    answer = hanna.post(reverse("administration:mailboxes"), {"deed": "add", "add-address": address, "add-name": "x"})
    assert answer.status_code == 422 and not Mailbox.objects.exists()


def test_it_takes_letters_that_a_program_posts(client, hanna, billing, monday):
    page = hanna.post(reverse("administration:mailbox", args=[billing.pk]), {"deed": "hook"}).content.decode()
    token = page.partition("/hooks/mail/")[2].partition("<")[0].strip().split('"')[0]
    where = reverse("api:mail_hook", args=[token])
    posted = client.post(where + "?from=clara@bakery.example", letter(), content_type="message/rfc822")
    assert posted.status_code == 200
    raw = RawLetter.objects.get(pk=posted.json()["stored"])
    assert (bytes(raw.raw), raw.transport, raw.envelope_to) == (letter(), "http", ["billing@opora.example"])
    assert client.post(where, b"  ", content_type="message/rfc822").status_code == 400
    for wrong in ("x" * 32, "short"):
        assert client.post(reverse("api:mail_hook", args=[wrong]), letter(), content_type="x/y").status_code == 404
    assert client.get(where).status_code == 405 and RawLetter.objects.count() == 1


def test_it_answers_from_the_address_the_customer_wrote_to_in_its_words(cast, billing, monday):
    store([Arrived(letter(to="billing@opora.example"), "lmtp")], at=monday)
    chain.process_due(at=monday)
    ticket = Ticket.objects.get()
    assert InboundLetter.objects.get().mailbox == billing
    deliver_due(at=monday)
    tickets.reply(ticket, by=cast.anna, text="Your invoice.", at=monday)
    deliver_due(at=monday)
    acknowledged, answered = (read_letter(bytes(row.raw)) for row in OutgoingLetter.objects.order_by("pk"))
    assert acknowledged.text.startswith(f"Dear Clara Berg, noted as {ticket.mark}. We will answer by")
    assert answered.sender.email == "billing@opora.example" and "Yours, Billing" in answered.text
    assert answered.reply_to[0].email.startswith("billing+t+") and answered.message_id.endswith("@opora.example")


def test_it_takes_a_letter_to_two_of_our_addresses_for_one(cast, billing, monday):
    raw = letter(to="support@opora.example, Billing <billing@opora.example>")
    for address in ("support@opora.example", "billing@opora.example"):
        store([Arrived(raw, "lmtp", "", [address])], at=monday)
    chain.process_due(at=monday)
    assert Ticket.objects.count() == 1
    assert sorted(RawLetter.objects.values_list("outcome", flat=True)) == ["duplicate", "opened"]
    deliver_due(at=monday)
    assert OutgoingLetter.objects.filter(kind="received").count() == 1


def test_it_knows_its_own_letters_from_every_address(cast, billing, monday):
    store([Arrived(letter(sender="billing@opora.example"), "lmtp")], at=monday)
    chain.process_due(at=monday)
    assert RawLetter.objects.get().outcome == "own"
    assert identity.addresses() == {"support@opora.example", "billing@opora.example"}


def test_it_raises_an_alarm_outside_mail_when_a_mailbox_falls_silent(cast, hanna, browser, billing, monday):
    hanna.post(reverse("administration:mailbox", args=[billing.pk]), {"deed": "imap", **IMAP})
    anna = browser(cast.anna)
    counts = reverse("console:counts")
    assert anna.get(counts).json()["alarms"] == "" and "alarms" not in readiness()
    Mailbox.objects.update(heard_at=clock.now() - timedelta(minutes=30), trouble="no connection")
    assert anna.get(counts).json()["alarms"] == "1"
    assert readiness()["alarms"] == ["silent billing@opora.example"]
    page = anna.get(reverse("console:letters", args=["alarms"])).content.decode()
    assert "billing@opora.example is silent" in page and "no connection" in page
    assert "silent" in hanna.get(reverse("administration:mailboxes")).content.decode()


LIMITS = {"deed": "limits", "limits-sender": "3", "limits-ticket": "", "limits-desk": "0", "limits-undo_seconds": "20"}


def test_it_sets_limits_that_hold_at_once_and_shows_what_holds(hanna, settings, cast, monday):
    settings.OPORA_MAIL_TICKET_CAP = 77
    address = reverse("administration:mailboxes")
    before = hanna.get(address).content.decode()
    assert before.count("as the program is set") >= 4 and "Empty: 77, as the program is set." in before
    assert hanna.post(address, LIMITS).status_code == 302
    assert limits.in_force() == limits.Figures(sender=3, ticket=77, desk=0, undo_seconds=20)
    assert 'value="20"' in hanna.get(address).content.decode()
    store([Arrived(letter(f"{n}", message_id=f"{n}@b.example"), "lmtp") for n in range(5)], at=monday)
    chain.process_due(at=monday)
    assert RawLetter.objects.filter(state="held", held_for="sender:clara@bakery.example").count() == 2
    assert Event.objects.filter(name="email.limits_changed").count() == 1


def test_it_says_in_the_readers_language_what_to_choose(browser, cast, monday):
    made, _token = exchanges.connect(name="O", preset="generic", region="RU", secret="", by=cast.hanna, at=monday)
    account = cast.hanna.account
    account.language = "ru"
    account.save(update_fields=["language"])
    page = browser(cast.hanna).get(reverse("administration:exchange", args=[made.pk])).content.decode()
    assert "Select an option" not in page and ">выберите<" in page


def test_it_takes_what_was_set_back_to_the_programs_own(hanna):
    address = reverse("administration:mailboxes")
    hanna.post(address, LIMITS)
    hanna.post(address, LIMITS | {"limits-sender": "", "limits-desk": "", "limits-undo_seconds": ""})
    assert limits.in_force() == limits.of_the_settings() and Limits.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"limits-sender": "-1"}, {"limits-undo_seconds": "601"}, {"limits-desk": "1000001"}])
def test_it_refuses_limits_that_cannot_be(hanna, wrong):
    answer = hanna.post(reverse("administration:mailboxes"), LIMITS | wrong)
    assert answer.status_code == 422 and not Limits.objects.exists()


def test_only_administration_sets_limits(browser, cast):
    answer = browser(cast.boris).post(reverse("administration:mailboxes"), LIMITS)
    assert answer.status_code == 403 and not Limits.objects.exists()
