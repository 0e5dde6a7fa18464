"""Signed and encrypted letters: S/MIME (RFC 8551) and PGP (RFC 3156, and written into the words). Recognised here, not verified.

A signed letter whose words lie inside the signature (smime.p7m) is opened: they are not secret, only wrapped.
"""

import re

from .tree import Part

_PGP_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\s*$", re.M)
_PGP_ENCRYPTED = re.compile(r"^-----BEGIN PGP MESSAGE-----\s*$", re.M)
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_OCTETS, _OCTETS_OF_PIECES, _CONTEXT_0 = 0x04, 0x24, 0xA0
DEPTH_LIMIT = 12


def seals_of(tree: Part, text: str) -> tuple[str, str]:
    """(how it is signed, how it is encrypted): "smime", "pgp" or ""."""
    signed = encrypted = ""
    for part in (tree, *tree.children):
        kind, protocol = part.type, part.parameters.get("protocol", "").lower()
        if kind == "multipart/signed":
            signed = signed or ("pgp" if "pgp" in protocol else "smime")
        elif kind == "multipart/encrypted":
            encrypted = encrypted or ("pgp" if "pgp" in protocol or not protocol else "smime")
        elif kind in _SEALED:
            if is_signed_content(part):
                signed = signed or "smime"
            elif part.parameters.get("smime-type", "").lower() != "certs-only":
                encrypted = encrypted or "smime"
        elif kind in ("application/pkcs7-signature", "application/x-pkcs7-signature"):
            signed = signed or "smime"
    if "-----BEGIN PGP" in text:
        signed = signed or ("pgp" if _PGP_SIGNED.search(text) else "")
        encrypted = encrypted or ("pgp" if _PGP_ENCRYPTED.search(text) else "")
    return signed, encrypted


def is_signed_content(part: Part) -> bool:
    """Whether a PKCS #7 part is a signature around readable content."""
    if part.type not in _SEALED:
        return False
    kind = part.parameters.get("smime-type", "").lower()
    return kind == "signed-data" or (not kind and _SIGNED_DATA in part.content()[:60])


def unwrapped(octets: bytes) -> bytes:
    """The content inside a CMS SignedData (RFC 5652 section 5), in DER or BER; b"" when there is none to be found."""
    at = octets.find(_SIGNED_DATA, 0, 60)
    if at == -1:
        return b""
    try:
        return _content(octets, at + len(_SIGNED_DATA))
    except (IndexError, RecursionError):
        return b""


def _content(octets: bytes, at: int) -> bytes:
    for tag in (_CONTEXT_0, 0x30):  # [0] EXPLICIT, then SignedData
        at, _ = _enter(octets, at, tag)
    for _ in range(2):  # version, digestAlgorithms
        at = _behind(octets, at, 0)
    at, _ = _enter(octets, at, 0x30)  # encapContentInfo
    at = _behind(octets, at, 0)  # eContentType
    if octets[at] != _CONTEXT_0:
        return b""
    at, _ = _enter(octets, at, _CONTEXT_0)
    return _joined(octets, at, 0)


def _joined(octets: bytes, at: int, depth: int) -> bytes:
    tag, begin, end = _measure(octets, at)
    if tag == _OCTETS:
        return octets[begin:end]
    if tag != _OCTETS_OF_PIECES or depth > DEPTH_LIMIT:
        return b""
    pieces = []
    at = begin
    while at < len(octets) and (end == -1 or at < end) and octets[at : at + 2] != b"\0\0":
        pieces.append(_joined(octets, at, depth + 1))
        at = _behind(octets, at, depth + 1)
    return b"".join(pieces)


def _enter(octets: bytes, at: int, tag: int) -> tuple[int, int]:
    found, begin, end = _measure(octets, at)
    if found != tag:
        raise IndexError("another structure")
    return begin, end


def _measure(octets: bytes, at: int) -> tuple[int, int, int]:
    """(tag, where the content begins, where it ends or -1 when only a mark says so)."""
    tag, length = octets[at], octets[at + 1]
    begin = at + 2
    if length == 0x80:
        return tag, begin, -1
    if length & 0x80:
        many = length & 0x7F
        if many > 4:
            raise IndexError("too long")
        length = int.from_bytes(octets[begin : begin + many])
        begin += many
    return tag, begin, begin + length


def _behind(octets: bytes, at: int, depth: int) -> int:
    _, begin, end = _measure(octets, at)
    if end != -1:
        return end
    if depth > DEPTH_LIMIT:
        raise IndexError("too deep")
    at = begin
    while octets[at : at + 2] != b"\0\0":
        at = _behind(octets, at, depth + 1)
        if at >= len(octets):
            raise IndexError("no end")
    return at + 2


def enveloped(tree: Part) -> bytes:
    """The CMS EnvelopedData of an encrypted letter; b"" when there is none."""
    for part in (tree, *tree.children):
        if part.type in _SEALED and not is_signed_content(part):
            return part.content()
    return b""


def armoured(tree: Part) -> bytes:
    """What PGP encrypted: the second part of multipart/encrypted, or the words themselves."""
    if tree.type == "multipart/encrypted" and len(tree.children) > 1:
        return tree.children[1].content()
    return next((leaf.content() for leaf in tree.leaves() if b"-----BEGIN PGP MESSAGE-----" in leaf.body), b"")


def signed_entity(raw: bytes, tree: Part) -> tuple[bytes, bytes]:
    """(the very octets that were signed, with CR LF ends as RFC 3156 wants them; the signature beside them).

    Both are empty when the signature does not stand beside the words in a multipart/signed.
    """
    boundary = tree.parameters.get("boundary", "").encode()
    if tree.type != "multipart/signed" or len(tree.children) < 2 or not boundary:
        return b"", b""
    begin = raw.find(b"\n--" + boundary)
    line_end = raw.find(b"\n", begin + 1)
    end = raw.find(b"\n--" + boundary, line_end)
    if begin == -1 or line_end == -1 or end == -1:
        return b"", b""
    entity = raw[line_end + 1 : end].removesuffix(b"\r")
    return entity.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), tree.children[1].content()
