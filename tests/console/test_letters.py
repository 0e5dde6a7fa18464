"""Letters that need a person: seen by those who handle mail, decided by a press, refused to the rest."""

import pytest
from django.urls import reverse

from opora.desk.channels.email import chain, states
from opora.desk.channels.email.models import OutgoingLetter, RawLetter, Recipient
from opora.desk.channels.email.receive import Arrived, store
from tests.email.letters import letter

pytestmark = pytest.mark.django_db


def shelf(name: str) -> str:
    return reverse("console:letters", args=[name])


@pytest.fixture
def quarantined(cast, monday) -> RawLetter:
    (number,) = store([Arrived(letter("<b>Who am I?</b>", sender=""), "lmtp")], at=monday)
    chain.process_due(at=monday)
    return RawLetter.objects.get(pk=number)


@pytest.fixture
def troubled(cast, monday):
    """`troubled("unknown")`: a letter of ours whose way ended so."""

    def made(state: str) -> Recipient:
        sent = OutgoingLetter.objects.create(
            kind="reply", mail_id=f"{state}@opora.example", subject="Re: Shop", raw=b"x", size=1, made_at=monday
        )
        more = {"handed_over_at": monday} if state == states.UNKNOWN else {}
        return Recipient.objects.create(
            letter=sent,
            email="clara@bakery.example",
            state=state,
            next_try_at=monday,
            answer="550 no such user",
            **more,
        )

    return made


def test_it_shows_the_quarantine_and_the_letter_as_it_came(cast, quarantined, browser):
    client = browser(cast.anna)
    assert "The shop is slow" in client.get(shelf("quarantine")).content.decode()
    place = reverse("console:letter", args=[quarantined.pk])
    page = client.get(place).content.decode()
    assert "&lt;b&gt;Who am I?&lt;/b&gt;" in page
    octets = client.get(place, {"download": ""})
    assert octets.content == bytes(quarantined.raw)
    assert octets["Content-Disposition"].startswith("attachment")


def test_it_tries_a_letter_again(cast, quarantined, browser):
    browser(cast.anna).post(reverse("console:letter_act", args=[quarantined.pk, "retry"]))
    quarantined.refresh_from_db()
    assert quarantined.state == states.STORED


def test_it_says_why_no_ticket_can_be_made_and_keeps_the_letter(cast, quarantined, browser):
    answer = browser(cast.anna).post(reverse("console:letter_act", args=[quarantined.pk, "ticket"]), follow=True)
    assert answer.context["letter"].state == states.QUARANTINED
    assert 'class="toast error"' in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "where", "verb", "becomes"),
    [
        ("failed", "unsent", "resend", "queued"),
        ("failed", "unsent", "drop", "dropped"),
        ("unknown", "unknown", "resend", "queued"),
        ("unknown", "unknown", "arrived", "sent"),
    ],
)
def test_it_decides_about_a_letter_of_ours(cast, troubled, browser, state, where, verb, becomes):
    one = troubled(state)
    client = browser(cast.anna)
    assert "550 no such user" in client.get(shelf(where)).content.decode()
    assert client.post(reverse("console:road_act", args=[one.pk, verb])).status_code == 302
    one.refresh_from_db()
    assert one.state == becomes


def test_it_shows_no_letter_to_those_who_do_not_handle_mail(cast, quarantined, troubled, browser):
    client = browser(cast.vera)
    assert client.get(shelf("quarantine")).status_code == 403
    assert client.get(reverse("console:letter", args=[quarantined.pk])).status_code == 403
    assert client.post(reverse("console:letter_act", args=[quarantined.pk, "retry"])).status_code == 403
    assert client.post(reverse("console:road_act", args=[troubled("failed").pk, "resend"])).status_code == 403
    assert "Quarantine" not in client.get("/desk/queue/all").content.decode()


def test_it_has_no_shelf_or_verb_of_another_name(cast, quarantined, browser):
    client = browser(cast.anna)
    assert client.get(shelf("bin")).status_code == 404
    assert client.post(reverse("console:letter_act", args=[quarantined.pk, "burn"])).status_code == 404
    assert client.post(reverse("console:road_act", args=[1, "burn"])).status_code == 404


def test_it_says_that_a_shelf_is_empty(cast, browser):
    assert "Every letter got through" in browser(cast.anna).get(shelf("unsent")).content.decode()
