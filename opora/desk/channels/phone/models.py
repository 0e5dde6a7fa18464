"""Exchanges that tell us of calls, the calls, what was told word for word, and the people to be called back."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opora.desk.channels.phone import states
from opora.desk.channels.phone.parsing import PRESETS
from opora.desk.customers.models import Contact, Organisation
from opora.desk.incidents.rules import in_language
from opora.desk.people.models import Staff
from opora.desk.sla.models import WorkingCalendar
from opora.desk.tickets.models import Ticket


class Connection(models.Model):
    """One exchange. Its hook's address holds a token we keep as a hash; numbers without a prefix are of its region.

    `address` is where we reach it ourselves: `ami://host:5038`, `amis://…` (TLS), or `https://…` of a cloud exchange; "" when it
    only tells us. `login` and `password` (sealed) open it; `context` and `channel` say how an Asterisk dials.
    `answer_within` and `call_back_within` are the contact centre's own promises, in working seconds of `calendar` (the
    house's when none is named).
    """

    name = models.CharField(max_length=80, unique=True)
    preset = models.CharField(max_length=12, choices=[(code, preset.title) for code, preset in PRESETS.items()])
    token_hash = models.CharField(max_length=64, unique=True)
    secret = models.CharField(max_length=500, blank=True, default="")
    region = models.CharField(max_length=2, default="RU")
    active = models.BooleanField(default=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    address = models.CharField(max_length=300, blank=True, default="")
    login = models.CharField(max_length=200, blank=True, default="")
    password = models.CharField(max_length=1000, blank=True, default="")
    context = models.CharField(max_length=80, default="from-internal")
    channel = models.CharField(max_length=80, default="PJSIP/{extension}")
    reached_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True, default="")
    calendar = models.ForeignKey(WorkingCalendar, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer_within = models.PositiveIntegerField(default=20)
    call_back_within = models.PositiveIntegerField(default=900)
    recordings_days = models.PositiveIntegerField(default=90)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer_within__gt=0, call_back_within__gt=0, recordings_days__gt=0),
                name="connection_promises_something",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Extension(models.Model):
    """An inside number or login of an exchange, and the colleague who sits there."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="extensions")
    name = models.CharField(max_length=80)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="extensions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="extension_once")]

    def __str__(self) -> str:
        return self.name


