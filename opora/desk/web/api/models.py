"""What the API remembers: calls that were taken in under a key of the caller's, so that a repeated call changes nothing."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from opora.desk.people.models import Account


class TakenCall(models.Model):
    """A call with an Idempotency-Key, what it asked (as a digest) and the answer it got."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    taken_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="taken_call_once")]
        indexes = [models.Index("taken_at", name="taken_call_old")]

    def __str__(self) -> str:
        return f"{self.key} of {self.account_id}"
