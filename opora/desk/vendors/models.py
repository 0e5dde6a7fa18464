"""A case of ours at a vendor, and every word of it. Words are kept for ever; none of them is the customer's to read."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opora.desk.catalogue.models import Vendor, VendorTerms
from opora.desk.kernel.models import StoredFile
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket
from opora.desk.vendors import rules, states


class VendorCase(models.Model):
    """What a vendor does for one ticket: its number, the terms it is held to, and when it is asked again."""

    class State(models.TextChoices):
        ASKED = states.ASKED, _("The vendor must answer")
        ANSWERED = states.ANSWERED, _("The vendor has answered")
        CLOSED = states.CLOSED, _("Settled")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="vendor_cases")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="cases")
    terms = models.ForeignKey(VendorTerms, on_delete=models.PROTECT, null=True, blank=True)
    number = models.CharField(max_length=rules.LONGEST_NUMBER, blank=True, default="")
    subject = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=states.ASKED)
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
    asked_again = models.PositiveSmallIntegerField(default=0)
    next_chase_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("next_chase_at", "id", name="case_to_chase", condition=Q(next_chase_at__isnull=False)),
            models.Index("ticket", "id", name="case_of_ticket"),
            models.Index("opened_at", "id", name="case_open", condition=~Q(state=states.CLOSED)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=states.ALL), name="case_state_known"),
            models.UniqueConstraint(
                fields=["ticket", "vendor"], condition=~Q(state=states.CLOSED), name="case_one_open_a_vendor"
            ),
            models.CheckConstraint(
                condition=Q(next_chase_at__isnull=True) | Q(state=states.ASKED), name="case_chased_while_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor}: {self.number or self.subject}"

    @property
    def mark(self) -> str:
        """How letters name it: V-17."""
        return f"V-{self.pk}"


class VendorWord(models.Model):
    """Something we wrote to the vendor, or the vendor to us. `mail_id` ties a letter to it."""

    case = models.ForeignKey(VendorCase, on_delete=models.PROTECT, related_name="words")
    at = models.DateTimeField()
    ours = models.BooleanField()
    author = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    sender = models.CharField(max_length=320, blank=True, default="")
    text = models.TextField()
    chase = models.BooleanField(default=False)
    mail_id = models.CharField(max_length=420, blank=True, default="")

    class Meta:
        indexes = [
            models.Index("case", "id", name="vendor_word_in_order"),
            models.Index("mail_id", name="vendor_word_by_letter", condition=~Q(mail_id="")),
        ]
        triggers = [
            pgtrigger.Protect(name="vendor_word_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="vendor_word_stands",
                operation=pgtrigger.UpdateOf("case_id", "at", "ours", "author_id", "sender", "text", "chase"),  # type: ignore[no-untyped-call]
            ),
        ]

    def __str__(self) -> str:
        return f"word {self.pk} of case {self.case_id}"


class Enclosed(models.Model):
    """A file of the ticket that a letter to the vendor carries."""

    word = models.ForeignKey(VendorWord, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)

    class Meta:
        triggers = [pgtrigger.Protect(name="enclosed_stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
