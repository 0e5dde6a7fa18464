"""The page of caught letters: there in the demo, and nowhere else."""

from datetime import datetime

import pytest
from django.conf import LazySettings
from django.test import Client

from opora.desk.channels.email.models import CaughtLetter

pytestmark = pytest.mark.django_db
RAW = (
    b"From: Borea <support@borea.example>\r\nTo: Clara <clara@northwind.example>\r\nSubject: Re: The shop\r\n"
    b"Message-ID: <two@borea.example>\r\nIn-Reply-To: <one@northwind.example>\r\n\r\n<b>Freed</b>, please look.\r\n"
)


@pytest.fixture
def caught(monday: datetime) -> CaughtLetter:
    return CaughtLetter.objects.create(
        envelope_to=["clara@northwind.example"], subject="Re: The shop", raw=RAW, caught_at=monday
    )


@pytest.mark.parametrize("address", ["/demo/mail/", "/demo/mail/{number}", "/demo/mail/{number}.eml"])
def test_it_does_not_exist_outside_the_demo(
    address: str, caught: CaughtLetter, client: Client, settings: LazySettings
) -> None:
    settings.OPORA_DEMO = False
    assert client.get(address.format(number=caught.pk)).status_code == 404


def test_it_shows_letters_as_read_and_as_sent(caught: CaughtLetter, client: Client, settings: LazySettings) -> None:
    settings.OPORA_DEMO = True
    assert "Re: The shop" in client.get("/demo/mail/").text
    assert "Re: The shop" not in client.get("/demo/mail/?to=dan@driftwood.example").text
    page = client.get(f"/demo/mail/{caught.pk}").text
    assert "&lt;one@northwind.example&gt;" in page and "&lt;b&gt;Freed&lt;/b&gt;" in page
    octets = client.get(f"/demo/mail/{caught.pk}.eml")
    assert (octets.content, octets["Content-Disposition"][:10]) == (RAW, "attachment")
    assert client.get("/demo/mail/999999").status_code == 404
