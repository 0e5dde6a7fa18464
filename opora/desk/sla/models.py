"""Working calendars in versions that never change, and the clocks that stand for promises.

Due moments are laid out once, when a clock starts or its target changes, from the pinned calendar version; a later
edit of a calendar or a contract never re-judges. The database refuses states that contradict each other.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opora.desk.people.models import Team
from opora.desk.sla import states
from opora.desk.sla.rules import Terms


class WorkingCalendar(models.Model):
    """A calendar by name; its hours stand in versions."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    name_ru = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name_ru if self.name_ru and (get_language() or "").startswith("ru") else self.name


class CalendarVersion(models.Model):
    """The hours as they were laid down at one moment, official holidays included as dates. Never changed."""

    calendar = models.ForeignKey(WorkingCalendar, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="calendar_version_counts"),
        ]
        triggers = [pgtrigger.Protect(name="hours_stand", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.calendar_id} v{self.number}"


class LineHours(models.Model):
    """By which calendar a line works: its own clock counts by the newest version of it when it begins, not by the contract's."""

    line = models.OneToOneField(Team, on_delete=models.PROTECT, related_name="+")
    calendar = models.ForeignKey(WorkingCalendar, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return f"{self.line}: {self.calendar}"


class Clock(models.Model):
    """One promise about one thing: started, due, warned, and kept, missed or cancelled.

    Everything follows from its ledger (`Turn`); the moments stand here as well, so that queues can be put in order and
    a sweep finds what is due. `next_deadline_at` is the next moment at which somebody must look (the warning, then the
    end of the due second); it is empty as soon as nothing more can happen by itself. A missed clock without `stopped_at`
    still waits for its answer. While it is paused, `due_at` is when it would be due had it gone on where the pause began.
    """

    class Promise(models.TextChoices):
        FIRST_REPLY = "first_reply", _("First reply")
        NEXT_UPDATE = "next_update", _("Next update")
        RESOLUTION = "resolution", _("Resolution")
        LINE = "line", _("Work of the line")
        VENDOR = "vendor", _("Vendor's answer")
        OBJECTION = "objection", _("Answer to the objection")
        ROOT_CAUSE = "root_cause", _("Root-cause letter")
        ANSWER = "answer", _("Answer of a call")
        CALL_BACK = "call_back", _("Call-back")
        REVIEW = "review", _("Review")
        WINDOW = "window", _("Agreed window")

    class State(models.TextChoices):
        RUNNING = states.RUNNING, pgettext_lazy("state of a promise", "running")
        PAUSED = states.PAUSED, pgettext_lazy("state of a promise", "on hold")
        KEPT = states.KEPT, pgettext_lazy("state of a promise", "kept")
        MISSED = states.MISSED, pgettext_lazy("state of a promise", "missed")
        CANCELLED = states.CANCELLED, pgettext_lazy("state of a promise", "cancelled")

    promise = models.CharField(max_length=30, choices=Promise.choices)
    about_kind = models.CharField(max_length=30)
    about_id = models.BigIntegerField()
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+")
    target_seconds = models.PositiveIntegerField()
    warn_share = models.PositiveSmallIntegerField(null=True, blank=True)
    warn_before = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    next_deadline_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    missed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("next_deadline_at", "id", name="clock_due", condition=Q(next_deadline_at__isnull=False)),
            models.Index("about_kind", "about_id", "id", name="clock_about"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=states.ALL), name="clock_state_known"),
            models.CheckConstraint(condition=Q(target_seconds__gt=0), name="clock_has_target"),
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="clock_due_after_start"),
            models.CheckConstraint(
                condition=Q(warn_at__isnull=True) | Q(warn_at__gt=F("started_at"), warn_at__lt=F("due_at")),
                name="clock_warns_before_due",
            ),
            models.CheckConstraint(
                condition=Q(warn_share__isnull=True)
                | Q(warn_share__gte=1, warn_share__lte=99, warn_before__isnull=True),
                name="clock_one_warning_rule",
            ),
            models.CheckConstraint(
                condition=Q(state=states.RUNNING, next_deadline_at__isnull=False)
                | (~Q(state=states.RUNNING) & Q(next_deadline_at__isnull=True)),
                name="clock_watched_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state=states.RUNNING, missed_at=None, stopped_at=None, cancelled_at=None)
                | Q(state=states.PAUSED, missed_at=None, stopped_at=None, cancelled_at=None)
                | Q(state=states.KEPT, missed_at=None, stopped_at__isnull=False, cancelled_at=None)
                | Q(state=states.MISSED, missed_at__isnull=False)
                | Q(state=states.CANCELLED, missed_at=None, stopped_at=None, cancelled_at__isnull=False),
                name="clock_tells_one_story",
            ),
            models.UniqueConstraint(
                fields=["promise", "about_kind", "about_id"],
                condition=Q(stopped_at=None, cancelled_at=None),
                name="clock_open_once",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="promise_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="promise_pinned",
                fields=["promise", "about_kind", "about_id", "started_at"],
            ),
            pgtrigger.FSM(
                name="clock_moves",
                field="state",
                transitions=[(old, new) for old, targets in states.MOVES.items() for new in sorted(targets)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promise} {self.about_kind} {self.about_id}: {self.state}"

    @property
    def terms(self) -> Terms:
        """Return the target and the warning."""
        return Terms(self.target_seconds, self.warn_share, self.warn_before)

    @property
    def about(self) -> tuple[str, int]:
        """Return what the promise is about, `("ticket", 1042)`."""
        return self.about_kind, self.about_id

    @property
    def is_open(self) -> bool:
        """Return whether the answer is still to come."""
        return self.stopped_at is None and self.cancelled_at is None


class Turn(models.Model):
    """One line of a clock's ledger: from `at` on its time counts, or is held, and why; who turned it, by which pinned terms.

    It stands until the next turn of the clock. Lines are only ever added: the database refuses to change or delete one.
    """

    class Act(models.TextChoices):
        STARTED = "started", pgettext_lazy("turn of a promise", "started")
        PAUSED = "paused", pgettext_lazy("turn of a promise", "put on hold")
        RESUMED = "resumed", pgettext_lazy("turn of a promise", "went on")
        RETARGETED = "retargeted", pgettext_lazy("turn of a promise", "given another target")
        REPINNED = "repinned", pgettext_lazy("turn of a promise", "put under other terms")
        STOPPED = "stopped", pgettext_lazy("turn of a promise", "answered")
        CANCELLED = "cancelled", pgettext_lazy("turn of a promise", "cancelled")
        REOPENED = "reopened", pgettext_lazy("turn of a promise", "taken up again")

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="turns")
    at = models.DateTimeField()
    act = models.CharField(max_length=10, choices=Act.choices)
    counts = models.BooleanField()
    why = models.CharField(max_length=200, blank=True, default="")
    words = models.TextField(blank=True, default="")
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+")
    target_seconds = models.PositiveIntegerField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("clock", "id", name="turn_of_clock")]
        constraints = [
            models.CheckConstraint(condition=Q(counts=True) | ~Q(why=""), name="turn_says_why_held"),
            models.UniqueConstraint(fields=["clock"], condition=Q(act="started"), name="turn_started_once"),
        ]
        triggers = [pgtrigger.Protect(name="ledger_stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"clock {self.clock_id}: {self.act}"
