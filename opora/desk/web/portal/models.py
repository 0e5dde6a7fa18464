"""What the portal itself remembers: which forms have been sent, so that a hurried second press changes nothing."""

from django.db import models

from opora.desk.customers.models import Contact
from opora.desk.tickets.models import Ticket


class SentForm(models.Model):
    """A form that was taken in, under the key it was shown with, and the ticket it went to."""

    key = models.UUIDField(primary_key=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("sent_at", name="sent_form_old")]

    def __str__(self) -> str:
        return str(self.key)
