"""The ticket and what is said about it.

Public messages and internal notes are different types in different tables: no query for the one can return the other.
Nothing that was said is ever deleted; merging and splitting move messages and remember where they came from.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opora.desk.catalogue.models import Service, Vendor
from opora.desk.customers.models import Contact, ContractVersion, Licence, Organisation, System
from opora.desk.kernel.models import Event, StoredFile
from opora.desk.people.models import Staff, Team
from opora.desk.sla.rules.course import PHONE
from opora.desk.tickets import definitions, rules, states


class Ticket(models.Model):
    """One matter of one customer, with its own number (T-1042) and its own promises."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True)
    requester = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="requested")
    subject = models.CharField(max_length=rules.LONGEST_SUBJECT)
    kind = models.CharField(max_length=10, choices=[(k, v[0]) for k, v in definitions.KINDS.items()])
    priority = models.CharField(max_length=8, choices=[(k, v[0]) for k, v in definitions.PRIORITIES.items()])
    state = models.CharField(max_length=20, choices=list(definitions.STATES.items()), default=states.NEW)
    line = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    assignee = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, null=True, blank=True)
    channel = models.CharField(max_length=8, choices=list(definitions.CHANNELS.items()))
    language = models.CharField(max_length=5, default="ru")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    contract_version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, null=True, blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_customer_at = models.DateTimeField(null=True, blank=True)
    last_staff_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_here")
    cause = models.CharField(max_length=20, blank=True, default="", choices=list(definitions.CAUSES.items()))
    cause_words = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index("changed_at", "id", name="ticket_live_changed", condition=Q(state__in=sorted(states.LIVE))),
            models.Index(
                "line", "changed_at", "id", name="ticket_line_changed", condition=Q(state__in=sorted(states.LIVE))
            ),
            models.Index(
                "assignee", "changed_at", "id", name="ticket_mine_changed", condition=Q(state__in=sorted(states.LIVE))
            ),
            models.Index(
                "changed_at",
                "id",
                name="ticket_nobodys",
                condition=Q(assignee__isnull=True, state__in=sorted(states.LIVE)),
            ),
            models.Index(
                "changed_at",
                "id",
                name="ticket_waiting",
                condition=Q(state__in=sorted(states.WAITING)),
            ),
            models.Index(
                "due_at", "id", name="ticket_due", condition=Q(due_at__isnull=False, state__in=sorted(states.LIVE))
            ),
            models.Index("organisation", "changed_at", "id", name="ticket_of_organisation"),
            models.Index("requester", "changed_at", "id", name="ticket_of_requester"),
            models.Index("changed_at", "id", name="ticket_changed"),
            models.Index("resolved_at", "id", name="ticket_silent", condition=Q(state=states.RESOLVED)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=states.STATES), name="ticket_state_known"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(state=states.MERGED), name="ticket_merged_says_so"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[states.RESOLVED, states.CLOSED], kind="incident", priority="high", cause=""),
                name="ticket_outage_has_cause",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="outage_ends_with_evidence",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "kind", "priority", "cause"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(
                    new__state__in=[states.RESOLVED, states.CLOSED], new__kind="incident", new__priority="high"
                ),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM tickets_causefinding f WHERE f.ticket_id = NEW.id AND f.cause = NEW.cause
                    ) THEN
                        RAISE EXCEPTION 'a total outage ends only with the evidence of its cause'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'outage_ends_with_evidence';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.subject}"

    @property
    def unconfirmed(self) -> bool:
        """Whether it was taken down by phone and the customer has not confirmed it in writing yet."""
        return self.channel == PHONE and self.confirmed_at is None

    @property
    def mark(self) -> str:
        """How people name it: T-1042."""
        return f"T-{self.pk}"


