"""What happened (for ever) and what is still to be told about it (until told).

An event is at once history, outbox and statistic. It is never changed or deleted: the database refuses.
"""

import pgtrigger
from django.db import models
from django.db.models import Func
from django.db.models.fields import DateTimeField


class TransactionId(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's xid8: lets a reader take only events of transactions that have surely ended."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def from_db_value(self, value: object, expression: object, connection: object) -> int | None:
        return None if value is None else int(str(value))


class CurrentTransaction(Func):
    """The id of the running transaction, set by the database."""

    template = "pg_current_xact_id()"
    output_field = TransactionId()


class Event(models.Model):
    """One fact: who did what to which subject, when and why."""

    tx = TransactionId(db_default=CurrentTransaction(), editable=False)
    at = DateTimeField()
    name = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=200)
    why = models.TextField(default="", blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index("subject_kind", "subject_id", "id", name="event_of_subject"),
            models.Index("tx", "id", name="event_in_order"),
        ]
        triggers = [pgtrigger.Protect(name="event_is_for_ever", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_kind} {self.subject_id}"


class Delivery(models.Model):
    """One listener that is still to be told of one event. The row goes when it has been told."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT)
    listener = models.CharField(max_length=80)
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    error = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index("due_at", "id", name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.listener} of {self.event_id}"


class StoredFile(models.Model):
    """Content kept once under the hash of its bytes, behind Django's storage; never served as active content."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    type = models.CharField(max_length=120)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(size__gte=0), name="stored_file_size")]

    def __str__(self) -> str:
        return self.sha256

    @property
    def place(self) -> str:
        """The name under which the storage holds the bytes."""
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"


class Mark(models.Model):
    """One thing the program remembers about itself: how far the publisher has read, which schema the database has."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class Pulse(models.Model):
    """A process of ours says that it is alive, and what it has counted since it started."""

    name = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index("kind", "beat_at", name="pulse_of_kind")]

    def __str__(self) -> str:
        return self.name
