"""Who we serve: organisations, their people and addresses, contracts in versions, and the systems they run.

A person may write from several addresses; only addresses marked so may confirm work. Nothing here is deleted.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from opora.desk.catalogue.models import Service
from opora.desk.kernel.actors import Actor
from opora.desk.people.models import Account
from opora.desk.sla.models import CalendarVersion
from opora.desk.sla.rules import Terms
from opora.desk.sla.rules.course import Agreement


class Organisation(models.Model):
    """A customer."""

    name = models.CharField(max_length=160)
    language = models.CharField(max_length=5, default="ru")
    zone = models.CharField(max_length=60, default="Europe/Moscow")
    note = models.TextField(blank=True, default="")
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(Lower("name"), name="organisation_by_name")]

    def __str__(self) -> str:
        return self.name


class ContactRole(models.TextChoices):
    """What a person may do in its organisation."""

    OWNER = "owner", _("Owner")
    TECHNICAL = "technical", _("Technical contact")
    BILLING = "billing", _("Billing contact")


class Contact(models.Model):
    """A person on the customer's side; without an organisation, a stranger who wrote to us."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts"
    )
    account = models.OneToOneField(Account, on_delete=models.PROTECT, null=True, blank=True)
    name = models.CharField(max_length=160, blank=True, default="")
    language = models.CharField(max_length=5, default="ru")
    zone = models.CharField(max_length=60, default="Europe/Moscow")
    roles = ArrayField(models.CharField(max_length=12, choices=ContactRole.choices), default=list, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=list(ContactRole.values)), name="contact_roles_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        """This person as one who acts."""
        return Actor("contact", self.pk, self.name)

    def holds(self, *roles: str) -> bool:
        """True when at least one of the roles is held."""
        return any(role in self.roles for role in roles)


class Address(models.Model):
    """An e-mail address of a contact, kept in lower case; one address belongs to one person."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="addresses")
    email = models.CharField(max_length=254, unique=True)
    may_confirm = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_words = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="address_email_lower"),
        ]

    def __str__(self) -> str:
        return self.email


class Phone(models.Model):
    """A telephone number of a contact in E.164 (+74951234567); a number is no proof of who calls."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="phones")
    number = models.CharField(max_length=16)

    class Meta:
        indexes = [models.Index("number", name="phone_by_number")]
        constraints = [
            models.CheckConstraint(condition=models.Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="phone_is_e164")
        ]

    def __str__(self) -> str:
        return self.number


class Contract(models.Model):
    """What was agreed with an organisation; its terms stand in versions."""

    class Plan(models.TextChoices):
        STANDARD = "standard", _("Standard")
        PREMIUM = "premium", _("Premium")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=40)
    plan = models.CharField(max_length=10, choices=Plan.choices)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number


class ContractVersion(models.Model):
    """Terms as they stood from a moment on. Never changed: a ticket pins the version its promise was made under."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    targets = models.JSONField()
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT)
    pauses = models.JSONField(default=dict, blank=True, help_text="In which waits the time of which promise is held.")
    inner = models.JSONField(default=dict, blank=True, help_text="What the lines and vendors promise us, within ours.")
    warn_share = models.PositiveIntegerField(default=75, help_text="Percent of the target after which we are warned.")
    warn_before = models.PositiveIntegerField(
        null=True, blank=True, help_text="Working seconds before the end; instead of the share."
    )
    valid_from = models.DateTimeField()
    made_at = models.DateTimeField()
    credit = models.JSONField(default=dict, blank=True, help_text="What we owe when we fail; see customers.rules.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="contract_version_once"),
            models.CheckConstraint(condition=models.Q(warn_share__range=(1, 99)), name="contract_warn_share"),
        ]
        indexes = [models.Index("contract", "valid_from", name="contract_terms_in_force")]
        triggers = [pgtrigger.Protect(name="terms_stand", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.contract_id} v{self.number}"

    @property
    def agreement(self) -> Agreement:
        """Return what was promised, and which waits hold it, as the rules of promises take it."""
        return Agreement(self.targets, {promise: frozenset(waits) for promise, waits in self.pauses.items()})

    def terms_for(self, target_seconds: int) -> Terms:
        """Return a target with this contract's warning."""
        if self.warn_before is not None:
            return Terms(target_seconds, None, self.warn_before)
        return Terms(target_seconds, self.warn_share)


class System(models.Model):
    """Something of the customer's that we support: an instance of a service with its name and addresses."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="systems")
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    addresses = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="system_name_once")]

    def __str__(self) -> str:
        return self.name


class Licence(models.Model):
    """Until when a product may be used on a system. A renewal is a new row: what held when is never overwritten."""

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="licences")
    product = models.CharField(max_length=120)
    number = models.CharField(max_length=120, blank=True, default="")
    valid_until = models.DateField()
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["product", "valid_until", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["system", "product", "valid_until"], name="licence_once"),
        ]
        triggers = [pgtrigger.Protect(name="licence_dates_stand", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.product} ({self.system})"
