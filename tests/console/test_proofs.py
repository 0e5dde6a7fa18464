"""Colleagues read beside each letter whether its sender is proved."""

import pytest
from django.urls import reverse

from opora.desk.channels.email import chain
from opora.desk.channels.email.models import RawLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.tickets.models import Ticket
from tests.email.letters import letter

pytestmark = pytest.mark.django_db
BORDER = "mx.provider.example"


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("dmarc=pass header.from=bakery.example", "The sender is proved: bakery.example stands behind this letter"),
        ("dmarc=fail policy.dmarc=none header.from=bakery.example", "Beware: bakery.example does not stand behind"),
        ("spf=none", "nothing vouches for bakery.example"),
    ],
)
def test_it_says_in_words_whether_the_sender_is_proved(cast, monday, browser, settings, stamp, said):
    settings.OPORA_MAIL_BORDER = [BORDER]
    store([Arrived(f"Authentication-Results: {BORDER}; {stamp}\r\n".encode() + letter(), "lmtp")], at=monday)
    chain.process_due(at=monday)
    anna = browser(cast.anna)
    page = anna.get(reverse("console:ticket", args=[Ticket.objects.get().pk])).content.decode()
    assert page.count(said) == 1
    page = anna.get(reverse("console:letter", args=[RawLetter.objects.get().pk])).content.decode()
    assert said in page and BORDER in page


def test_it_says_nothing_of_what_was_written_in_the_portal(cast, monday, browser):
    ticket = cast.write(cast.clara, monday)
    page = browser(cast.anna).get(reverse("console:ticket", args=[ticket.pk])).content.decode()
    assert "The sender is" not in page
