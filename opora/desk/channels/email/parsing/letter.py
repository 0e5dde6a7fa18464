"""What we know of a letter once it is understood. Plain facts, no behaviour that decides anything."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Person:
    """Someone named in a header. `email` may lack a domain when the sender's program left it out."""

    email: str
    name: str = ""

    @property
    def key(self) -> str:
        """The address as it is compared: lower case."""
        return self.email.lower()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the letter. `content_id` has no angle brackets; `inline` = the HTML part shows it."""

    name: str
    type: str
    content: bytes
    inline: bool = False
    content_id: str = ""

    @property
    def size(self) -> int:
        """Octets."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Hex digest of the content."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Automatic:
    """Was the letter written by a program (RFC 3834 and the habits of real programs)?

    `why` names the sign, empty when a human wrote. `answerable` is False when nothing automatic may be sent back;
    `reply` is True when the program answered something (a vacation note, a report) rather than wrote of its own accord.
    """

    why: str = ""
    answerable: bool = True
    reply: bool = False

    def __bool__(self) -> bool:
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report about a letter of ours (RFC 3464). `kind`: "" (none), failed, delayed, delivered, other."""

    kind: str = ""
    status: str = ""
    recipients: tuple[str, ...] = ()
    explanation: str = ""
    about_message_id: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The letter a forwarded one carries: enclosed, or written out below the words."""

    sender: Person | None = None
    subject: str = ""
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a calendar part (RFC 5545) asks: `method` as REQUEST, CANCEL, REPLY. Moments in UTC, None when it names none."""

    method: str = ""
    summary: str = ""
    start: datetime | None = None
    end: datetime | None = None
    all_day: bool = False
    location: str = ""
    organizer: Person | None = None
    address: str = ""
    uid: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter, understood. Every text may go into the database as it is; message ids have no angle brackets.

    `signed` and `encrypted` name the way: "smime", "pgp", or "" when it is not; `seal` says in words what came of verifying
    and decrypting.
    """

    subject: str = ""
    sender: Person | None = None
    reply_to: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    reply_text: str = ""
    quoted_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic = Automatic()
    bounce: Bounce = Bounce()
    forwarded: Forwarded | None = None
    signed: str = ""
    encrypted: str = ""
    seal: str = ""
    calendar: Invitation | None = None
    hops: int = 0
    delivered_to: tuple[str, ...] = ()
    own_loop_marks: tuple[str, ...] = ()
    senders: int = 0
    defects: tuple[str, ...] = field(default=())

    @cached_property
    def content_hash(self) -> str:
        """Hex digest of what the letter says: words without their white space, and its files.

        Two copies of one letter that travelled by different roads agree here; two letters under one id do not.
        """
        digest = sha256(" ".join(self.text.split()).encode())
        digest.update("\0".join([self.subject, self.sender.key if self.sender else ""]).encode())
        for attachment in self.attachments:
            digest.update(b"\0" + attachment.name.encode() + sha256(attachment.content).digest())
        return digest.hexdigest()