class Message(models.Model):
    """Public words: the customer reads every one of these. Written by one contact or one colleague, never both."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    author_contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True)
    author_staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    at = models.DateTimeField()
    text = models.TextField()
    quoted = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    channel = models.CharField(max_length=8, choices=list(definitions.CHANNELS.items()))
    automatic = models.BooleanField(default=False)
    came_from = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="messages_moved_away"
    )

    class Meta:
        indexes = [models.Index("ticket", "at", "id", name="message_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(author_contact__isnull=True) | Q(author_staff__isnull=True), name="message_one_author"
            )
        ]

    def __str__(self) -> str:
        return f"message {self.pk} of {self.ticket_id}"


class Note(models.Model):
    """Internal words: never leaves the desk. Deliberately no relative of Message."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="notes")
    author_staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    at = models.DateTimeField()
    text = models.TextField()
    came_from = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="notes_moved_away"
    )

    class Meta:
        indexes = [models.Index("ticket", "at", "id", name="note_in_order")]

    def __str__(self) -> str:
        return f"note {self.pk} of {self.ticket_id}"


class MessageFile(models.Model):
    """A file that came with a public message; an inline one is shown where its content id stands."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    content_id = models.CharField(max_length=250, blank=True, default="")
    inline = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class NoteFile(models.Model):
    """A file that came with an internal note: as hidden from the customer as the note itself."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Participant(models.Model):
    """A person in copy: sees the ticket, gets every public message, may answer."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="participants")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="copied_in")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "contact"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.ticket_id}"


class TicketLink(models.Model):
    """One ticket seen from another: `ticket` is a duplicate of, related to, or the parent of `other`."""

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate"
        RELATED = "related"
        PARENT = "parent"

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="linked_from")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "kind"], name="ticket_link_once"),
            models.CheckConstraint(condition=~Q(ticket=models.F("other")), name="ticket_link_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"


class CauseFinding(models.Model):
    """What caused it, and what shows that. A later finding stands beside the earlier ones; the newest holds.

    Those without an author were taken over from tickets that ended before evidence was asked for.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="findings")
    cause = models.CharField(max_length=20, choices=list(definitions.CAUSES.items()))
    words = models.TextField(blank=True, default="")
    evidence = models.TextField()
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, null=True, blank=True)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, blank=True)
    found_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("ticket", "id", name="finding_of_ticket"),
            models.Index("cause", "found_at", name="finding_by_cause"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=rules.CAUSES), name="finding_cause_known"),
            models.CheckConstraint(condition=~Q(evidence=""), name="finding_has_evidence"),
            models.CheckConstraint(
                condition=~Q(cause=rules.OTHER) | ~Q(words="") | Q(found_by=None), name="finding_other_is_described"
            ),
            models.CheckConstraint(
                condition=~Q(cause=rules.LICENCE) | Q(licence__isnull=False) | Q(found_by=None),
                name="finding_names_the_licence",
            ),
            models.CheckConstraint(
                condition=~Q(cause=rules.VENDOR) | Q(vendor__isnull=False) | ~Q(words="") | Q(found_by=None),
                name="finding_names_the_vendor",
            ),
        ]
        triggers = [pgtrigger.Protect(name="finding_stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.cause} of {self.ticket_id}"


class Objection(models.Model):
    """A customer's no to a priority we changed. One is open at a time; each change can be objected to once.

    `change` is the event of the change; `reasons` are the shift lead's, and the customer reads them.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="objections")
    change = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    old = models.CharField(max_length=8)
    new = models.CharField(max_length=8)
    raised_by = models.ForeignKey(Contact, on_delete=models.PROTECT)
    raised_at = models.DateTimeField()
    words = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=list(definitions.OBJECTIONS.items()), default=states.RAISED)
    decided_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reasons = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index("raised_at", "id", name="objection_open", condition=Q(state=states.RAISED))]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state=states.RAISED), name="objection_one_open"),
            models.UniqueConstraint(fields=["change"], name="objection_once_a_change"),
            models.CheckConstraint(condition=Q(state__in=states.OBJECTION_STATES), name="objection_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=[states.UPHELD, states.RETURNED])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reasons="")),
                name="objection_decided_with_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"objection {self.pk} on {self.ticket_id}"


class Handoff(models.Model):
    """What a line knew when it handed the ticket up, back or across, or closed it. Written once, kept for ever.

    `drawn` says that the parts were taken from the ticket, because the one who closed it wrote none.
    """

    class Kind(models.TextChoices):
        UP = "up", _("Handed up")
        BACK = "back", _("Handed back")
        ACROSS = "across", _("Handed across")
        CLOSE = "close", _("Closed")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="handoffs")
    at = models.DateTimeField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    from_line = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="handed_away")
    to_line = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="handed_here")
    asked = models.TextField()
    tried = models.TextField()
    suspected = models.TextField()
    drawn = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index("ticket", "id", name="handoff_of_ticket"),
            models.Index("at", "id", name="handoff_in_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(drawn=True) | ~(Q(asked="") | Q(tried="") | Q(suspected="")), name="handoff_says_all"
            ),
            models.CheckConstraint(
                condition=Q(kind="close", to_line__isnull=True) | (~Q(kind="close") & Q(to_line__isnull=False)),
                name="handoff_leads_somewhere",
            ),
        ]
        triggers = [pgtrigger.Protect(name="handoff_is_for_ever", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} of {self.ticket_id}"


class Repinning(models.Model):
    """Somebody puts running tickets under newer terms: an explicit act, done piece by piece so that the desk stays usable."""

    why = models.TextField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index("id", name="repinning_going", condition=Q(ended_at__isnull=True))]
        constraints = [
            models.CheckConstraint(condition=~Q(why=""), name="repinning_says_why"),
            models.CheckConstraint(condition=Q(done__lte=models.F("total")), name="repinning_counts"),
        ]

    def __str__(self) -> str:
        return f"re-pinning {self.pk}: {self.done} of {self.total}"


class Repin(models.Model):
    """One ticket of a re-pinning and the terms it goes under; `trouble` says why it could not."""

    repinning = models.ForeignKey(Repinning, on_delete=models.CASCADE, related_name="tickets")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index("repinning", "id", name="repin_waiting", condition=Q(done_at__isnull=True))]
        constraints = [models.UniqueConstraint(fields=["repinning", "ticket"], name="repin_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} to {self.to_id}"


class Draft(models.Model):
    """Words not yet said, kept while typing; one per colleague, ticket and kind."""

    class Kind(models.TextChoices):
        REPLY = "reply"
        NOTE = "note"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    text = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "staff", "kind"], name="draft_once")]

    def __str__(self) -> str:
        return f"draft of {self.staff_id} on {self.ticket_id}"


class SearchEntry(models.Model):
    """The words a ticket can be found by. Public words and note words never mix: the portal searches the first only."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, primary_key=True, related_name="search_entry")
    words = SearchVectorField()
    note_words = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="search_words", fastupdate=False),
            GinIndex(fields=["note_words"], name="search_note_words", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"words of {self.ticket_id}"


class PlannedReply(models.Model):
    """An answer that goes out at its moment unless it is taken back: nobody outside has read it until then."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SAID = "said"
        TAKEN_BACK = "taken_back"
        STOPPED = "stopped"

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="planned_replies")
    author = models.ForeignKey(Staff, on_delete=models.PROTECT)
    text = models.TextField(blank=True)
    then = models.CharField(max_length=7, blank=True, default="")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True)
    why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [
            models.Index("due_at", "id", name="planned_reply_due", condition=models.Q(state="waiting")),
            models.Index("ticket", name="planned_reply_waits", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"planned reply {self.pk}"


class PlannedFile(models.Model):
    """A file that goes with it."""

    planned = models.ForeignKey(PlannedReply, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    name = models.CharField(max_length=255)

    def __str__(self) -> str:
        return self.name
