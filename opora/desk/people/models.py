"""Who works here: accounts, staff with roles, teams (lines) and who is in them.

An account is only a way to sign in; customers' people have accounts too, but are known one room higher.
"""

from typing import ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from opora.desk.kernel.actors import Actor
from opora.desk.people import states


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
    """A way to sign in, with the reader's language, zone and tastes. A temporary password opens only the page that
    changes it."""

    email = models.EmailField(max_length=254, unique=True)
    language = models.CharField(max_length=5, default="en")
    zone = models.CharField(max_length=60, default="Europe/Moscow")
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField(null=True)
    shortcuts = models.BooleanField(default=True)
    theme = models.CharField(max_length=10, default="system")
    density = models.CharField(max_length=12, default="dense")
    password_is_temporary = models.BooleanField(default=False)

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
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
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


class Rotation(models.Model):
    """A duty of a team that goes round among people: who, when and where stands in its versions."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="rotation_once")]

    def __str__(self) -> str:
        return self.name


class RotationVersion(models.Model):
    """How the duty goes round from `valid_from` on. Never changed: the past keeps the order it had."""

    rotation = models.ForeignKey(Rotation, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    zone = models.CharField(max_length=60)
    starts_on = models.DateField()
    handoff = models.PositiveSmallIntegerField()
    turn_hours = models.PositiveSmallIntegerField()
    daily_from = models.PositiveSmallIntegerField(null=True, blank=True)
    daily_until = models.PositiveSmallIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rotation", "number"], name="rotation_version_once"),
            models.CheckConstraint(
                condition=Q(turn_hours__gte=1, turn_hours__lte=24 * 28), name="rotation_turn_length"
            ),
            models.CheckConstraint(condition=Q(handoff__lt=24 * 60), name="rotation_handoff_in_day"),
            models.CheckConstraint(
                condition=Q(daily_from__isnull=True, daily_until__isnull=True)
                | Q(daily_from__lt=24 * 60, daily_until__lte=24 * 60),
                name="rotation_daily_hours",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="rotation_version_is_for_ever", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.rotation_id} v{self.number}"


class Seat(models.Model):
    """One colleague's place in the order of a version."""

    version = models.ForeignKey(RotationVersion, on_delete=models.PROTECT, related_name="seats")
    place = models.PositiveSmallIntegerField()
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "place"], name="seat_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} at {self.place}"


class DutySwap(models.Model):
    """One colleague asks another to take a stretch of duty; taken only when the other says yes."""

    class State(models.TextChoices):
        ASKED = states.ASKED, _("asked")
        ACCEPTED = states.ACCEPTED, _("accepted")
        DECLINED = states.DECLINED, _("declined")
        WITHDRAWN = states.WITHDRAWN, _("withdrawn")

    rotation = models.ForeignKey(Rotation, on_delete=models.PROTECT)
    asker = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="swaps_asked")
    asked = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="swaps_to_answer")
    start = models.DateTimeField()
    end = models.DateTimeField()
    words = models.CharField(max_length=300, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="swap_lasts"),
            models.CheckConstraint(condition=~Q(asker=F("asked")), name="swap_between_two"),
        ]

    def __str__(self) -> str:
        return f"{self.asker_id} asks {self.asked_id}"


class Override(models.Model):
    """Somebody has the duty for a stretch, whoever's turn it is. The later one holds where two meet."""

    rotation = models.ForeignKey(Rotation, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    start = models.DateTimeField()
    end = models.DateTimeField()
    why = models.CharField(max_length=300, blank=True, default="")
    swap = models.OneToOneField(DutySwap, on_delete=models.PROTECT, null=True, blank=True)
    uid = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("rotation", "end", name="override_of_rotation", condition=Q(withdrawn_at=None))]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="override_lasts"),
            models.UniqueConstraint(
                fields=["rotation", "uid"], condition=~Q(uid="") & Q(withdrawn_at=None), name="override_imported_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} on {self.rotation_id}"


class Absence(models.Model):
    """A stretch in which a colleague is not here: neither on duty, nor reachable, nor given work."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("Holiday")
        ILL = "ill", _("Ill")
        TRAINING = "training", _("Training")
        OTHER = "other", _("Away")

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    start = models.DateTimeField()
    end = models.DateTimeField()
    why = models.CharField(max_length=300, blank=True, default="")
    uid = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("staff", "end", name="absence_of_staff", condition=Q(withdrawn_at=None))]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="absence_lasts"),
            models.UniqueConstraint(
                fields=["staff", "uid"], condition=~Q(uid="") & Q(withdrawn_at=None), name="absence_imported_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.kind}"


class DutyFeed(models.Model):
    """A secret address under which a calendar program reads the duty of a person or a team. Only its hash is kept."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"feed of {self.staff_id}"
