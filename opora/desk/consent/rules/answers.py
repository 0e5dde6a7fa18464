"""What an answer in words means: an unambiguous yes, an unambiguous no, or something a person must read. Pure.

Cautious on purpose: a yes is a yes only when nothing of substance stands beside it. Greeting, thanks and a signature
made of the sender's own name and addresses are no substance; everything not known here is.
"""

import enum
import re
import unicodedata
from collections.abc import Iterable


class Meaning(enum.StrEnum):
    """What was said."""

    YES = "yes"
    NO = "no"
    DOUBT = "doubt"


def _phrases(told: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in told.split("|"))


_YES = _phrases(
    """да | да подтверждаю | да согласен | да согласна | да согласовано | подтверждаю | подтверждаем | подтверждено | согласен
    | согласна | согласны | согласовано | согласовываю | работы подтверждаю | работы согласованы | подтверждаю работы
    | подтверждаю проведение работ | разрешаю | да разрешаю | yes | yes i confirm | yes confirmed | yes i agree | yes approved
    | i confirm | i confirm this | i confirm the work | we confirm | confirmed | confirm | i agree | agreed | i approve | approved
    | yes please | yes go ahead"""
)
_NO = _phrases(
    """нет | нет не подтверждаю | не подтверждаю | не подтверждаем | не согласен | не согласна | не согласны | не согласовано
    | нет не согласен | нет не согласна | отказываю | отказываем | не разрешаю | отклоняю | no | no i do not confirm
    | i do not confirm | i don t confirm | not confirmed | declined | i decline | i do not agree | i don t agree | not agreed
    | not approved | rejected | i reject"""
)
_GREETING = re.compile(
    r"^(здравствуйте|добр(ый|ое|ой) (день|утро|вечер|ночи)|приветствую|уважаем(ые|ый|ая) (коллеги|господа)|коллеги"
    r"|hello|hi|dear (sirs?|colleagues|support|team)|good (morning|day|afternoon|evening)|hello (all|team|support))$"
)
_THANKS = re.compile(
    r"^(заранее )?(большое )?спасибо( большое)?$|^благодарю( вас)?$"
    r"|^(many )?thanks( a lot)?$|^thank you( very much)?$"
)
_SIGN_OFF = re.compile(
    r"^(с (глубоким |большим )?уважением|всего (доброго|хорошего)|(best|kind|warm)( regards| wishes)?|regards"
    r"|sincerely( yours)?|yours( sincerely)?|cheers)$"
)
_TELEPHONE = re.compile(r"^(?:\+\d[\d\s().-]{6,24}|[(\d][\d\s()-]{9,24})$")
_LABELLED = re.compile(r"^(?:тел|моб|tel|phone|mob)\W{1,3}(?:\+?[\d\s()-]{5,24})$", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(?:(?:19|20)\d\d[.-]\d{1,2}[.-]\d{1,2}|\d{1,2}[.-]\d{1,2}[.-](?:19|20)\d\d)(?!\d)")
_SITE = re.compile(r"^(?:https?://|www\.)[\w.-]+/?$", re.IGNORECASE)
_MAILBOX = re.compile(r"^\S+@(\S+\.\S+)$")
_SENTENCE = re.compile(r"[.!;\n]+")


def meaning_of(text: str, *, own_words: Iterable[str] = ()) -> Meaning:
    """Return what the unquoted words of an answer mean.

    `own_words` are the sender's names and organisation: they may stand in a signature or after a greeting.
    """
    own = list(own_words)
    known = {word for words in own for word in _plain(words).split()}
    domains = {found[1].casefold() for words in own if (found := _MAILBOX.match(words))}
    told = [piece for piece in (_read(line, known) for line in _pieces(text, domains)) if piece]
    if len(told) == 1 and told[0] in _YES:
        return Meaning.YES
    if told and told[0] in _NO and not _YES.intersection(told):
        return Meaning.NO
    return Meaning.DOUBT


def _pieces(text: str, domains: set[str]) -> Iterable[str]:
    for line in unicodedata.normalize("NFKC", text).splitlines():
        stripped = line.strip(" \t\u200b\ufeff-–—_*")
        if _tells_where_one_is(stripped, domains):
            continue
        if "?" in stripped:
            yield "?"
        yield from _SENTENCE.split(stripped)


def _tells_where_one_is(line: str, domains: set[str]) -> bool:
    """Return whether a line of a signature is a telephone, a site, or a mailbox of the sender's own house.

    A time of day, a day, a sum, a page with conditions or somebody else's mailbox beside a yes is substance.
    """
    if mailbox := _MAILBOX.match(line):
        return mailbox[1].casefold() in domains
    if _SITE.match(line) or _LABELLED.match(line):
        return True
    digits = sum(sign.isdigit() for sign in line)
    least = 8 if line[:1] == "+" else 10
    return bool(_TELEPHONE.match(line)) and least <= digits <= 15 and not _DAY.search(line)


def _read(piece: str, known: set[str]) -> str:
    """Return the substance of a sentence: "" for greeting, thanks, sign-off and the sender's own names."""
    if piece == "?":
        return piece
    words = _plain(piece).split()
    kept = " ".join(words)
    without_name = " ".join(word for word in words if word not in known)
    if (
        not kept
        or not without_name
        or _GREETING.match(without_name)
        or _THANKS.match(kept)
        or _SIGN_OFF.match(without_name)
    ):
        return ""
    for closing in (" спасибо", " thanks", " thank you"):
        kept = kept.removesuffix(closing)
    return kept


def _plain(text: str) -> str:
    """Return words only, in lower case; ё is е; a sign that is no letter or digit becomes a space, but never vanishes quietly.

    Signs that carry meaning (a crossed-out mark, an emoji) become a word of their own, so that they are substance.
    """
    plain = []
    for letter in unicodedata.normalize("NFKC", text).casefold().replace("ё", "е"):
        if letter.isalnum():
            plain.append(letter)
        elif unicodedata.category(letter)[0] in "SC" and letter not in "\t\r\n\u200b\ufeff":
            plain.append(f" {letter} ")
        else:
            plain.append(" ")
    return " ".join("".join(plain).split())
