"""What a letter that answers a request for confirmation says, made ready for the room of consent. Pure; nothing is judged here.

A yes is short. So the signature below it is set apart, and whatever else could change its meaning is named.
"""

import re
from dataclasses import dataclass

from .parsing import Letter, cut_reply
from .parsing.reply import cut_letter
from .parsing.signatures import is_added, is_signature_mark

SIGNATURE_LIMIT = 15  # lines
_CAVEAT = re.compile(
    r"\b(?:но|кроме|только|не|без|если|однако|после|завтра|вместо|при условии|п\.?\s?с|but|only|except|not|unless|until|"
    r"after|without|tomorrow|instead|however|p\.?\s?s)\b|\d{1,2}:\d{2}",
    re.I,
)
_STRUCK_OUT = re.compile(r"<(?:s|strike|del)[\s>]|line-through", re.I)
_ADDED = re.compile(r"\[[^\[\]\n]{0,200}\]|<(?:https?:|mailto:)[^<>\n]{0,500}>")
_WORD = re.compile(r"\w+")
_SEALS = (
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys",
    "text/vcard", "text/x-vcard",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """`words`: the author's, without a signature. `beside`: "enclosed", "two_readings", or "" when nothing stands beside them."""

    words: str
    beside: str


def said_in(letter: Letter) -> Said:
    """The words that answer, and what stands beside them."""
    words = _without_signature(letter.reply_text, letter.quoted_text)
    return Said(words, _beside(letter, words))


def _without_signature(reply: str, quoted: str) -> str:
    """The words above a signature, of however few letters; with the signature when it seems to restrict them."""
    lines = reply.split("\n")
    at = next((number for number, line in enumerate(lines) if _ends_words(line)), len(lines))
    signature = "\n".join(lines[at:]) or _folded_signature(quoted)
    said = "\n".join(lines[:at]).strip()
    return f"{said}\n{signature}" if said and _CAVEAT.search(signature) else said


def _ends_words(line: str) -> bool:
    return is_signature_mark(line) or is_added(line)


def _folded_signature(quoted: str) -> str:
    """The signature with which the folded part begins, without the quotation below it; "" when there is none."""
    lines = quoted.lstrip("\n").split("\n", SIGNATURE_LIMIT + 1)
    if not _ends_words(lines[0]):
        return ""
    return cut_reply("\n".join(["x", *lines[1 : SIGNATURE_LIMIT + 1]])).reply.removeprefix("x")


def _beside(letter: Letter, words: str) -> str:
    files = [
        file for file in letter.attachments if not file.inline and file.type not in _SEALS and file.name != "body.rtf"
    ]
    if files or letter.calendar is not None:
        return "enclosed"
    if not letter.html.strip():
        return ""
    shown = cut_letter("", letter.html)[1]
    same = _words(_without_signature(shown.reply, shown.quoted)) == _words(words)
    return "" if same and not _STRUCK_OUT.search(letter.html) else "two_readings"


def _words(text: str) -> list[str]:
    """Without what programs add to the plain form of a letter: the addresses of links, the names of pictures."""
    return _WORD.findall(_ADDED.sub(" ", text).lower())
