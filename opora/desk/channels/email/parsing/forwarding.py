"""Forwarded letters: who wrote the inner one. It may be enclosed, or written out under the words by any mail program."""

import re

from .addresses import read_people
from .blocks import header_block
from .charsets import decode
from .headers import split_head
from .letter import Forwarded, Person
from .moments import read_moment
from .openings import TIME, opens_forward
from .tree import Part

LINE_LIMIT = 400

_SUBJECT = re.compile(
    r"\s*(?:(?:re|отв|aw|sv)\s*:\s*)*(?:fwd?|пересл|перенаправл|fw|wg|tr|rv|i|vb|vs|doorst|encaminhada|enc|pd|"
    r"továbbítás|ilt|转发|轉寄)\s*"
    r"(?:\[\d+\])?\s*[:：]",
    re.I,
)
_ONE_LINE = re.compile(r"(?:from|от)\s*:\s*(.{3,200}?)\s*(?:to|кому|sent|отправлено|date|дата|subject|тема)\s*:", re.I)
_TITLE = re.compile(r"(?:subject|тема)\s*:\s*(.{1,300})$", re.I)
_NAMED = re.compile(r"(?:\"[^\"<>]{0,100}\"|[^\"<>,:\d]{0,100})\s?<[^<>\s]{1,200}@[^<>\s]{1,200}>")
_MAILTO = re.compile(r"\[mailto:([^\]\s]+)\]|<mailto:([^>\s]+)>", re.I)


def read_forwarded(tree: Part, subject: str, text: str) -> Forwarded | None:
    """The forwarded letter; None when this is none."""
    titled = bool(_SUBJECT.match(subject))
    written_out = _written_out(text, titled)
    if written_out is not None:
        return written_out
    enclosed = [
        leaf for leaf in tree.leaves() if leaf.type in ("message/rfc822", "message/global") and leaf is not tree
    ]
    digest = tree.type in ("multipart/digest", "multipart/report")
    return _enclosed(enclosed[0]) if enclosed and not digest and (titled or len(enclosed) == 1) else None


def _enclosed(leaf: Part) -> Forwarded | None:
    head = split_head(leaf.content())[0]
    people = read_people(decode(head.raw("from"))) if head.raw("from") else ()
    subject = head.words("subject")[:500]
    if not people and not subject:
        return None
    return Forwarded(people[0] if people else None, subject, read_moment(head.plain("date")))


def _written_out(text: str, titled: bool) -> Forwarded | None:
    lines = text.split("\n", LINE_LIMIT)[:LINE_LIMIT]
    announced = False
    for number, line in enumerate(lines):
        if opens_forward(line):
            announced = True
            if found := _on_one_line(line):
                return found
        if (
            announced
            and line.rstrip()[-2:] == ">:"
            and (named := _NAMED.search(line[:300]))
            and TIME.search(line[:300])
        ):
            return Forwarded(_person(named[0]), "", read_moment(line[:300]))
        if not (announced or titled) or ":" not in line[:40]:
            continue
        bare = [text.lstrip("> ") for text in lines[number : number + 12]]
        if fields := header_block(bare, 0):
            return _from_fields(fields)
    return None


def _from_fields(fields: dict[str, str]) -> Forwarded:
    return Forwarded(
        _person(fields.get("from", "")), fields.get("subject", "").strip()[:500], read_moment(fields.get("date", ""))
    )


def _on_one_line(line: str) -> Forwarded | None:
    """Yahoo writes all the fields on one line."""
    found = _ONE_LINE.search(line[:1000])
    if not found:
        return None
    title = _TITLE.search(line[:1000])
    return Forwarded(_person(found[1]), title[1].strip() if title else "", None)


def _person(words: str) -> Person | None:
    words = _MAILTO.sub(
        lambda found: "" if "<" in words[: found.start()] else f"<{found[1] or found[2]}>", words.replace("*", "")
    )
    people = read_people(words.strip())
    return next((person for person in people if "@" in person.email), people[0] if people else None)
