"""From the octets of a letter to the `Letter`. The one door of this package."""

import re
from dataclasses import replace

from .addresses import read_people
from .automatic import judge_automatic
from .bounces import read_bounce
from .charsets import decode
from .content import read_content
from .forwarding import read_forwarded
from .headers import BLOCK_LIMIT, Head, split_head
from .letter import Letter, Person
from .moments import read_date
from .reply import cut_letter
from .sealing import seals_of
from .tnef import SIGNATURE
from .tree import read_tree

REFERENCE_LIMIT = 100
_ID = re.compile(r"<([^<>\s]{1,400})>")
_HOPS = 100


def read_letter(raw: bytes) -> Letter:
    """The letter in these octets. Never raises; every text in the answer can be stored."""
    if raw.startswith(SIGNATURE):
        raw = b"Content-Type: application/ms-tnef\n\n" + raw
    tree, defects = read_tree(raw)
    head = tree.head
    content = read_content(tree)
    text, cut = cut_letter(content.plain, content.html)
    from_fields = head.raw_all("from")
    senders = _people(head, "from")
    bounce = read_bounce(tree, text, senders)
    subject = head.words("subject")[:500] or content.subject[:500]
    signed, encrypted = seals_of(tree, text)
    return Letter(
        subject=subject,
        sender=_sender(head, senders),
        senders=max(len(senders), len(from_fields)),
        reply_to=_people(head, "reply-to"),
        to=_people(head, "to"),
        cc=_people(head, "cc"),
        date=read_date(head.plain("date")),
        message_id=_first_id(head),
        in_reply_to=read_ids(head.plain("in-reply-to"))[:10],
        references=read_ids(" ".join(value.decode("latin-1") for value in head.raw_all("references"))),
        text=text,
        html=content.html,
        reply_text=cut.reply,
        quoted_text=cut.quoted,
        attachments=tuple(content.attachments),
        automatic=judge_automatic(head, tree, senders, bounce, cut.reply),
        bounce=bounce,
        forwarded=None if bounce else read_forwarded(tree, subject, text),
        signed=signed,
        encrypted=encrypted,
        calendar=content.invitation,
        hops=min(len(head.raw_all("received")), _HOPS),
        delivered_to=_delivered_to(head),
        own_loop_marks=tuple(head.words("x-opora-loop")[:200] for _ in head.raw_all("x-opora-loop")[:1]),
        defects=tuple(dict.fromkeys(defects + content.defects)),
    )


def read_head_alone(raw: bytes, defect: str) -> Letter:
    """What the header says, of a letter whose body nobody may look at again; `defect` says why. Never raises."""
    letter = read_letter(split_head(raw[: BLOCK_LIMIT + 2])[0].as_octets())
    return replace(letter, text="", reply_text="", defects=(defect,))


def read_ids(text: str) -> tuple[str, ...]:
    """The message ids named in a header, without brackets, in order, each once, at most 100."""
    found = _ID.findall(text)
    if not found and "@" in text:
        found = [word.strip("<>,;") for word in text.split() if "@" in word]
    unique = tuple(dict.fromkeys(identifier[:400] for identifier in found if identifier.isprintable()))
    return unique if len(unique) <= REFERENCE_LIMIT else unique[:1] + unique[1 - REFERENCE_LIMIT :]


def _people(head: Head, name: str) -> tuple[Person, ...]:
    fields = head.raw_all(name)
    if not fields:
        return ()
    people: list[Person] = []
    for value in fields[:20]:
        people += read_people(decode(value))
    return tuple(dict.fromkeys(people))


def _sender(head: Head, senders: tuple[Person, ...]) -> Person | None:
    for person in senders:
        if person.email:
            return person
    for name in ("sender", "return-path", "reply-to"):
        for person in _people(head, name):
            if person.email:
                return Person(person.email, senders[0].name if senders else person.name)
    return senders[0] if senders else None


def _first_id(head: Head) -> str:
    ids = read_ids(head.plain("message-id"))
    if ids:
        return ids[0]
    bare = head.plain("message-id").strip("<> ")[:400]
    return bare if bare.isprintable() and " " not in bare else ""


def _delivered_to(head: Head) -> tuple[str, ...]:
    found: list[str] = []
    for name in ("delivered-to", "x-original-to", "x-envelope-to", "envelope-to"):
        found += [person.key for person in _people(head, name) if person.email]
    return tuple(dict.fromkeys(found))[:50]
