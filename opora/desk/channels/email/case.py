"""A letter on its way through the chain: what is known of it so far, and what a step may say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opora.desk.customers.models import Address, Contact
from opora.desk.tickets.models import Message, Ticket

from .models import InboundLetter, RawLetter
from .parsing import Letter, Person


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
    def quarantine(self) -> bool:
        """Whether a person must look at it."""
        return self.word == "stop"


def go_on(reason: str = "") -> Verdict:
    """The next step may judge."""
    return Verdict("continue", reason)


def done(outcome: str, reason: str) -> Verdict:
    """The letter has its place."""
    return Verdict("done", reason, outcome)


def stop(reason: str) -> Verdict:
    """Into quarantine: colleagues see it there with the reason."""
    return Verdict("stop", reason)


@dataclass(slots=True)
class Memory:
    """What a batch of letters would otherwise ask the database one by one; empty for what is not known."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, letters: Sequence[RawLetter]) -> "Memory":
        """The people who wrote these letters, as far as the envelope tells."""
        memory = cls()
        memory.look_up({letter.envelope_from.lower() for letter in letters if letter.envelope_from})
        return memory

    def look_up(self, emails: set[str]) -> None:
        """Ask once for every address not asked for before."""
        new = emails - self.asked
        if not new:
            return
        rows = Address.objects.filter(email__in=new, contact__active=True).select_related("contact__organisation")
        self.contacts |= {row.email: row.contact for row in rows}
        self.asked |= new

    def learn(self, case: "Case") -> None:
        """A person first met in this letter is known to the next one."""
        if case.contact and case.sender_key:
            self.contacts[case.sender_key] = case.contact
            self.asked.add(case.sender_key)

    def forget(self, case: "Case") -> None:
        """What a failed letter learnt was rolled back with it."""
        for key in case.met:
            self.contacts.pop(key, None)
            self.asked.discard(key)


@dataclass(slots=True)
class Case:
    """One letter, and what the steps found out. `letter` is set by the first step."""

    raw: RawLetter
    at: datetime
    memory: Memory
    letter: Letter = field(default_factory=Letter)
    contact: Contact | None = None
    ticket: Ticket | None = None
    message: Message | None = None
    candidate: Ticket | None = None
    by_token: bool = False
    why_candidate: str = ""
    hints: list[str] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    understood: InboundLetter | None = None

    @property
    def sender(self) -> Person:
        """Who the letter says it is from."""
        return self.letter.sender or Person("")

    @property
    def sender_key(self) -> str:
        """The sender's address in lower case, "" when there is none."""
        return self.letter.sender.key if self.letter.sender else ""

    @property
    def mail_id(self) -> str:
        """The letter's id; one made of its octets when it has none, so that a second copy is still known."""
        return self.letter.message_id or f"sha256.{self.raw.sha256}"


Step = Callable[[Case], Verdict]
