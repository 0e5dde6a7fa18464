"""The MIME tree of a letter (RFC 2045, 2046), tolerant and bounded: at most 500 parts, 50 levels.

Splitting is by slices from the outside in: the cost is linear in size times depth, and the limits hold while splitting,
not after. What a limit cuts off stays in the stored raw letter and is noted as a defect.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .headers import Head, decode_base64, read_parameters, split_head

PART_LIMIT = 500
DEPTH_LIMIT = 50

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TYPE = re.compile(r"[!-.0-~]+/[!-~]+")
_ENCODING = re.compile(rb"[\s\"']*([a-z0-9_-]+)")
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_LONE_SIGN = re.compile(rb"=(?=[=\t ](?!\s*$))", re.M)
_CODED_END = re.compile(rb"=[ \t]*\r?\n|\n[ \t]*\r?\n")
_IN_CLEAR = re.compile(rb"[^A-Za-z0-9+/=\s]|[A-Za-z] [a-z]")
_CONTROLS = bytes(sign for sign in range(32) if sign not in b"\t\n\r\f")
_PART_BEGINS = re.compile(rb"\s{0,200}--([^\s][^\r\n]{0,69}?)[ \t]*\r?\n(?:content-[a-z-]{1,40}[ \t]*:|\r?\n)", re.I)
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ?[^\n]*\n", re.M)


@dataclass(slots=True)
class Part:
    """One node. `body` is still transfer-encoded; `children` is empty for a leaf."""

    head: Head
    body: bytes
    type: str
    parameters: dict[str, str]
    disposition: str = ""
    disposition_parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)

    def content(self) -> bytes:
        """The octets with the transfer encoding undone. Never raises."""
        return undo_transfer_encoding(self.body, self.head.raw("content-transfer-encoding"))

    def leaves(self) -> Iterator["Part"]:
        """Every leaf below, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class _Budget:
    def __init__(self) -> None:
        self.left = PART_LIMIT
        self.defects: list[str] = []


def read_tree(raw: bytes) -> tuple[Part, list[str]]:
    """The tree of a whole letter and the defects met. Never raises."""
    head, body = split_head(raw)
    budget = _Budget()
    part = _build(head, body, "text/plain", 0, budget)
    return part, head.defects + budget.defects


def _build(head: Head, body: bytes, usual_type: str, depth: int, budget: _Budget) -> Part:
    kind, parameters = read_parameters(head.raw("content-type"))
    if not kind:
        kind = usual_type
    elif not _TYPE.fullmatch(kind):
        kind = kind if kind.startswith("multipart/") else "text/plain"
    disposition, disposition_parameters = read_parameters(head.raw("content-disposition"))
    part = Part(head, body, kind, parameters, disposition, disposition_parameters)
    if kind.startswith("multipart/"):
        _split(part, depth, budget)
    return part


def _split(part: Part, depth: int, budget: _Budget) -> None:
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")
    if not boundary:
        budget.defects.append("multipart without a boundary")
        boundary = _boundary_written(part.body)
    if not boundary:
        part.type = "text/plain"
        return
    if depth >= DEPTH_LIMIT:
        budget.defects.append("nested over 50 deep")
        part.type = "application/octet-stream"
        return
    below = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    slices, closed = _slices(part.body, boundary, budget)
    if not slices and (boundary := _boundary_written(part.body)):
        slices, closed = _slices(part.body, boundary, budget)
    if not slices:
        budget.defects.append("multipart whose boundary never comes")
        part.type = "text/plain"
        return
    if not closed:
        budget.defects.append("multipart without its end")
    for piece in slices:
        head, body = split_head(piece) if piece.strip() else (Head(), b"")
        part.children.append(_build(head, body, below, depth + 1, budget))


def _boundary_written(body: bytes) -> bytes:
    """The boundary with which the first part opens, where the header does not say it, or another one; b"" when none does."""
    found = _PART_BEGINS.match(body)
    return found[1] if found else b""


