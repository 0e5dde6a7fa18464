"""What happened on a customer's system, and who looked: rows that only grow."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opora.desk.customers.models import Contact
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket
from opora.desk.workroom import states
from opora.desk.workroom.models.agreeing import Agreement, HostEntry

_KEPT = pgtrigger.Update | pgtrigger.Delete


class WorkSession(models.Model):
    """One stay of one engineer on one host, written before the host was dialled. Its bytes are with the ledger."""

    class State(models.TextChoices):
        OPEN = states.OPEN, pgettext_lazy("state of a work session", "at work")
        PAUSED = states.PAUSED, pgettext_lazy("state of a work session", "paused")
        ENDED = states.ENDED, pgettext_lazy("state of a work session", "ended")

    name = models.CharField(max_length=32, unique=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="sessions")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="work_sessions")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    host = models.ForeignKey(HostEntry, on_delete=models.PROTECT, related_name="+")
    came_from = models.CharField(max_length=60, blank=True, default="")
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True, default="")
    frames = models.BigIntegerField(null=True, blank=True)
    head = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index("ticket", "id", name="work_session_by_ticket"),
            models.Index("id", name="work_session_running", condition=~Q(state=states.ENDED)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(name__regex=r"^[0-9a-f]{32}$"), name="work_session_named"),
            models.CheckConstraint(condition=Q(state__in=states.STATES), name="work_session_state_known"),
            models.CheckConstraint(
                condition=Q(state=states.ENDED, ended_at__isnull=False) | (~Q(state=states.ENDED) & Q(ended_at=None)),
                name="work_session_ended_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="work_session_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="work_session_stands",
                fields=["name", "agreement", "ticket", "staff", "host", "came_from", "opened_at"],
            ),
            pgtrigger.FSM(
                name="work_session_moves",
                field="state",
                transitions=[(old, new) for old, targets in states.TABLE.items() for new in sorted(targets)],
            ),
            pgtrigger.Protect(
                name="work_session_is_over",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state=states.ENDED),
            ),
        ]

    def __str__(self) -> str:
        return self.name[:8]

    @property
    def mark(self) -> str:
        """How people call it: S-17."""
        return f"S-{self.pk}"


class SessionEvent(models.Model):
    """One thing the gateway told of a session, under its number: told twice, kept once."""

    session = models.ForeignKey(WorkSession, on_delete=models.PROTECT, related_name="events")
    number = models.BigIntegerField()
    what = models.CharField(max_length=20)
    facts = models.JSONField()
    at = models.DateTimeField()
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="session_event_once")]
        triggers = [pgtrigger.Protect(name="session_event_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return f"{self.session_id} {self.what}"


class Denial(models.Model):
    """Something the gateway refused outside of any session: a forwarded port, another way round the record."""

    number = models.BigIntegerField(unique=True)
    facts = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(fields=["facts"], name="denial_by_facts")]
        triggers = [pgtrigger.Protect(name="denial_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return f"{self.facts.get('what', '')}"


class GatewayOrder(models.Model):
    """What the gateway must do with a running session, by whose word. Kept first, then sent, until it is taken."""

    class Do(models.TextChoices):
        PAUSE = "pause", _("pause")
        RESUME = "resume", _("go on")
        STOP = "stop", _("stop")
        QUESTION = "question", _("question")

    session = models.ForeignKey(WorkSession, on_delete=models.PROTECT, related_name="orders")
    do = models.CharField(max_length=8, choices=Do.choices)
    by_kind = models.CharField(max_length=8)
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=160)
    words = models.CharField(max_length=1000, blank=True, default="")
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index("id", name="gateway_order_waiting", condition=Q(taken_at=None))]
        triggers = [
            pgtrigger.Protect(name="gateway_order_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="gateway_order_stands", fields=["session", "do", "by_kind", "by_id", "by_name", "words", "at"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.do} {self.session_id}"


class ViewingLink(models.Model):
    """A colleague of the customer's may watch the work of one agreement, in the one browser that opened the link first."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="links")
    made_by = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    guest = models.CharField(max_length=160)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_from = models.CharField(max_length=60, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(guest=""), name="viewing_link_names_somebody")]
        triggers = [
            pgtrigger.Protect(name="viewing_link_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="viewing_link_stands",
                fields=["agreement", "made_by", "guest", "token_hash", "made_at", "ends_at"],
            ),
            pgtrigger.Protect(
                name="viewing_link_used_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__used_at__isnull=False, old__used_at__df=pgtrigger.F("new__used_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.guest


class Look(models.Model):
    """Somebody looked at a session: live, its replay, or took the bundle away. Never changed, never deleted."""

    class Kind(models.TextChoices):
        LIVE = "live", pgettext_lazy("a look at a session", "watched live")
        REPLAY = "replay", pgettext_lazy("a look at a session", "watched the replay")
        BUNDLE = "bundle", pgettext_lazy("a look at a session", "took the record")

    session = models.ForeignKey(WorkSession, on_delete=models.PROTECT, related_name="looks")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    who = models.CharField(max_length=60)
    name = models.CharField(max_length=160)
    came_from = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("session", "id", name="look_by_session")]
        triggers = [pgtrigger.Protect(name="look_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"