class Call(models.Model):
    """One call, as all words of the exchange together tell it."""

    class State(models.TextChoices):
        RINGING = states.RINGING, pgettext_lazy("state of a call", "ringing")
        ANSWERED = states.ANSWERED, pgettext_lazy("state of a call", "answered")
        ENDED = states.ENDED, pgettext_lazy("state of a call", "ended")

    class Proof(models.TextChoices):
        PIN = "pin", _("said the support PIN")
        CALL_BACK = "call_back", _("was called back on a number we have")

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="calls")
    key = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RINGING)
    outgoing = models.BooleanField(default=False)
    caller = models.CharField(max_length=16, blank=True, default="")
    caller_written = models.CharField(max_length=200, blank=True, default="")
    called = models.CharField(max_length=16, blank=True, default="")
    called_written = models.CharField(max_length=200, blank=True, default="")
    rung = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    answered_by = models.CharField(max_length=200, blank=True, default="")
    queue = models.CharField(max_length=200, blank=True, default="")
    cause = models.CharField(max_length=200, blank=True, default="")
    recording = models.CharField(max_length=1000, blank=True, default="")
    began_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    handed_to = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proved = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proved_how = models.CharField(max_length=10, choices=Proof.choices, blank=True, default="")
    proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="call_once"),
            models.CheckConstraint(condition=Q(state__in=states.CALL_STATES), name="call_state_known"),
            models.CheckConstraint(
                condition=~Q(state=states.ENDED) | Q(ended_at__isnull=False), name="call_ended_when"
            ),
            models.CheckConstraint(
                condition=Q(proved=None, proved_at=None, proved_how="")
                | (Q(proved__isnull=False, proved_at__isnull=False) & ~Q(proved_how="")),
                name="call_proof_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["-began_at", "-id"], name="call_log"),
            models.Index("ended_at", name="call_unsettled", condition=Q(settled_at=None, ended_at__isnull=False)),
            models.Index(fields=["caller", "-began_at"], name="call_by_number"),
            models.Index(fields=["called", "answered_at"], name="call_to_number", condition=Q(outgoing=True)),
            models.Index("ended_at", name="call_recorded", condition=~Q(recording="")),
            models.Index("began_at", name="call_going_on", condition=~Q(state=states.ENDED)),
        ]
        triggers = [pgtrigger.Protect(name="call_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.caller_written} {self.state}"


class CallWord(models.Model):
    """A request of an exchange, byte for byte; the same bytes again are no second word."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    query = models.CharField(max_length=2000, blank=True, default="")
    at = models.DateTimeField()
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, blank=True, related_name="words")
    trouble = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "sha256"], name="call_word_once")]
        triggers = [pgtrigger.Protect(name="call_word_stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.at}"


class Errand(models.Model):
    """What an exchange is asked to do for a colleague: ring it and then a number, or leave it out of the queues for a while.

    It is told at most once: a telephone that rings twice is worse than one that is clicked again.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        PAUSE = "pause", _("pause")
        UNPAUSE = "unpause", _("take calls again")

    class State(models.TextChoices):
        WAITING = states.WAITING, pgettext_lazy("state of an errand", "waiting")
        TOLD = states.TOLD, pgettext_lazy("state of an errand", "told")
        DONE = states.DONE, pgettext_lazy("state of an errand", "done")
        FAILED = states.FAILED, pgettext_lazy("state of an errand", "failed")

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="errands")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    key = models.CharField(max_length=60, unique=True)
    extension = models.CharField(max_length=80)
    number = models.CharField(max_length=16, blank=True, default="")
    reason = models.CharField(max_length=80, blank=True, default="")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=states.ERRAND_STATES), name="errand_state_known")]
        indexes = [
            models.Index(fields=["connection", "id"], name="errand_waiting", condition=Q(state=states.WAITING)),
            models.Index(fields=["number", "-told_at"], name="errand_by_number"),
        ]
        triggers = [
            pgtrigger.Protect(name="errand_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(
                name="errand_moves",
                field="state",
                transitions=[(old, new) for old, to in states.ERRAND_TABLE.items() for new in sorted(to)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.extension} {self.number}".strip()


class CallBack(models.Model):
    """Somebody called and nobody answered: one task for a number within an hour, whatever number of tries."""

    class State(models.TextChoices):
        OPEN = states.OPEN, pgettext_lazy("state of a call-back", "to be called")
        DONE = states.DONE, pgettext_lazy("state of a call-back", "called")
        DROPPED = states.DROPPED, pgettext_lazy("state of a call-back", "not needed any more")

    number = models.CharField(max_length=16)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=Q(state=states.OPEN), name="call_back_open_once"),
            models.CheckConstraint(condition=Q(state__in=states.CALL_BACK_STATES), name="call_back_state_known"),
        ]
        triggers = [
            pgtrigger.Protect(name="call_back_stays", operation=pgtrigger.Delete),
            pgtrigger.FSM(
                name="call_back_moves",
                field="state",
                transitions=[(old, new) for old, to in states.CALL_BACK_TABLE.items() for new in sorted(to)],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SupportPin(models.Model):
    """A secret a contact makes in the portal and says on the phone: the only quick proof of who calls. Kept as a hash."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="support_pin")
    pin_hash = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return str(_("support PIN"))


class CallerNote(models.Model):
    """How to talk with this person: what a colleague on the phone should know first. The customer never sees it."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="caller_note")
    text = models.TextField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.contact_id)


class Script(models.Model):
    """What to ask about a topic, a question a line; texts of the house, kept in administration."""

    title = models.CharField(max_length=80)
    title_ru = models.CharField(max_length=80, blank=True, default="")
    questions = models.TextField()
    questions_ru = models.TextField(blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["title", "pk"]
        constraints = [models.UniqueConstraint(fields=["title"], name="script_once")]

    def __str__(self) -> str:
        return in_language(get_language() or "en", self.title, self.title_ru)

    @property
    def lines(self) -> list[str]:
        """The questions in the reader's language."""
        said = in_language(get_language() or "en", self.questions, self.questions_ru)
        return [line.strip() for line in said.splitlines() if line.strip()]


class TakingDown(models.Model):
    """What is being written down of a call while the caller speaks, kept from the first letter on; one of each call.

    `words` holds the form's fields as they were typed. Once a ticket is made of it, it stands.
    """

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="taking_down")
    words = models.JSONField(default=dict)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="taken_down")

    class Meta:
        triggers = [
            pgtrigger.Protect(name="taking_down_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="taken_down_stands", operation=pgtrigger.Update, condition=pgtrigger.Q(old__ticket__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.call_id)


class Listening(models.Model):
    """Somebody listened to a recording. Written before it is handed out; never changed or deleted."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="listenings")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    why = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index("call", "id", name="listening_of_call")]
        triggers = [pgtrigger.Protect(name="listening_stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.call_id} {self.at}"
