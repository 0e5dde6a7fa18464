"""TNEF (winmail.dat), by which Outlook and Exchange send what they think only they can read. [MS-OXTNEF], [MS-OXRTFCP].

Read as far as it goes: what is broken off or senseless ends the reading and what was found before stays.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .charsets import decode, storable

SIGNATURE = b"\x78\x9f\x3e\x22"
FILE_LIMIT = 200
PROPERTY_LIMIT = 5000
RTF_LIMIT = 2_000_000

_ATTACHMENT_BEGINS, _TITLE, _DATA, _PROPERTIES_OF_FILE = 0x9002, 0x8010, 0x800F, 0x9005
_SUBJECT, _BODY, _PROPERTIES, _CODEPAGE = 0x8004, 0x800C, 0x9003, 0x9007
_NAME, _LONG_NAME, _CONTENT, _CONTENT_ID, _MIME_TYPE, _LOCATION = 0x3704, 0x3707, 0x3701, 0x3712, 0x370E, 0x3713
_RTF, _HTML, _TEXT, _TITLE_OF_LETTER = 0x1009, 0x1013, 0x1000, 0x0037
_WIDTHS = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_GUID = 16
_RTF_BEGIN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans "
    b"SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


@dataclass(slots=True)
class Enclosed:
    """A file in the bundle."""

    name: str = ""
    type: str = "application/octet-stream"
    content: bytes = b""
    content_id: str = ""


@dataclass(slots=True)
class Bundle:
    """What the bundle holds: files, and the words in up to three forms. `whole` = it was read to its end."""

    files: list[Enclosed] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    html: str = ""
    rtf: bytes = b""
    whole: bool = True


def read_tnef(octets: bytes) -> Bundle:
    """Everything found in the bundle. Never raises."""
    bundle = Bundle()
    if not octets.startswith(SIGNATURE):
        bundle.whole = False
        return bundle
    try:
        _read(octets, bundle)
    except (struct.error, IndexError, ValueError):
        bundle.whole = False
    return bundle


def _read(octets: bytes, bundle: Bundle) -> None:
    at, codepage = 6, ""
    while at + 11 <= len(octets):
        level, attribute, length = struct.unpack_from("<BII", octets, at)
        at += 9
        if level not in (1, 2) or at + length > len(octets):
            raise ValueError("an attribute that is none")
        content = octets[at : at + length]
        at += length + 2
        name = attribute & 0xFFFF
        if level == 1:
            codepage = _of_letter(name, content, bundle, codepage)
        else:
            _of_file(name, content, bundle, codepage)
    if at < len(octets):
        raise ValueError("something is left over")


def _of_letter(name: int, content: bytes, bundle: Bundle, codepage: str) -> str:
    if name == _CODEPAGE and len(content) >= 4:
        return f"cp{struct.unpack_from('<I', content)[0]}"
    if name == _SUBJECT:
        bundle.subject = _words(content, codepage)
    elif name == _BODY:
        bundle.text = bundle.text or _words(content, codepage)
    elif name == _PROPERTIES:
        for identity, kind, value in _properties(content):
            if identity == _RTF:
                bundle.rtf = unpack_rtf(value)
            elif identity == _HTML:
                bundle.html = _string(kind, value, "") if kind != _BINARY else decode(value)
            elif identity == _TEXT:
                bundle.text = _string(kind, value, codepage) or bundle.text
            elif identity == _TITLE_OF_LETTER:
                bundle.subject = _string(kind, value, codepage) or bundle.subject
    return codepage


def _of_file(name: int, content: bytes, bundle: Bundle, codepage: str) -> None:
    if name == _ATTACHMENT_BEGINS or not bundle.files:
        if len(bundle.files) >= FILE_LIMIT:
            raise ValueError("too many files")
        bundle.files.append(Enclosed())
    file = bundle.files[-1]
    if name == _TITLE:
        file.name = file.name or _words(content, codepage)
    elif name == _DATA:
        file.content = file.content or content
    elif name == _PROPERTIES_OF_FILE:
        _describe(file, content, codepage)


def _describe(file: Enclosed, content: bytes, codepage: str) -> None:
    found = {identity: (kind, value) for identity, kind, value in _properties(content)}
    for identity in (_LONG_NAME, _NAME):
        if identity in found and (name := _string(*found[identity], codepage)):
            file.name = name
            break
    if _CONTENT in found and not file.content:
        kind, value = found[_CONTENT]
        file.content = value[_GUID:] if kind == _OBJECT else value
        if file.content.startswith(SIGNATURE):
            file.type = "application/ms-tnef"
    if _MIME_TYPE in found and (kind_of_file := _string(*found[_MIME_TYPE], "").lower()):
        file.type = kind_of_file
    for identity in (_LOCATION, _CONTENT_ID):
        if identity in found:
            file.content_id = _string(*found[identity], "").strip("<> ") or file.content_id


def _properties(octets: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(identity, type, first value) of each property of a list."""
    (count,) = struct.unpack_from("<I", octets)
    at = 4
    for _ in range(min(count, PROPERTY_LIMIT)):
        if at + 4 > len(octets):
            return
        kind, identity = struct.unpack_from("<HH", octets, at)
        at += 4
        if identity >= 0x8000:
            at = _after_name(octets, at)
        many, kind = bool(kind & 0x1000), kind & 0xEFFF
        width = _WIDTHS.get(kind)
        values = 1
        if many or width is None:
            (values,) = struct.unpack_from("<I", octets, at)
            at += 4
        first = b""
        for number in range(min(values, PROPERTY_LIMIT)):
            if width is None:
                if kind not in (_STRING, _UNICODE, _OBJECT, _BINARY):
                    return
                (length,) = struct.unpack_from("<I", octets, at)
                value = octets[at + 4 : at + 4 + length]
                at += 4 + (length + 3 & ~3)
            else:
                value = octets[at : at + width]
                at += width
            first = value if number == 0 else first
            if at > len(octets) + 3:
                return
        yield identity, kind, first


