"""Escalations as pages: what is agreed, what runs, and the press that says "I have it"."""

import pytest
from django.urls import reverse

from opora.desk.dispatch import escalations
from opora.desk.dispatch.models import Escalation, EscalationPolicy
from opora.desk.dispatch.rules import read_policy
from opora.desk.kernel.clock import now
from opora.desk.kernel.jobs import deliver_due

pytestmark = pytest.mark.django_db
FORM = {
    "deed": "policy", "policy-name": "Outages", "policy-trigger": "high", "policy-repeat": 1, "policy-pause": 10,
    "policy-steps": "0 on_duty\n10 leads\n20 role head\n30 person boris@provider.example",
}  # fmt: skip


def test_it_writes_an_escalation_and_reads_it_aloud(cast, browser):
    where = reverse("routing:escalations")
    browser(cast.hanna).post(where, FORM)
    (terms,) = escalations.policies_in_force()
    assert [step.to for step in read_policy(terms.terms).steps] == ["on_duty", "leads", "role", "person"]
    page = browser(cast.anna).get(where).content.decode()
    assert "At once: whoever is on duty in its line" in page
    assert "After 20 minutes: everybody reachable who is Head of support" in page
    assert "After 30 minutes: Boris Orlov" in page
    assert "And again 1 time, 10 min later." in page
    assert browser(cast.anna).post(where, FORM).status_code == 403


@pytest.mark.parametrize(
    ("line", "words"),
    [("soon leads", "cannot be read: soon leads"), ("5 everybody", "cannot be read"), ("5 role boss", "no role “boss”"),
     ("5 person x@y.example", "Nobody works here under x@y.example")],
)  # fmt: skip
def test_it_says_which_step_it_cannot_read(cast, browser, line, words):
    page = browser(cast.hanna).post(reverse("routing:escalations"), FORM | {"policy-steps": line})
    assert page.status_code == 422 and words in page.content.decode()
    assert not EscalationPolicy.objects.exists()


def test_it_shows_on_the_ticket_that_nobody_has_it_until_somebody_says_so(cast, browser):
    browser(cast.hanna).post(reverse("routing:escalations"), FORM)
    at = now()
    ticket = cast.write(cast.clara, at, priority="high")
    deliver_due(at=at)
    escalations.sweep(at=at)
    anna, home = browser(cast.anna), reverse("console:ticket", args=[ticket.pk])
    page = anna.get(home).content.decode()
    assert "Nobody has it yet." in page and "Told: Hanna Weiss" in page
    assert ticket.mark in anna.get(reverse("routing:escalations")).content.decode()
    assert anna.post(reverse("console:act", args=[ticket.pk, "acknowledge"])).status_code == 302
    assert Escalation.objects.get().acknowledged_by == cast.anna
    page = anna.get(home).content.decode()
    assert "Nobody has it yet." not in page and "has it" in page


def test_it_retires_an_escalation(cast, browser):
    browser(cast.hanna).post(reverse("routing:escalations"), FORM)
    where = reverse("routing:retire", args=[EscalationPolicy.objects.get().pk])
    assert browser(cast.anna).post(where).status_code == 403
    browser(cast.hanna).post(where)
    assert escalations.policies_in_force() == []
