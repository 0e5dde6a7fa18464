"""Requests for confirmation, whom they went to, and every answer. Nothing here is ever deleted, and answers never change.

The database itself holds the heart of it: a request is confirmed only while an accepted answer to exactly its text
stands beside it, its text and terms never change, and its state goes only where the table allows.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opora.desk.consent import states
from opora.desk.consent.rules import Terms
from opora.desk.customers.models import Address, Contact, Organisation
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket

_KEPT = pgtrigger.Update | pgtrigger.Delete


class ConfirmationRequest(models.Model):
    """One text that somebody who may confirm is asked to say yes to."""

    class State(models.TextChoices):
        ASKED = states.ASKED, pgettext_lazy("state of a confirmation", "waiting for the answer")
        CONFIRMED = states.CONFIRMED, pgettext_lazy("state of a confirmation", "confirmed")
        COUNTERED = states.COUNTERED, pgettext_lazy("state of a confirmation", "another window wanted")
        DECLINED = states.DECLINED, pgettext_lazy("state of a confirmation", "declined")
        EXPIRED = states.EXPIRED, pgettext_lazy("state of a confirmation", "not answered in time")
        REPLACED = states.REPLACED, pgettext_lazy("state of a confirmation", "replaced by a newer request")
        WITHDRAWN = states.WITHDRAWN, pgettext_lazy("state of a confirmation", "withdrawn")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="confirmation_requests")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    language = models.CharField(max_length=5)
    terms = models.JSONField()
    system_ids = ArrayField(models.BigIntegerField())
    text = models.TextField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    next_step_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    silent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            GinIndex(fields=["system_ids"], name="confirmation_by_system"),
            models.Index("ticket", "id", name="confirmation_by_ticket"),
            models.Index("next_step_at", name="confirmation_due", condition=Q(next_step_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=states.STATES), name="confirmation_state_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="confirmation_expires_later"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="confirmation_has_digest"),
        ]
        triggers = [
            pgtrigger.Protect(name="request_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="request_stands",
                fields=[
                    "ticket",
                    "organisation",
                    "asked_by",
                    "asked_at",
                    "expires_at",
                    "language",
                    "terms",
                    "system_ids",
                    "text",
                    "digest",
                    "replaces",
                ],
            ),
            pgtrigger.FSM(
                name="confirmation_moves",
                field="state",
                transitions=[(old, new) for old, targets in states.TABLE.items() for new in sorted(targets)],
            ),
            pgtrigger.Trigger(
                name="confirmed_by_an_answer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__state=states.CONFIRMED),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consent_answer
                        WHERE request_id = NEW.id AND kind = 'confirmed' AND counts AND digest = NEW.digest
                    ) THEN
                        RAISE EXCEPTION 'confirmation % has no answer to exactly its text', NEW.id;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"C-{self.pk}"

    @property
    def mark(self) -> str:
        """How people call it: C-17."""
        return f"C-{self.pk}"

    @property
    def asked_terms(self) -> Terms:
        """What is asked, as a value."""
        return Terms.from_json(self.terms)


class Invitation(models.Model):
    """A request as it went to one address, with the hashes of the two tokens it held: one for the page, one for mail.

    The tokens themselves stand in the letter only. Each is good once.
    """

    request = models.ForeignKey(ConfirmationRequest, on_delete=models.PROTECT, related_name="invitations")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    email = models.CharField(max_length=254)
    link_hash = models.CharField(max_length=64, unique=True)
    mail_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    link_used_at = models.DateTimeField(null=True, blank=True)
    mail_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="invitation_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="invitation_stands",
                fields=["request", "address", "email", "link_hash", "mail_hash", "sent_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"C-{self.request_id} to {self.email}"


class Answer(models.Model):
    """What came back: who, by which road, when, to exactly which text, on what proof, and whether it counts."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", pgettext_lazy("answer", "confirmed")
        DECLINED = "declined", pgettext_lazy("answer", "declined")
        OTHER_WINDOW = "other_window", pgettext_lazy("answer", "another window")
        WITHDRAWN = "withdrawn", pgettext_lazy("answer", "withdrawn")
        UNCLEAR = "unclear", pgettext_lazy("answer", "does not count")

    class Road(models.TextChoices):
        PAGE = "page", _("the page behind the link")
        PORTAL = "portal", _("the portal, signed in again")
        MAIL = "mail", _("a letter")
        DESK = "desk", _("the desk")

    request = models.ForeignKey(ConfirmationRequest, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    road = models.CharField(max_length=6, choices=Road.choices)
    counts = models.BooleanField()
    why_not = models.CharField(max_length=30, blank=True, default="")
    at = models.DateTimeField()
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=160)
    email = models.CharField(max_length=254, blank=True, default="")
    digest = models.CharField(max_length=64)
    words = models.TextField(blank=True, default="")
    proof = models.JSONField()

    class Meta:
        indexes = [models.Index("request", "id", name="answer_by_request")]
        constraints = [
            models.CheckConstraint(
                condition=Q(counts=True, why_not="") | (Q(counts=False) & ~Q(why_not="")),
                name="answer_counts_or_says_why",
            ),
            models.CheckConstraint(condition=~Q(kind="unclear", counts=True), name="unclear_never_counts"),
        ]
        triggers = [pgtrigger.Protect(name="answer_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return f"C-{self.request_id}: {self.kind}"


class Nomination(models.Model):
    """An address that should be allowed to confirm, until the customer's owner says so."""

    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="nominations")
    nominated_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    nominated_at = models.DateTimeField()
    why = models.TextField()
    decided_by = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(decided_at=None), name="nomination_open_once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, accepted=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, accepted__isnull=False),
                name="nomination_decided_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="nomination_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="nomination_stands", fields=["address", "nominated_by", "nominated_at", "why"]),
        ]

    def __str__(self) -> str:
        return f"{self.address_id}"