def _after_name(octets: bytes, at: int) -> int:
    at += _GUID
    (named,) = struct.unpack_from("<I", octets, at)
    if named == 0:
        return at + 8
    (length,) = struct.unpack_from("<I", octets, at + 4)
    return at + 8 + int(length + 3 & ~3)


def _string(kind: int, value: bytes, codepage: str) -> str:
    if kind == _UNICODE:
        return storable(value.decode("utf-16-le", "replace").split("\0", 1)[0])
    return _words(value, codepage)


def _words(value: bytes, codepage: str) -> str:
    return decode(value.split(b"\0", 1)[0], codepage)


def unpack_rtf(octets: bytes) -> bytes:
    """The RTF in its compressed form ([MS-OXRTFCP]: LZFu, or stored as it is); b"" for anything else."""
    if len(octets) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<IIII", octets)
    size = min(size, RTF_LIMIT)
    if kind == 0x414C454D:
        return octets[16 : 16 + size]
    return _unpack(octets, size) if kind == 0x75465A4C else b""


def _unpack(octets: bytes, size: int) -> bytes:
    window = bytearray(_RTF_BEGIN.ljust(4096, b"\0"))
    place, at, out = len(_RTF_BEGIN), 16, bytearray()
    while at < len(octets) and len(out) < size:
        flags = octets[at]
        at += 1
        for bit in range(8):
            if at >= len(octets) or len(out) >= size:
                break
            if not flags >> bit & 1:
                window[place] = octets[at]
                out.append(octets[at])
                place, at = place + 1 & 4095, at + 1
                continue
            if at + 1 >= len(octets):
                return bytes(out)
            pair = octets[at] << 8 | octets[at + 1]
            at += 2
            offset, length = pair >> 4, (pair & 15) + 2
            if offset == place:
                return bytes(out)
            for step in range(length):
                octet = window[offset + step & 4095]
                window[place] = octet
                out.append(octet)
                place = place + 1 & 4095
    return bytes(out)
