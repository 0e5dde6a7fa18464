"""A letter on its way through the chain: what is known of it so far, and what a step may say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opora.desk.catalogue.models import Vendor
from opora.desk.catalogue.vendors import vendors_of_addresses
from opora.desk.customers.models import Address, Contact
from opora.desk.people.models import Staff
from opora.desk.tickets.actions import NewTicket, NewWords
from opora.desk.tickets.models import Message, Ticket

from . import floods, identity, limits, rules, states
from .models import InboundLetter, Mailbox, OutgoingLetter, RawLetter
from .parsing import Letter, Person
from .tokens import find_ticket


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a step says: continue, done (with the outcome), or stop (into quarantine), and why."""

    word: str
    reason: str
    outcome: str = ""

    @property
    def ends(self) -> bool:
        """Whether the chain ends here."""
        return self.word != "continue"

    @property
    def state(self) -> str:
        """The state the raw letter comes to."""
        return {"stop": states.QUARANTINED, "hold": states.HELD, "spam": states.SPAM}.get(self.word, states.DONE)


def go_on(reason: str = "") -> Verdict:
    """The next step may judge."""
    return Verdict("continue", reason)


def done(outcome: str, reason: str) -> Verdict:
    """The letter has its place."""
    return Verdict("done", reason, outcome)


def hold(reason: str, words: str) -> Verdict:
    """Held back for this reason (a key such as `sender:a@b.example`) until the hour has room or a colleague says so."""
    return Verdict("hold", words, reason)


def set_aside(reason: str) -> Verdict:
    """On to the shelf for spam."""
    return Verdict("spam", reason)


def stop(reason: str) -> Verdict:
    """Into quarantine: colleagues see it there with the reason."""
    return Verdict("stop", reason)


@dataclass(slots=True)
class Case:
    """One letter, and what the steps found out."""

    raw: RawLetter
    at: datetime
    letter: Letter
    memory: "Memory"
    contact: Contact | None = None
    ticket: Ticket | None = None
    message: Message | None = None
    candidate: Ticket | None = None
    why_candidate: str = ""
    refused: bool = False
    forwarded_by: Staff | None = None
    hints: list[str] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)
    opening: NewTicket | None = None
    adding: NewWords | None = None
    verdict: Verdict | None = None

    @property
    def proved(self) -> bool:
        """Whether the sender's domain stands behind the letter."""
        return self.raw.authenticity == RawLetter.Authenticity.PASS

    @property
    def sender(self) -> Person:
        """Who the letter says it is from."""
        return self.letter.sender or Person("")

    @property
    def sender_key(self) -> str:
        """The sender's address in lower case, "" when there is none."""
        return self.letter.sender.key if self.letter.sender else ""

    @property
    def addresses(self) -> list[str]:
        """Whom the letter was for: the envelope first, then what servers wrote down, then what its author wrote."""
        return [*self.raw.envelope_to, *self.letter.delivered_to, *rules.all_addressed(self.letter)]

    @property
    def mailbox(self) -> Mailbox | None:
        """The mailbox it came to, None for the desk's main address."""
        for address in self.addresses:
            if (base := rules.base_address(address)) in self.memory.ours:
                return self.memory.mailboxes.get(base)
        return None

    @property
    def mail_id(self) -> str:
        """The letter's Message-ID; one made of its octets when it has none, so that a second copy is still known."""
        return self.letter.message_id or f"sha256.{self.raw.sha256}"


@dataclass(slots=True)
class Memory:
    """What a batch of letters would otherwise ask the database one by one, and what it will write all together."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    copies: dict[str, list[tuple[int, str, int | None]]] = field(default_factory=dict)
    threads: dict[str, int] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    openings: list[Case] = field(default_factory=list)
    addings: list[Case] = field(default_factory=list)
    to_note: list[tuple[Case, bool]] = field(default_factory=list)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    flood: floods.Flood = field(default_factory=lambda: floods.Flood(limits.of_the_settings()))
    colleagues: dict[str, Staff] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _measured: bool = False

    def prepare(self, cases: Sequence[Case]) -> None:
        """Ask once for everything these letters will need: people, copies, and the letters they answer."""
        if not self.ours:
            self.mailboxes = {row.address: row for row in Mailbox.objects.filter(active=True)}
            self.ours = frozenset({identity.mailbox(), *self.mailboxes})
        people = {case.sender_key for case in cases}
        people |= {other.key for case in cases for other in rules.others_addressed(case.letter, self.ours)}
        self.look_up(people)
        rows = InboundLetter.objects.filter(mail_id__in=[case.mail_id for case in cases])
        for mail_id, raw_id, content_hash, ticket_id in rows.values_list("mail_id", "raw", "content_hash", "ticket"):
            self.copies.setdefault(mail_id, []).append((raw_id, content_hash, ticket_id))
        answered = {one for case in cases for one in rules.answered_ids(case.letter)}
        if answered:
            ours = OutgoingLetter.objects.filter(mail_id__in=answered, ticket__isnull=False)
            theirs = InboundLetter.objects.filter(mail_id__in=answered, ticket__isnull=False)
            self.threads |= dict(ours.values_list("mail_id", "ticket_id")) | dict(
                theirs.values_list("mail_id", "ticket_id")
            )

        every = {number for case in cases for number, _ in self.tickets_named(case)}
        if named := every - set(self.tickets):
            self.tickets |= Ticket.objects.select_related("requester", "organisation").in_bulk(named)
        if not self._measured:
            self.flood = floods.measure({case.sender_key for case in cases}, every, at=cases[0].at)
            self._measured = True

    def tickets_named(self, case: Case) -> list[tuple[int, str]]:
        """(number, how) of the tickets a letter names in the ways that count, the most trusted first."""
        answered = rules.answered_ids(case.letter)
        addresses = case.addresses
        signed = find_ticket([*(one for one in addresses if "+t+" in one), *answered], identity.token_key())
        threaded = [self.threads[one] for one in answered if one in self.threads][:1]
        return [
            *([(signed, "our signed token")] if signed else []),
            *((number, "an answered letter") for number in threaded),
            *((number, "the subject") for number in rules.tagged_tickets(case.letter.subject)[:3]),
        ]

    def look_up(self, emails: set[str]) -> None:
        """Ask once for the people and vendors behind every address not asked for before."""
        new = emails - self._asked - {""}
        if new:
            rows = Address.objects.filter(email__in=new, contact__active=True).select_related("contact__organisation")
            self.contacts |= {row.email: row.contact for row in rows}
            self.vendors |= vendors_of_addresses(new)
            staff = Staff.objects.filter(account__email__in=new, active=True).select_related("account")
            self.colleagues |= {row.account.email.lower(): row for row in staff}
            self._asked |= new

    def colleague(self, email: str) -> Staff | None:
        """The active colleague who signs in with this address."""
        self.look_up({email})
        return self.colleagues.get(email)

    def waits_for(self, case: Case) -> bool:
        """Whether this letter is a copy of, or an answer to, one that is still to be written."""
        pending = {other.mail_id for other, _ in self.to_note}
        return case.mail_id in pending or not pending.isdisjoint(rules.answered_ids(case.letter))


Step = Callable[[Case], Verdict]
