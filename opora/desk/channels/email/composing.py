"""The final octets of a letter that goes out (RFC 5322, 2045-2047, 2231, 3834). Pure: no Django, no clock, no network.

No value can break out of its header: addresses and ids that are not exactly what they should be are refused, words lose their
control characters before they are encoded. The same `Outgoing` always gives the same octets.
"""

import binascii
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from urllib.parse import quote

from .parsing.addresses import is_mailable
from .parsing.letter import Person

LINE = 76
REFERENCES_LIMIT = 20
QUOTE_LINES = 30
QUOTE_CHARACTERS = 2000
SUBJECT_LIMIT = 200

_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+")
_TEXT_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-:@\[\]]{1,400}")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_REPLY_MARK = re.compile(r"^\s*(?:(?:re|aw|sv|fwd?|отв|на|ha|пересл)(?:\[\d+\])?\s*:\s*)+", re.I)
_LINK = re.compile(r"https?://[^\s<>\"']{3,500}[^\s<>\"'.,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file to send."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Everything a letter of ours says. Ids are without angle brackets; `quoted` is what is answered, kept short."""

    sender: Person
    to: Sequence[Person]
    subject: str
    text: str
    date: datetime
    message_id: str
    cc: Sequence[Person] = ()
    reply_to: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    quoted: str = ""
    quoted_intro: str = ""
    footer: str = ""
    language: str = ""
    automatic: bool = False
    answers: bool = False
    loop_mark: str = ""
    unsubscribe: str = ""
    enclosures: Sequence[Enclosure] = ()


def compose(letter: Outgoing) -> bytes:
    """The letter as it goes over the wire: CRLF, 7 bit, no line over 998. Raises ValueError for an address or id that is none."""
    fields = [
        ("From", _mailboxes([letter.sender])),
        ("To", _mailboxes(letter.to)),
        ("Cc", _mailboxes(letter.cc)),
        ("Reply-To", _mailboxes([Person(letter.reply_to, letter.sender.name)]) if letter.reply_to else ""),
        ("Subject", _words(clean_line(letter.subject)[:SUBJECT_LIMIT], len("Subject: "))),
        ("Date", format_datetime(letter.date.astimezone(UTC))),
        ("Message-ID", _ids([letter.message_id])),
        ("In-Reply-To", _ids([letter.in_reply_to]) if letter.in_reply_to else ""),
        ("References", _ids(shorten_references(letter.references, letter.in_reply_to))),
        ("Auto-Submitted", ("auto-replied" if letter.answers else "auto-generated") if letter.automatic else ""),
        ("X-Auto-Response-Suppress", "All" if letter.automatic else ""),
        ("Precedence", "bulk" if letter.automatic else ""),
        ("List-Unsubscribe", _address_of_page(letter.unsubscribe)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click" if letter.unsubscribe else ""),
        ("X-Opora-Loop", _token(letter.loop_mark)),
        ("Content-Language", _token(letter.language)),
        ("MIME-Version", "1.0"),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
    return head.encode("ascii") + _body(letter)


def clean_line(text: str) -> str:
    """One line without control characters; runs of blanks become one."""
    return " ".join(_CONTROL.sub(" ", text).split())


def tagged_subject(subject: str, number: int) -> str:
    """`Re: The shop is slow [T-1042]`, whatever marks the subject carried before."""
    bare = re.sub(rf"\s*\[T-{number}\]", "", _REPLY_MARK.sub("", clean_line(subject)))
    return f"Re: {bare[: SUBJECT_LIMIT - 30]} [T-{number}]"


def shorten_references(references: Sequence[str], in_reply_to: str) -> list[str]:
    """The first id and the newest ones, at most 20, the answered one last (RFC 5322 section 3.6.4)."""
    ids = [known for known in dict.fromkeys(references) if known and known != in_reply_to and _ID.fullmatch(known)]
    if in_reply_to:
        ids.append(in_reply_to)
    return ids if len(ids) <= REFERENCES_LIMIT else ids[:1] + ids[1 - REFERENCES_LIMIT :]


def shorten_quote(text: str) -> str:
    """The beginning of what is answered: at most 30 lines and 2,000 characters, with an ellipsis when cut."""
    whole = _tidy(text)
    kept = "\n".join(whole[:QUOTE_CHARACTERS].split("\n")[:QUOTE_LINES]).rstrip()
    return kept if kept == whole else f"{kept} …"


def _mailboxes(people: Sequence[Person]) -> str:
    return ",\r\n ".join(_mailbox(person) for person in people)


def _mailbox(person: Person) -> str:
    if not is_mailable(person.email) or not person.email.isascii():
        raise ValueError(f"not an address: {person.email!r}")
    name = clean_line(person.name)[:100]
    if not name:
        return person.email
    if not name.isascii() or len(name) > 60:
        return f"{_words(name, 12)}\r\n <{person.email}>"
    shown = name if _ATOM.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{shown} <{person.email}>"


def _ids(ids: Sequence[str]) -> str:
    for one in ids:
        if not _ID.fullmatch(one):
            raise ValueError(f"not a message id: {one!r}")
    return "\r\n ".join(f"<{one}>" for one in ids)


def _token(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z0-9.@_-]{1,100}", value):
        raise ValueError(f"not a token: {value!r}")
    return value


def _address_of_page(address: str) -> str:
    """A page by which one leaves with one click (RFC 8058)."""
    if not address:
        return ""
    if not _LINK.fullmatch(address) or not address.isascii() or len(address) > 900:
        raise ValueError(f"not an address of a page: {address!r}")
    return f"<{address}>"


def _words(text: str, used: int) -> str:
    """Header text: as it is when short ASCII, else RFC 2047 words of at most 75 characters, one a line."""
    if text.isascii() and len(text) + used <= LINE and "=?" not in text:
        return text
    pieces, piece = [], b""
    for character in text:
        octets = character.encode()
        if len(piece) + len(octets) > 42:
            pieces.append(piece)
            piece = b""
        piece += octets
    pieces.append(piece)
    return "\r\n ".join(f"=?utf-8?B?{b64encode(octets).decode()}?=" for octets in pieces)


def _body(letter: Outgoing) -> bytes:
    seed = sha256(letter.message_id.encode()).hexdigest()
    text, html = _plain_text(letter), _html_text(letter)
    inner = _multipart("alternative", f"=_a{seed[:24]}", [_text_part("plain", text), _text_part("html", html)])
    if not letter.enclosures:
        return inner
    files = [_file_part(enclosure) for enclosure in letter.enclosures]
    return _multipart("mixed", f"=_m{seed[:24]}", [inner, *files])


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    mark = boundary.encode()
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + mark + b"--\r\n"


def _text_part(kind: str, text: str) -> bytes:
    octets = text.encode()
    head = f"Content-Type: text/{kind}; charset=utf-8\r\n"
    if sum(octet > 126 for octet in octets) * 6 > len(octets):
        return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + _base64(octets.replace(b"\n", b"\r\n"))
    coded = binascii.b2a_qp(octets, istext=True).replace(b"\n", b"\r\n")
    return f"{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode() + coded


def _base64(octets: bytes) -> bytes:
    coded = b64encode(octets)
    return b"\r\n".join(coded[at : at + LINE] for at in range(0, len(coded), LINE))


def _file_part(enclosure: Enclosure) -> bytes:
    kind = enclosure.type if _TYPE.fullmatch(enclosure.type) else "application/octet-stream"
    if kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment{_file_name(clean_line(enclosure.name)[:150] or 'file')}\r\n\r\n"
    )
    return head.encode("ascii") + _base64(enclosure.content)


def _file_name(name: str) -> str:
    """RFC 2231 for what is not plain ASCII, a quoted string for what is; one parameter a line."""
    if name.isascii() and len(name) < 60:
        return ';\r\n filename="' + name.replace("\\", "_").replace('"', "_") + '"'
    pieces = ["utf-8''"]
    for coded in (quote(character, safe="") for character in name):
        if len(pieces[-1]) + len(coded) > 60:
            pieces.append("")
        pieces[-1] += coded
    return "".join(f";\r\n filename*{number}*={piece}" for number, piece in enumerate(pieces))


def _plain_text(letter: Outgoing) -> str:
    blocks = [_tidy(letter.text)]
    if letter.footer:
        blocks.append("-- \n" + _tidy(letter.footer))
    if quoted := shorten_quote(letter.quoted):
        marked = "\n".join(f"> {line}".rstrip() for line in quoted.split("\n"))
        blocks.append(f"{clean_line(letter.quoted_intro)}\n{marked}")
    return "\n\n".join(blocks) + "\n"


def _tidy(text: str) -> str:
    return _TEXT_CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _html_text(letter: Outgoing) -> str:
    language = f' lang="{letter.language}"' if letter.language else ""
    blocks = [_paragraphs(_tidy(letter.text))]
    if letter.footer:
        blocks.append(f'<div style="color:#667085;font-size:13px">{_lines(_tidy(letter.footer))}</div>')
    if quoted := shorten_quote(letter.quoted):
        intro = escape(clean_line(letter.quoted_intro))
        style = "margin:0 0 0 8px;padding-left:12px;border-left:2px solid #d0d5dd;color:#667085"
        blocks.append(f'<div>{intro}</div>\n<blockquote type="cite" style="{style}">{_lines(quoted)}</blockquote>')
    body = "\n".join(blocks)
    font = "font-family:system-ui,-apple-system,Segoe UI,Roboto,Arial,sans-serif;font-size:15px;line-height:1.5"
    return (
        f'<!doctype html>\n<html{language}><head><meta charset="utf-8"></head>\n<body>\n'
        f'<div style="{font}">\n{body}\n</div>\n</body></html>\n'
    )


def _paragraphs(text: str) -> str:
    return "\n".join(f"<p>{_lines(block)}</p>" for block in re.split(r"\n{2,}", text) if block.strip())


def _lines(text: str) -> str:
    return "<br>\n".join(_linked(line) for line in text.split("\n"))


def _linked(line: str) -> str:
    pieces, at = [], 0
    for found in _LINK.finditer(line):
        address = escape(found[0])
        pieces.append(f'{escape(line[at : found.start()])}<a href="{address}">{address}</a>')
        at = found.end()
    return "".join(pieces) + escape(line[at:])
