"""The words of an RTF text, as Outlook puts them into winmail.dat. One pass; knows also HTML wrapped in RTF ([MS-OXRTFEX])."""

import re

from .charsets import codec_for, storable

SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 500

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z0-9'])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
_SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr themedata xmlnstbl listtable "
    b"listoverridetable rsidtbl generator latentstyles datastore fldinst bkmkstart bkmkend".split()
)
_SIGNS = {b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": " ", b"emdash": "—",
          b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"}  # fmt: skip


def read_rtf(octets: bytes) -> tuple[str, bool]:
    """(the words, or the HTML that was wrapped; whether it is HTML). Never raises; what is senseless is passed over."""
    octets = octets[:SIZE_LIMIT]
    reader = _Reader(b"\\fromhtml" in octets[:2000])
    for found in _TOKEN.finditer(octets):
        reader.take(found)
    reader.settle()
    text = storable("".join(reader.pieces))
    return (text, True) if reader.wrapped else (text.strip(), False)


class _Reader:
    def __init__(self, wrapped: bool) -> None:
        self.wrapped = wrapped
        self.pieces: list[str] = []
        self._octets = bytearray()
        self._codec = "cp1252"
        self._stack: list[tuple[bool, bool, int]] = []
        self._silent = False  # within a destination that is not shown
        self._rtf_only = False  # within \htmlrtf: said to RTF readers only
        self._skip = 0
        self._fallback = 1
        self._starred = False

    def take(self, found: re.Match[bytes]) -> None:
        """One token."""
        word, number, code, sign, brace, text = found.groups()
        if brace:
            self._brace(brace)
        elif word:
            self._word(word, int(number) if number else None)
        elif code:
            self._put(bytes((int(code, 16),)))
        elif sign:
            self._sign(sign)
        elif text:
            self._put(text)

    def settle(self) -> None:
        """Turn the octets gathered so far into words."""
        if self._octets:
            self.pieces.append(bytes(self._octets).decode(self._codec, "replace"))
            self._octets.clear()

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self._stack) < DEPTH_LIMIT:
                self._stack.append((self._silent, self._rtf_only, self._fallback))
        elif self._stack:
            self._silent, self._rtf_only, self._fallback = self._stack.pop()
        self._starred = False

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._starred = True
        elif sign == b"~":
            self._put(b" ")
        elif sign in b"\\{}":
            self._put(sign)

    def _word(self, word: bytes, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word == b"htmltag" and self.wrapped:
            self._silent = False
        elif word == b"htmlrtf":
            self._rtf_only = number != 0
        elif word in _SILENT or (starred and word != b"htmltag"):
            self._silent = True
        elif word == b"ansicpg" and number:
            self.settle()
            self._codec = codec_for(f"cp{number}") or "cp1252"
        elif word == b"uc":
            self._fallback = max(0, min(number or 0, 10))
        elif word == b"u" and number is not None:
            self._say(chr(number % 65536))
            self._skip = self._fallback
        elif word in _SIGNS:
            self._say(_SIGNS[word] if not (self.wrapped and word in (b"par", b"line")) else "\n")

    def _say(self, text: str) -> None:
        if not self._silent and not self._rtf_only:
            self.settle()
            self.pieces.append(text)

    def _put(self, octets: bytes) -> None:
        if self._skip:
            dropped = min(self._skip, len(octets))
            self._skip -= dropped
            octets = octets[dropped:]
        if octets and not self._silent and not self._rtf_only:
            self._octets += octets
