"""What no page of ours sends, and somebody will: numbers no row can have, signs no text can hold. Never our own fault."""

import re

import pytest
from django.test import Client

from opora.desk.incidents.models import MassIncident
from tests.web.addresses import every_address

pytestmark = pytest.mark.django_db
HUGE = "9" * 23


def entered(person) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


def test_it_knows_no_number_that_is_too_large_for_a_row(cast):
    places = {re.sub(r"<(int:)?[^>]*>", lambda hole: HUGE if hole[1] else "x", one.pattern) for one in every_address()}
    odd = sorted(place for place in places if HUGE in place)
    assert len(odd) > 60
    for person, theirs in ((cast.hanna, odd), (cast.clara, [place for place in odd if not place.startswith("desk/")])):
        client = entered(person)
        for place in theirs:
            asked = client.get(f"/{place}"), client.post(f"/{place}", {"number": HUGE, "ticket": HUGE, "text": "a"})
            assert all(answer.status_code < 500 for answer in asked), place


def test_it_takes_no_form_with_a_sign_that_no_text_can_hold(cast):
    answer = entered(cast.boris).post("/desk/incidents/", {"title": "Down\0", "title_ru": "Упало"})
    assert answer.status_code == 400
    assert "made no sense" in answer.content.decode()
    assert not MassIncident.objects.exists()
