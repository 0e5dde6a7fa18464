"""How a customer's system is reached, by whose keys, and what was agreed, as the exact bytes the gateway obeys."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opora.desk.consent.models import ConfirmationRequest
from opora.desk.customers.models import Organisation, System
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket


class HostEntry(models.Model):
    """One way to a customer's system, with the keys its host must show. A change is a new entry; the old one is retired."""

    class Road(models.TextChoices):
        CERTIFICATE = "certificate", _("certificate made for the session")
        KEY = "key", _("one key line for the window")
        TUNNEL = "tunnel", _("tunnel the customer starts, and a certificate")
        TUNNEL_KEY = "tunnel-key", _("tunnel the customer starts, and one key line")

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="host_entries")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=22)
    login = models.CharField(max_length=64)
    superuser_login = models.CharField(max_length=64)
    host_keys = ArrayField(models.TextField())
    road = models.CharField(max_length=11, choices=Road.choices, default=Road.CERTIFICATE)
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=Q(retired_at=None), name="host_name_once"
            ),
            models.CheckConstraint(condition=Q(name__regex=r"^[a-z0-9][a-z0-9-]{0,59}$"), name="host_name_is_plain"),
            models.CheckConstraint(condition=Q(port__range=(1, 65535)), name="host_port_is_one"),
            models.CheckConstraint(condition=Q(host_keys__len__gt=0), name="host_keys_are_pinned"),
        ]
        triggers = [
            pgtrigger.Protect(name="host_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="host_stands",
                fields=[
                    "system",
                    "organisation",
                    "name",
                    "address",
                    "port",
                    "login",
                    "superuser_login",
                    "host_keys",
                    "road",
                    "entered_by",
                    "entered_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def by_key(self) -> bool:
        """Whether a key line of the window lets us in, and no certificate."""
        return self.road in (self.Road.KEY, self.Road.TUNNEL_KEY)

    @property
    def by_tunnel(self) -> bool:
        """Whether it is reached only through what the customer opens."""
        return self.road in (self.Road.TUNNEL, self.Road.TUNNEL_KEY)


class EngineerKey(models.Model):
    """A colleague's public SSH key, by which the gateway knows who comes."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="ssh_keys")
    name = models.CharField(max_length=80)
    public_key = models.TextField()
    fingerprint = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fingerprint"], condition=Q(revoked_at=None), name="engineer_key_once"),
            models.CheckConstraint(condition=Q(fingerprint__startswith="SHA256:"), name="engineer_key_has_mark"),
        ]
        triggers = [
            pgtrigger.Protect(name="engineer_key_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="engineer_key_stands", fields=["staff", "name", "public_key", "fingerprint", "added_at"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.fingerprint}"


class SealingKey(models.Model):
    """A customer's X25519 public key: what is typed on its systems is sealed so that the customer can open it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sealing_keys")
    public_key = models.CharField(max_length=44)
    by_name = models.CharField(max_length=160)
    given_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(retired_at=None), name="sealing_key_one")
        ]
        triggers = [
            pgtrigger.Protect(name="sealing_key_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="sealing_key_stands", fields=["organisation", "public_key", "by_name", "given_at"]),
        ]

    def __str__(self) -> str:
        return self.public_key


class Agreement(models.Model):
    """A confirmed request with access, as canonical bytes. Signer and gateway obey these bytes and no table.

    The database itself takes it only for a confirmed request and only under its right hash.
    """

    request = models.OneToOneField(ConfirmationRequest, on_delete=models.PROTECT, related_name="agreement")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="agreements")
    text = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    host_ids = ArrayField(models.BigIntegerField())
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_at = models.DateTimeField()
    logged_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_logged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("ticket", "id", name="agreement_by_ticket"),
            models.Index(
                "id",
                name="agreement_to_log",
                condition=Q(logged_at=None) | Q(withdrawn_at__isnull=False, withdrawal_logged_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="agreement_lasts"),
        ]
        triggers = [
            pgtrigger.Protect(name="agreement_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="agreement_stands",
                fields=["request", "ticket", "text", "sha256", "host_ids", "starts_at", "ends_at", "made_at"],
            ),
            pgtrigger.Trigger(
                name="agreement_is_confirmed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consent_confirmationrequest WHERE id = NEW.request_id AND state = 'confirmed'
                    ) THEN
                        RAISE EXCEPTION 'request % is not confirmed', NEW.request_id;
                    END IF;
                    IF encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') <> NEW.sha256 THEN
                        RAISE EXCEPTION 'the agreement of request % stands under a wrong hash', NEW.request_id;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]
