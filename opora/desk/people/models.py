"""Who works here: accounts, staff with roles, teams (lines) and who is in them.

An account is only a way to sign in; customers' people have accounts too, but are known one room higher.
"""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from opora.desk.kernel.actors import Actor


class Role(models.TextChoices):
    """What a member of staff is trusted with. Several may be held at once."""

    OPERATOR = "operator", _("Contact-centre operator")
    L1 = "l1", _("First-line engineer")
    L2 = "l2", _("Second-line engineer")
    L3 = "l3", _("Architect (third line)")
    DEDICATED = "dedicated", _("Dedicated engineer")
    BILLING = "billing", _("Billing")
    SALES = "sales", _("Sales")
    PRODUCT = "product", _("Product")
    RND = "rnd", _("R&D")
    HEAD = "head", _("Head of support")
    ADMIN = "admin", _("Administrator")


class AccountKeeper(BaseUserManager["Account"]):
    """Makes accounts with their address in lower case and their password hashed."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "Account":
        """A saved account. Without a password it can be entered only by a one-time code."""
        account = self.model(email=email.strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A way to sign in, with the reader's language and zone."""

    email = models.EmailField(max_length=254, unique=True)
    language = models.CharField(max_length=5, default="en")
    zone = models.CharField(max_length=60, default="Europe/Moscow")
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField(null=True)
    shortcuts = models.BooleanField(default=True)
    theme = models.CharField(max_length=10, default="system")

    objects: ClassVar[AccountKeeper] = AccountKeeper()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="account_email_lower")]

    def __str__(self) -> str:
        return self.email


class Staff(models.Model):
    """A colleague. Leaves by being made inactive, never by being deleted: history keeps the name."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    roles = ArrayField(models.CharField(max_length=12, choices=Role.choices), default=list)
    languages = ArrayField(models.CharField(max_length=5), default=list)
    zone = models.CharField(max_length=60, default="Europe/Moscow")
    week = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "staff"
        constraints = [
            models.CheckConstraint(condition=models.Q(roles__contained_by=list(Role.values)), name="staff_roles_known")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        """This colleague as one who acts."""
        return Actor("staff", self.pk, self.name)

    def holds(self, *roles: str) -> bool:
        """True when at least one of the roles is held."""
        return any(role in self.roles for role in roles)


class Team(models.Model):
    """People who share a queue: a line, the contact centre, billing and so on."""

    class Kind(models.TextChoices):
        L1 = "l1", _("First line")
        L2 = "l2", _("Second line")
        L3 = "l3", _("Third line")
        CONTACT_CENTRE = "contact_centre", _("Contact centre")
        BILLING = "billing", _("Billing")
        SALES = "sales", _("Sales")
        PRODUCT = "product", _("Product")
        RND = "rnd", _("R&D")

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    members = models.ManyToManyField(Staff, through="Membership", related_name="teams")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One colleague in one team; a lead moves work and answers objections."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    lead = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "staff"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} in {self.team_id}"
