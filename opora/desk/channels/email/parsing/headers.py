"""The header layer of our own: finding the fields in whatever came, and reading what they say.

The standard library's does not read raw 8-bit values, encoded words with spaces in them, or a block that is broken by a
line without indentation; and its careful mode takes seconds on hostile input.
"""

import binascii
import re
from dataclasses import dataclass, field

from .charsets import decode, storable

BLOCK_LIMIT = 256 * 1024
FIELD_LIMIT = 64 * 1024
PARAMETER_LIMIT = 100

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BLANK = re.compile(rb"\n(?=\r?\n)")
_WORD = re.compile(r"=\?([\w.:+\-]{1,60})(?:\*[\w\-]{0,20})?\?([bBqQ])\?((?:[^?\n]|\?(?!=))*)\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PARAMETER = re.compile(r""";?[ \t\r\n]*([^=;"\s]{1,80})[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"?|[^;]*)""", re.S)
_ESCAPE = re.compile(r"\\(.)", re.S)
_CONTROL = re.compile("[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(slots=True)
class Head:
    """The fields of a letter or of a part, in order, names in lower case, values unfolded but not decoded."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    def raw(self, name: str) -> bytes:
        """The first field of that name, b"" when there is none."""
        for known, value in self.fields:
            if known == name:
                return value
        return b""

    def raw_all(self, name: str) -> list[bytes]:
        """Every field of that name."""
        return [value for known, value in self.fields if known == name]

    def words(self, name: str) -> str:
        """The first field of that name as a person would read it, on one line."""
        value = self.raw(name)
        return read_words(value) if value else ""

    def as_octets(self) -> bytes:
        """The fields as a header block without a body."""
        return b"".join(name.encode() + b": " + value + b"\n" for name, value in self.fields) + b"\n"

    def plain(self, name: str) -> str:
        """The first field of that name as text whose encoded words are left alone (addresses, tokens)."""
        value = self.raw(name)
        return decode(value).strip() if value else ""


def split_head(raw: bytes) -> tuple[Head, bytes]:
    """The header fields of a letter or part, and the octets of its body. Never raises."""
    head = Head()
    start = _skip_envelope_line(raw)
    first = raw[start : start + FIELD_LIMIT]
    if b"\n" not in first and b"\r" in first:
        raw, start = raw[start:].replace(b"\r", b"\n"), 0
        head.defects.append("lines end in CR")
    end, body_at = _block_end(raw, start)
    block = raw[start : min(end, start + BLOCK_LIMIT)]
    if end - start > BLOCK_LIMIT:
        head.defects.append("header block over 256 kB")
    left_over = _collect(block, head)
    return head, (left_over + raw[end:] if left_over is not None else raw[body_at:])


def _skip_envelope_line(raw: bytes) -> int:
    start = 0
    while raw[start : start + 1] in (b"\n", b"\r") and start < 1000:
        start += 1
    if raw[start : start + 5] == b"From " or raw[start : start + 6] == b">From ":
        line_end = raw.find(b"\n", start)
        if line_end != -1:
            start = line_end + 1
    return start


def _block_end(raw: bytes, start: int) -> tuple[int, int]:
    """Where the header block ends, and where the body begins."""
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return start, raw.index(b"\n", start) + 1
    found = _BLANK.search(raw, start)
    if not found:
        return len(raw), len(raw)
    end = found.end()
    return end, raw.index(b"\n", end) + 1


def _collect(block: bytes, head: Head) -> bytes | None:
    """Fill `head` from the block. Answer the octets that turned out to be body, or None."""
    lines = _FOLD.sub(b"", block).split(b"\n")
    for number, line in enumerate(lines):
        found = _FIELD.match(line)
        if found:
            value = line[found.end() :].rstrip()
            if len(value) > FIELD_LIMIT:
                value = value[:FIELD_LIMIT]
                head.defects.append("header over 64 kB")
            head.fields.append((found[1].decode("ascii").lower(), value))
        elif line.strip():
            if not any(_FIELD.match(later) for later in lines[number + 1 : number + 4]):
                head.defects.append("header block ends without an empty line")
                return b"\n".join(lines[number:])
            head.defects.append("stray line in the header block")
            if head.fields and _runs_on(head.fields[-1][1], line):
                name, value = head.fields[-1]
                head.fields[-1] = (name, value + b" " + line.strip())
    return None


def _runs_on(value: bytes, line: bytes) -> bool:
    """Whether a line without indentation seems to continue the value: some programs forget to indent."""
    if value.endswith((b",", b";", b"?=")) or line.startswith((b"=?", b"<")):
        return True
    return value.count(b'"') % 2 == 1 or len(value) > 65


def read_words(value: bytes) -> str:
    """A header value as a person would read it: raw 8-bit, RFC 2047 words, on one line, storable."""
    text = decode(value)
    if "=?" in text:
        text = decode_words(text)
        if text.startswith("=?") and text.endswith("?="):  # encoded by two programs, one after the other
            text = decode_words(text)
    return _CONTROL.sub(" ", text).strip()


def decode_words(text: str) -> str:
    """Text with its RFC 2047 encoded words read. Words broken between octets of one character are joined first."""
    pieces: list[str] = []
    run: list[bytes] = []
    charset = ""
    at = 0
    for found in _WORD.finditer(text):
        between = text[at : found.start()]
        octets = _word_octets(found[2], found[3])
        if run and (between.strip() or found[1].lower() != charset):
            pieces.append(decode(b"".join(run), charset))
            run = []
        if between.strip() or (between and not pieces and not run and at == 0):
            pieces.append(between)
        charset, at = found[1].lower(), found.end()
        run.append(octets)
    if run:
        pieces.append(decode(b"".join(run), charset))
    pieces.append(text[at:])
    return storable("".join(pieces))


def _word_octets(encoding: str, content: str) -> bytes:
    raw = content.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(raw)
    return binascii.a2b_qp(raw.replace(b" ", b"_"), header=True)


def decode_base64(raw: bytes) -> bytes:
    """Base64 read as far as it goes: foreign octets skipped, missing padding added. Never raises."""
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", raw)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def read_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """A structured value (Content-Type, Content-Disposition): the word before the first `;` and its parameters.

    RFC 2231 pieces are joined and decoded, RFC 2047 words inside parameters are read too: real programs write them.
    """
    text = decode(value[:FIELD_LIMIT]) if value else ""
    word, _, rest = text.partition(";")
    if "=" in word and "/" not in word.partition("=")[0]:  # the word itself is missing
        word, rest = "", text
    found: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for number, match in enumerate(_PARAMETER.finditer(rest)):
        if number >= PARAMETER_LIMIT:
            break
        name, content = match[1].lower(), _unquote(match[2])
        base, star, _ = name.partition("*")
        if not star:
            found.setdefault(base, decode_words(content) if "=?" in content else content)
            continue
        index, extended = _piece_number(name)
        pieces.setdefault(base, {}).setdefault(index, (content, extended))
    for base, numbered in pieces.items():
        found[base] = _join_pieces(numbered)
    return word.strip().lower(), found


def _unquote(content: str) -> str:
    content = content.strip()
    if content[:1] != '"':
        return content.split("\n", 1)[0].strip()
    inner = content[1:-1] if content.endswith('"') and len(content) > 1 else content[1:]
    return _ESCAPE.sub(r"\1", inner) if '\\"' in inner or "\\\\" in inner else inner


def _piece_number(name: str) -> tuple[int, bool]:
    parts = name.split("*")
    number = parts[1] if len(parts) > 1 else ""
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0), name.endswith("*")


def _join_pieces(numbered: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 section 4.1: the first extended piece opens with charset'language'."""
    charset, octets, coded = "", b"", ""
    for order, index in enumerate(sorted(numbered)):
        content, extended = numbered[index]
        if extended and order == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        if extended:
            coded += content
        else:
            octets += _unpercent(coded) + content.encode("utf-8", "replace")
            coded = ""
    octets += _unpercent(coded)
    text = decode(octets, charset)
    return decode_words(text) if "=?" in text else text


def _unpercent(content: str) -> bytes:
    head, *coded = content.split("%")
    octets = head.encode("utf-8", "replace")
    for piece in coded:
        try:
            octets += bytes.fromhex(piece[:2]) if len(piece) > 1 else b"%" + piece.encode()
            octets += piece[2:].encode("utf-8", "replace") if len(piece) > 1 else b""
        except ValueError:
            octets += b"%" + piece.encode("utf-8", "replace")
    return octets
