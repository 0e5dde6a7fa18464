"""Addresses as people's programs really write them. Linear in the length of the header.

RFC 5322 sections 3.4 and 4.4 are the aim; groups, comments, missing quotes, missing domains and stray dots are read as well.
"""

import re

from .headers import decode_words
from .letter import Person

_TOKEN = re.compile(
    r'"((?:[^"\\]|\\.)*)"?|<([^<>]*)>?|([,;:])|([()])|((?:=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s<]{0,500}\?=|[^",;:<>()=]+|=)+)|(>)',
    re.S,
)
_SIMPLE = re.compile(r'\s*"?([^<>,;:"()@\\]*?)"?\s*<\s*([^<>\s@,;:"()]+@[^<>\s@,;:"()]+)\s*>\s*')
_LOCAL_END = re.compile(r"[^\s<>@,;:]*")
_ESCAPE = re.compile(r"\\(.)", re.S)
_DOT_ATOM = re.compile(r"[^\s.\"]+(?:\.[^\s.\"]+)*")  # a local part that needs no quotes
_SPACES = re.compile(r"\s+")
_VALID = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x20]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])"
)
MANY = 1000


def read_people(text: str) -> tuple[Person, ...]:
    """Everyone named in an address header, in order, groups opened, at most 1,000. Never raises."""
    if found := _SIMPLE.fullmatch(text):
        return (Person(_tidy_address(found[2]), _tidy_name(found[1])),)
    people: list[Person] = []
    surname = ""
    for words, angle, comment in _entries(text):
        person = _person(words, angle, comment)
        if person and surname and person.email and person.name and '"' not in text:  # Petrov, Ivan <ivan@x.example>
            person = Person(person.email, f"{surname}, {person.name}")
            people.pop()
        surname = person.name if person and not person.email and " " not in person.name else ""
        if person and person not in people[-3:]:
            people.append(person)
        if len(people) >= MANY:
            break
    return tuple(people)


def is_mailable(email: str) -> bool:
    """Whether we would ever send a letter there: one `@`, a dotted domain, no control or blank characters."""
    return len(email) <= 254 and _VALID.fullmatch(email) is not None


def _entries(text: str) -> list[tuple[str, str | None, str]]:
    """(words, what stood in angle brackets, what stood in a comment) of each entry."""
    entries: list[tuple[str, str | None, str]] = []
    words: list[str] = []
    comment: list[str] = []
    angle: str | None = None
    depth = named = 0
    for found in _TOKEN.finditer(text):
        quoted, bracketed, mark, paren, plain, _ = found.groups()
        if paren:
            depth = max(0, depth + (1 if paren == "(" else -1))
        elif depth:
            comment.append(found[0])
        elif mark == ":" and angle is None and "@" not in "".join(words):
            words, comment = [], []
        elif mark in (",", ";"):
            entries.append(("".join(words), angle, "".join(comment)))
            words, comment, angle = [], [], None
        elif bracketed is not None:
            if (
                angle and angle.strip() and bracketed.strip() and "@" in angle and "@" in bracketed
            ):  # the comma was forgotten
                entries.append(("".join(words[:named]), angle, "".join(comment)))
                words, comment = words[named:], []
            angle, named = (bracketed, len(words)) if angle is None or bracketed.strip() else (angle, named)
        else:
            local = (
                quoted is not None and text[found.end() : found.end() + 1] == "@" and not _DOT_ATOM.fullmatch(quoted)
            )
            words.append(found[0] if local else _ESCAPE.sub(r"\1", quoted) if quoted is not None else plain or "")
    entries.append(("".join(words), angle, "".join(comment)))
    return entries


def _person(words: str, angle: str | None, comment: str) -> Person | None:
    if (
        angle is None
        and "=?" in words
        and "@" not in words
        and (whole := _SIMPLE.fullmatch(decode_words(words.strip())))
    ):
        return Person(_tidy_address(whole[2]), _tidy_name(whole[1]))
    if angle is not None and angle.strip():
        return Person(_tidy_address(angle), _tidy_name(words) or ("" if words.strip() else _tidy_name(comment)))
    if bare := _bare_address(words):
        begin, end = bare
        name = (words[:begin] + " " + words[end:]).strip()
        return Person(_tidy_address(words[begin:end]), _tidy_name(name) or _tidy_name(comment))
    if "@" in words and " " in words.strip():
        return Person(_tidy_address("".join(words.split())), _tidy_name(comment))
    if angle is None and words.strip() and " " not in words.strip() and not words.strip().istitle():
        return Person(_tidy_address(words), _tidy_name(comment))
    return Person("", _tidy_name(words)) if words.strip() else None


def _bare_address(words: str) -> tuple[int, int] | None:
    """Where the first address without brackets stands, found from its `@` outwards."""
    at = words.find("@")
    if at < 1:
        return None
    begin = max(words.rfind(blank, 0, at) for blank in " \t\r\n") + 1
    found = _LOCAL_END.match(words, at + 1)
    end = found.end() if found else at + 1
    return (begin, end) if begin < at and end > at + 1 else None


def _tidy_address(address: str) -> str:
    if address.lstrip().startswith('"'):
        return address.strip()[:320]  # a quoted local part may hold blanks
    address = "".join(address.split()).strip("'\"")
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    if address[:7].lower() == "mailto:":
        address = address[7:]
    if address.startswith("@") and ":" in address:
        address = address.rsplit(":", 1)[1]
    address = decode_words(address) if "=?" in address else address
    local, at, domain = address.rpartition("@")
    domain = domain.rstrip(".>,;")
    return (local + at + domain)[:320]


def _tidy_name(name: str) -> str:
    name = decode_words(name) if "=?" in name else name
    name = _SPACES.sub(" ", name).strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name[:200]