def _slices(body: bytes, boundary: bytes, budget: _Budget) -> tuple[list[bytes], bool]:
    """The parts between the delimiter lines, and whether the closing one came."""
    delimiter = b"--" + boundary
    pieces: list[bytes] = []
    begun = -1
    at = body.find(delimiter)
    while at != -1:
        after = at + len(delimiter)
        at_line_begin = at == 0 or body[at - 1] in b"\r\n"
        line_end = body.find(b"\n", after) if at_line_begin else -1
        rest = body[after : line_end if line_end != -1 else after + 200].strip()
        if at_line_begin and rest in (b"", b"--"):
            if -1 < begun < at:  # a delimiter written twice makes no part
                pieces.append(_without_last_newline(body[begun:at]))
                budget.left -= 1
            if rest == b"--":
                return pieces, True
            if budget.left <= 0:
                budget.defects.append("over 500 parts")
                return pieces, True
            begun = line_end + 1 if line_end != -1 else len(body)
        at = body.find(delimiter, after)
    if begun != -1:
        pieces.append(body[begun:])
        budget.left -= 1
    return pieces, False


def _without_last_newline(piece: bytes) -> bytes:
    if piece.endswith(b"\r\n"):
        return piece[:-2]
    return piece[:-1] if piece[-1:] in (b"\n", b"\r") else piece


def decodes(part: Part) -> bool:
    """Whether the octets are in the transfer encoding their label says, or are words in clear all the same."""
    encoding = _encoding(part.head.raw("content-transfer-encoding"))
    return encoding != b"base64" or is_base64(part.body) or _is_clear(part.body)


def _is_clear(body: bytes) -> bool:
    """Whether the octets seem to be words that nobody encoded: several of them, and nothing that no text holds."""
    sample = body[:4000].strip()
    return len(sample.split(None, 2)) > 2 and len(sample.translate(None, _CONTROLS)) == len(sample)


def _encoding(label: bytes) -> bytes:
    """The name of a transfer encoding, whatever quotes and comments stand around it."""
    found = _ENCODING.match(label[:100].lower())
    return found[1].replace(b"base-64", b"base64") if found else b""


def is_base64(body: bytes) -> bool:
    """Whether the octets can be base64 at all: up to the padding, hardly one that base64 does not have, and no sentence."""
    words = body[:400].strip().split(b"\n", 1)[0].split()
    if len(words) > 3 and sum(map(len, words)) < 9 * len(words):
        return False
    sample = body[:4000].partition(b"=")[0].translate(None, b" \t\r\n")
    return len(sample.translate(None, _BASE64)) * 12 <= len(sample)


def undo_transfer_encoding(body: bytes, label: bytes) -> bytes:
    """RFC 2045 section 6, and uuencode. An unknown label leaves the octets as they are. Never raises."""
    encoding = _encoding(label)
    if encoding == b"base64":
        return decode_base64(_without_footer(body)) if is_base64(body) else body
    if encoding in (b"quoted-printable", b"quoted_printable", b"quotedprintable", b"qp"):
        return binascii.a2b_qp(_LONE_SIGN.sub(b"=3D", _SOFT_BREAK.sub(b"=", body)))
    if encoding in (b"x-uuencode", b"uuencode", b"x-uue", b"uue"):
        return _undo_uuencode(body)
    return body


def _without_footer(body: bytes) -> bytes:
    """Without what lists and virus scanners wrote in clear below the coded lines."""
    end = _CODED_END.search(body)
    return body[: end.end()] if end and _IN_CLEAR.search(body, end.end()) else body


def _undo_uuencode(body: bytes) -> bytes:
    begin = _UU_BEGIN.search(body)
    octets: list[bytes] = []
    for line in body[begin.end() if begin else 0 :].splitlines():
        if line.strip() in (b"end", b"`"):
            break
        try:
            octets.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                octets.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                continue
    return b"".join(octets)
