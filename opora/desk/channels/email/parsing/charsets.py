"""Bytes to text, whatever the label says. The labels are those of https://encoding.spec.whatwg.org/#names-and-labels.

The order: the declared charset, strictly; UTF-8, strictly; a guess (unlabelled Russian is common); replacement characters.
"""

import codecs
import re
from functools import lru_cache

import chardet

from .cyrillic import guess_cyrillic, mislabelled_cyrillic

WHATWG = {
    "windows-1252": "ascii latin1 latin-1 iso-8859-1 iso8859-1 iso_8859-1 iso88591 l1 cp819 ibm819 x-cp1252 ansi_x3.4-1968 "
    "windows-1252 cp1252 cp-1252 ansi",
    "windows-1251": "windows-1251 cp1251 cp-1251 x-cp1251 win-1251 win1251 windows1251",
    "windows-1250": "windows-1250 cp1250 x-cp1250",
    "windows-1253": "windows-1253 cp1253 x-cp1253",
    "windows-1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 latin5 l5",
    "windows-1255": "windows-1255 cp1255 x-cp1255",
    "windows-1256": "windows-1256 cp1256 x-cp1256",
    "windows-1257": "windows-1257 cp1257 x-cp1257",
    "windows-1258": "windows-1258 cp1258 x-cp1258",
    "cp874": "windows-874 dos-874 iso-8859-11 iso8859-11 tis-620",
    "koi8_r": "koi8-r koi8 koi koi8_r cskoi8r x-koi8-r",
    "koi8_u": "koi8-u koi8-ru",
    "cp866": "cp866 ibm866 866 csibm866 cp-866 x-cp866",
    "iso8859_5": "iso-8859-5 iso8859-5 iso_8859-5 cyrillic csisolatincyrillic",
    "iso8859_8": "iso-8859-8 iso-8859-8-i iso-8859-8-e logical visual hebrew",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "mac_roman": "macintosh mac x-mac-roman csmacintosh",
    "gb18030": "gb18030 gbk gb2312 gb_2312 gb_2312-80 x-gbk chinese csgb2312 iso-gb2312 gb2312-80 euc-cn cn-gb",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "cp949": "ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean euc-kr iso-ir-149 windows-949 ks_c_5601 cseuckr",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis cp932",
    "euc_jp": "euc-jp x-euc-jp",
    "iso2022_jp_ext": "iso-2022-jp csiso2022jp",
    "iso2022_kr": "iso-2022-kr csiso2022kr",
    "utf_8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 x-unicode20utf8 uft-8 utf-8mb4 utf8mb4 utf",
    "utf_16": "utf-16 unicode ucs-2 utf-16le utf-16be",
}
_CODEC = {label: codec for codec, labels in WHATWG.items() for label in labels.split()}
_UNSAFE = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos"}
_STATEFUL = (
    "iso2022", "utf_7", "utf-7", "hz", "utf_16", "utf-16", "utf_32", "utf-32", "ebcdic", "cp037", "cp500", "cp1140", "cp273",
    "cp424", "cp875", "cp1026",
)  # fmt: skip
GUESSABLE = ("windows-1252", "shift_jis", "gb18030", "euc-jp", "euc-kr", "big5", "windows-1250")
_MARKS = ((codecs.BOM_UTF8, "utf_8"), (codecs.BOM_UTF16_LE, "utf_16_le"), (codecs.BOM_UTF16_BE, "utf_16_be"))
"""What a text may begin with; it says more than any label (https://encoding.spec.whatwg.org/#bom-sniff)."""
_BAD = re.compile("[\x00\ud800-\udfff]")
_WESTERN = re.compile("[\x00-\x7f\xa0\xa3\xa7\xab\xbb\xc0-\xd6\xd8-\xf6\xf8-\xff\u2013-\u201e\u2026\u20ac\u0153]*")
_LABEL = re.compile(r"[a-z0-9][a-z0-9_.:\-]{0,39}")
_RUN = re.compile(b"[\xa8\xb8\xc0-\xff]{4,}")
_ENOUGH = 10
_SEQUENCE = re.compile(b"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_OF_TWO = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp"})
_CYRILLIC = {
    "windows-1251": "cp1251",
    "koi8_r": "koi8_u",
    "koi8_u": "koi8_u",
    "cp866": "cp866",
    "iso8859_5": "iso8859_5",
}
_ASCII_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_JAPANESE = re.compile(rb"\x1b\$[@B]|\x1b\([IJ]")
_C1 = {byte: byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep: NUL is dropped, lone surrogates become U+FFFD."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return _BAD.sub(lambda found: "" if found[0] == "\0" else "\ufffd", text)


def decode(raw: bytes, label: str = "") -> str:
    """The bytes as storable text. Never raises."""
    return decode_noting(raw, label)[0]


def decode_noting(raw: bytes, label: str = "") -> tuple[str, str]:
    """The bytes as storable text, and what was wrong with their label ("" when nothing)."""
    for mark, marked in _MARKS:
        if raw.startswith(mark) and (text := _strictly(raw[len(mark) :], marked)) is not None:
            return storable(text), ""
    codec = codec_for(label)
    if raw.isascii() and not (codec and codec.startswith(_STATEFUL)):
        if b"\x1b" in raw and _JAPANESE.search(raw) and (text := _strictly(raw, "iso2022_jp_ext")) is not None:
            return storable(text), "charset missing"
        return storable(raw.decode("ascii")), ""
    if codec == "windows-1252" and _RUN.search(raw) and (russian := _mislabelled_russian(raw)):
        return storable(raw.decode(russian, "replace")), "charset mislabelled"
    if codec in _CYRILLIC and (other := mislabelled_cyrillic(raw, _CYRILLIC[codec])):
        return storable(raw.decode(other, "replace")), "charset mislabelled"
    if codec and codec != "utf_8" and _is_unicode_after_all(raw, codec):
        return storable(raw.decode("utf_8")), "charset mislabelled"
    if codec and (text := _strictly(raw, codec)) is not None:
        return storable(text), ""
    if (text := _strictly(raw, "utf_8")) is not None:
        return storable(text), "charset mislabelled" if codec else "charset missing"
    if codec and codec not in ("ascii", "utf_8"):
        return storable(raw.decode(codec, "replace")), "undecodable octets"
    text = raw.decode("utf-8", "replace")
    if text.count("\ufffd") * 3 <= sum(sign > "\x7f" for sign in text[:100_000]):
        return storable(text), "undecodable octets"
    return storable(_guess(raw)), "charset guessed"


@lru_cache(512)
def codec_for(label: str) -> str:
    """The name of Python's codec for a label, "" when the label says nothing (unknown, or 7-bit by name only)."""
    label = label.strip().strip("\"'").lower()
    if label in ("us-ascii", "ascii", "ansi_x3.4-1968", "") or not _LABEL.fullmatch(label):
        return ""
    if label in _CODEC:
        return _CODEC[label]
    try:
        found = codecs.lookup(label)
    except (LookupError, ValueError):
        return ""
    text_only = getattr(found, "_is_text_encoding", True)
    return found.name if text_only and found.name.replace("-", "_") not in _UNSAFE else ""


def _strictly(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError):
        pass
    if codec == "windows-1252":
        return "".join(chr(_C1[octet]) if octet in _C1 else bytes((octet,)).decode(codec) for octet in raw)
    if codec == "iso2022_jp_ext":
        return _japanese_with_vendor_rows(raw)
    return None


def _is_unicode_after_all(raw: bytes, codec: str) -> bool:
    """Whether octets called by the name of an old charset are UTF-8: those of several signs are so by no chance."""
    if codec.startswith(_STATEFUL):
        return False
    sequences = _SEQUENCE.findall(raw[:4000])
    return len(sequences) >= (8 if codec in _OF_TWO else 3) and _strictly(raw, "utf_8") is not None


def _mislabelled_russian(raw: bytes) -> str:
    """The charset of Russian that was called Latin-1 by a program that knows no other; "" when it is a western text indeed.

    Western words have a letter with a mark here and there; of Russian ones every letter is such. Two long ones must be there.
    """
    sample = raw[:2000]
    words = _RUN.findall(sample)
    high = sum(map(len, words))
    if len(words) < 2 or high < _ENOUGH or high < sum(sign in _ASCII_LETTERS for sign in sample):
        return ""
    return "" if _strictly(sample, "utf_8") is not None else guess_cyrillic(sample)


def _guess(raw: bytes) -> str:
    if russian := guess_cyrillic(raw):
        return raw.decode(russian, "replace")
    found = chardet.detect(raw[:4096], include_encodings=GUESSABLE, max_bytes=4096)["encoding"]
    codec = codec_for(found or "") or "windows-1252"
    if codec == "windows-1250" and _WESTERN.fullmatch(western := raw[:4096].decode("cp1252", "replace")) and western:
        codec = "windows-1252"
    return raw.decode(codec, "replace")


def _japanese_with_vendor_rows(raw: bytes) -> str | None:
    """ISO-2022-JP whose double-byte runs use the rows NEC and IBM added (circled digits): read them as CP932."""
    pieces = []
    for run in re.split(rb"(?=\x1b)", raw):
        if run[:3] in (b"\x1b$B", b"\x1b$@"):
            pieces.append(_to_shift_jis(run[3:]).decode("cp932", "replace"))
        elif run[:3] == b"\x1b(I":
            pieces.append(bytes(octet | 0x80 for octet in run[3:]).decode("cp932", "replace"))
        else:
            pieces.append((run[3:] if run[:1] == b"\x1b" else run).decode("cp932", "replace"))
    return "".join(pieces)


def _to_shift_jis(pairs: bytes) -> bytes:
    shifted = bytearray()
    for row, cell in zip(pairs[0::2], pairs[1::2], strict=False):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            shifted += bytes((row, cell))
            continue
        lead = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
        shifted += bytes((lead, trail))
    return bytes(shifted)
