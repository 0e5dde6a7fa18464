"""The two roads on which the customer itself opens something: the line of a window's key, and the tunnel. Rows that stay."""

import pgtrigger
from django.db import models
from django.db.models import Q

from opora.desk.customers.models import Contact
from opora.desk.workroom.models.agreeing import Agreement, HostEntry


class WindowLine(models.Model):
    """The line of `authorized_keys` which the signer made for one host in one window. The customer pastes it, and removes it."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="window_lines")
    host = models.ForeignKey(HostEntry, on_delete=models.PROTECT, related_name="+")
    line = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "host"], name="window_line_once")]
        triggers = [pgtrigger.Protect(name="window_line_stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.line.rpartition(" ")[2]


class TunnelWord(models.Model):
    """What the customer's ssh is asked for when it opens the tunnel to one host in one window. We keep its SHA-256."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="tunnel_words")
    host = models.ForeignKey(HostEntry, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    word_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "host"], condition=Q(revoked_at=None), name="tunnel_word_one_holds"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="tunnel_word_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="tunnel_word_stands", fields=["agreement", "host", "made_by", "word_hash", "made_at"]
            ),
            pgtrigger.Protect(
                name="tunnel_word_stays_revoked",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.host_id}"


class Tunnel(models.Model):
    """One opening of a tunnel, as the gateway told it; `heard_at` is when it last said that it is still open."""

    word = models.ForeignKey(TunnelWord, on_delete=models.PROTECT, related_name="tunnels")
    number = models.BigIntegerField(unique=True)
    came_from = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        indexes = [models.Index("id", name="tunnel_open", condition=Q(closed_at=None))]
        triggers = [
            pgtrigger.Protect(name="tunnel_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="tunnel_stands", fields=["word", "number", "came_from", "opened_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
