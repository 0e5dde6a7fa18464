"""Files written into the words of a letter: uuencode and yEnc, from the time before MIME and from those who still live there."""

import binascii
import re
from dataclasses import dataclass

FILE_LIMIT = 50

_UU = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.M)
_UU_END = re.compile(rb"^(?:`\r?\n|[ ]?\r?\n)?end[ \t]*\r?$", re.M)
_YENC = re.compile(rb"^=ybegin [^\r\n]{0,200}?name=([^\r\n]{1,200})\r?\n", re.M)
_YENC_END = re.compile(rb"^=yend[^\r\n]*\r?$", re.M)
_UNSHIFT = bytes((octet - 42) % 256 for octet in range(256))


@dataclass(frozen=True, slots=True)
class WrittenIn:
    """A file found among the words; the name is as it stands there, undecoded."""

    name: bytes
    content: bytes


def take_out_files(octets: bytes) -> tuple[bytes, list[WrittenIn]]:
    """(the words without the files, the files). What only looks like a file stays among the words."""
    files: list[WrittenIn] = []
    if b"begin " not in octets:
        return octets, files
    for begin, end, read in ((_UU, _UU_END, _read_uu), (_YENC, _YENC_END, _read_yenc)):
        kept, at = [], 0
        while len(files) < FILE_LIMIT and (opened := begin.search(octets, at)):
            closed = end.search(octets, opened.end())
            content = read(octets[opened.end() : closed.start()]) if closed else None
            if closed is None:
                break
            if content is None:
                kept.append(octets[at : opened.end()])
                at = opened.end()
                continue
            kept.append(octets[at : opened.start()])
            files.append(WrittenIn(opened[1].strip(), content))
            at = closed.end()
        octets = b"".join([*kept, octets[at:]])
    return octets, files


def _read_uu(body: bytes) -> bytes | None:
    pieces = []
    for line in body.splitlines():
        if not line or line == b"`":
            continue
        length = (line[0] - 32) & 63
        if not 32 <= line[0] <= 96 or len(line) > 90 or len(line) < 1 + (length * 4 + 2) // 3:
            return None
        try:
            pieces.append(binascii.a2b_uu(line[: 1 + (length + 2) // 3 * 4]))
        except binascii.Error:
            return None
    return b"".join(pieces)


def _read_yenc(body: bytes) -> bytes | None:
    lines = body.splitlines()
    if lines and lines[0].startswith(b"=ypart"):
        lines = lines[1:]
    first, *escaped = b"".join(lines).split(b"=")
    pieces = [first.translate(_UNSHIFT)]
    pieces += [bytes(((piece[0] - 64 - 42) % 256,)) + piece[1:].translate(_UNSHIFT) for piece in escaped if piece]
    return b"".join(pieces)
