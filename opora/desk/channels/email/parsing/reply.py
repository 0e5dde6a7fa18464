"""The new words of a letter apart from what it quotes. Russian, English and the commonest other attribution lines.

Linear: each line is looked at a bounded number of times, at most 500 characters of it, at most 4,000 lines. When in doubt the
words stay: the quotation is folded away, never deleted, and an answer between quoted lines is kept whole.
"""

import re
from dataclasses import dataclass

LINE_LIMIT = 4000
WIDTH_LIMIT = 500

_VERB = re.compile(
    r"\b(?:wrote|writes|написал(?:а|\(а\))?|пишет|писал(?:а|и|\(а\))?|пише|написав(?:ла|\(ла\))?|schrieb|a écrit|ha scritto|"
    r"escribió|escreveu|schreef|skrev|kirjoitti|napisał(?:a|\(a\))?|napsal(?:a|\(a\))?|yazdı|написа|geschreven|scrisse)\b",
    re.I,
)
_VERB_AT_END = re.compile(
    r"\b(?:wrote|написал(?:а|\(а\))?|пишет|a écrit|ha scritto|escribió|escreveu|kirjoitti)\s*:?$", re.I
)
_MOMENT = re.compile(
    r"\d{1,2}:\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:19|20)\d{2}\b|klo \d{1,2}\.\d{2}|\b\d{1,2}h\d{2}\b", re.I
)
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_MAILBOX = re.compile(r"[^\s<>]@[^\s<>]+\.\w")
_BEGIN = re.compile(
    r"(?:On|Am|Le|El|Il|Op|Den|Em|Dnia|W dniu|Dne|At|In|Il giorno|pe|ma|ti|ke|to|la|su)\s|"
    r"[\w\s]{0,3}\b(?:mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс|нд|пон|втор|сред|четв|пят|суб|воск)\w{0,9}[.,]?\s|"
    r"\d{1,2}[\s./]|\d{4}[-./]|(?:пользователь|user)\s|\"|Здравствуйте.{0,80}Вы писали|Вы писали|Hello.{0,80}You wrote",
    re.I,
)
_BAT = re.compile(r"(?:Вы писали|you wrote)\b.{0,80}\d.{0,40}:$", re.I)
_LATE_BEGIN = re.compile(r"\sOn (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), .{8,200}wrote:$")

_SEPARATOR = re.compile(
    r"\s*[-_*=]{2,}\s*(?:original (?:message|appointment)|reply message|forwarded (?:message|by\b)|"
    r"исходное сообщение|пересланное сообщение|пересылаемое сообщение|перенаправленное сообщение|переслано|"
    r"ursprüngliche nachricht|originalnachricht|message d.origine|message original|mensaje original|messaggio originale|"
    r"oorspronkelijk bericht|původní zpráva|wiadomość oryginalna|вихідне повідомлення)",
    re.I,
)
_BEGIN_FORWARD = re.compile(
    r"(?:Begin forwarded message|Начало переадресованного сообщения|Anfang der weitergeleiteten)", re.I
)
_RULE = re.compile(r"[-_=*—\s]{5,}")
_SIGNATURE = re.compile(r"(?:--|—|__)\s?")
_SENT_FROM = re.compile(
    r"(?:sent (?:from|via|with) (?:my )?(?:iphone|ipad|android|samsung|blackberry|mobile|mail for|outlook|yahoo|gmail|proton|"
    r"nokia|windows|huawei|xiaomi)|get outlook for|отправлено (?:с|из|со) |надіслано (?:з|із) |von meinem \w+ gesendet|"
    r"envoyé de mon |enviado desde mi )",
    re.I,
)
_LABELS = {
    "from": "from от отправитель от кого von de da van fra från від od lähettäjä",
    "date": "sent date отправлено дата gesendet datum envoyé envoyé-le inviato data verzonden dato sendt skickat enviado fecha "
    "надіслано wysłano lähetetty",
    "to": "to кому получатель an à a aan til till para кому do vastaanottaja",
    "subject": "subject тема betreff objet oggetto onderwerp emne ämne asunto assunto temat aihe",
    "copy": "cc копия kopie copie kopi kopia",
}
_KIND = {word: kind for kind, words in _LABELS.items() for word in words.split()} | {
    "от кого": "from", "envoyé le": "date", "data invio": "date", "reply-to": "copy", "importance": "copy", "важность": "copy",
}  # fmt: skip
_LABEL = re.compile(r"[*_\s]*([^\W\d][\w\- ]{0,14}?)\s?[*_]*\s?:(?!//)")


@dataclass(frozen=True, slots=True)
class Cut:
    """The author's own words, and what is folded away below them."""

    reply: str
    quoted: str


def cut_reply(text: str) -> Cut:
    """The new words and the quoted ones. All of `text` stands in one or the other; `reply` is blank only if `text` is."""
    lines = text.split("\n")
    begin, end, resume = _find_quotation(lines)
    if resume is None:
        own, quoted = lines[:begin], lines[begin:]
    else:
        own, quoted = lines[:begin] + lines[resume:], lines[begin:end]
    own, signature = _part_from_signature(own)
    reply = "\n".join(own).strip()
    if not reply:
        return Cut(text.strip(), "")
    return Cut(reply, "\n".join(signature + quoted).strip("\n"))


def _find_quotation(lines: list[str]) -> tuple[int, int, int | None]:
    """(first line of the quotation, line after it, where own words resume or None when all below is quoted)."""
    number = 0
    limit = min(len(lines), LINE_LIMIT)
    while number < limit:
        line = lines[number]
        if line.startswith(">"):
            found = _judge_marked(lines, number, number)
            if found is not None:
                return found
            return len(lines), len(lines), None
        if line and not line.isspace() and (begin := _opens_quotation(lines, number)) is not None:
            after = _next_with_words(lines, number + 1)
            if after < len(lines) and lines[after].startswith(">"):
                found = _judge_marked(lines, begin, after)
                return found if found is not None else (len(lines), len(lines), None)
            return begin, len(lines), None
        number += 1
    return len(lines), len(lines), None


def _judge_marked(lines: list[str], begin: int, first: int) -> tuple[int, int, int | None] | None:
    """A block of `>` lines from `first`: all below it quoted, own words only below it, or None = own words between."""
    end = first
    for number in range(first, min(len(lines), LINE_LIMIT)):
        line = lines[number]
        if line.startswith(">"):
            end = number + 1
        elif line.strip() and (number - end > 0 or not _wrapped(lines, number)):
            break
    rest = [line for line in lines[end : end + LINE_LIMIT] if line.strip()]
    own = next((number for number, line in enumerate(rest) if _is_signature(line)), len(rest))
    if own == 0 and end < LINE_LIMIT:
        return begin, len(lines), None
    if end >= LINE_LIMIT or any(line.startswith(">") for line in rest):
        return None
    above = any(line.strip() for line in lines[:begin])
    return None if above else (begin, end, end)


def _wrapped(lines: list[str], number: int) -> bool:
    """A short piece of a quoted line that some program broke without marking it again."""
    return number + 1 < len(lines) and lines[number + 1].startswith(">") and len(lines[number]) < 30


def _next_with_words(lines: list[str], number: int) -> int:
    last = min(len(lines), number + 4)
    while number < last and not lines[number].strip():
        number += 1
    return number if number < last else len(lines)


def _opens_quotation(lines: list[str], number: int) -> int | None:
    """The line where a quotation opens if the line `number` completes such an opening, else None."""
    line = lines[number][:WIDTH_LIMIT].strip()
    if line[0] in "-_*= \t" and _SEPARATOR.match(line):
        return _back_over_rules(lines, number)
    if _BEGIN_FORWARD.match(line):
        return number
    if (line.endswith(":") or _VERB_AT_END.search(line)) and (begin := _attribution(lines, number, line)) is not None:
        return begin
    if ":" in line[:25] and _header_block(lines, number):
        return _back_over_rules(lines, number)
    return None


def _attribution(lines: list[str], number: int, line: str) -> int | None:
    joined = line
    for begin in (number, number - 1, number - 2):
        if begin < 0:
            return None
        if begin < number:
            above = lines[begin][:WIDTH_LIMIT].strip()
            if not above or above.startswith(">"):
                return None
            joined = above + " " + joined
        if _is_attribution(joined):
            return begin
    return None


def _is_attribution(joined: str) -> bool:
    if len(joined) > WIDTH_LIMIT or not _BEGIN.match(joined):
        return bool(_BAT.search(joined[:WIDTH_LIMIT])) and len(joined) <= WIDTH_LIMIT
    moment = _MOMENT.search(joined)
    if _VERB.search(joined):
        return bool(moment or _MAILBOX.search(joined))
    return bool(
        moment and _TIME.search(joined) and _MAILBOX.search(joined) and joined.rstrip(":").rstrip().endswith(">")
    )


def _header_block(lines: list[str], number: int) -> bool:
    """At least three kinds of mail headers, a sender among them, in this line and the next few."""
    kinds: set[str] = set()
    misses = 0
    for line in lines[number : number + 9]:
        label = _LABEL.match(line[:40])
        kind = _KIND.get(label[1].strip().lower()) if label else None
        if kind:
            kinds.add(kind)
        elif not kinds:
            return False
        elif line.strip():
            misses += 1
            if misses > 2:
                break
        if len(kinds) >= 3 and "from" in kinds:
            return True
    return False


def _back_over_rules(lines: list[str], number: int) -> int:
    for above in range(number - 1, max(-1, number - 4), -1):
        if lines[above].strip() and not _RULE.fullmatch(lines[above][:WIDTH_LIMIT].strip()):
            break
        if lines[above].strip():
            number = above
    return number


def _part_from_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """The words, and the signature under them (RFC 3676 section 4.3, and the lines telephones add)."""
    for number in range(max(0, len(lines) - 15), len(lines)):
        if _is_signature(lines[number]) and not all(line.isspace() or not line for line in lines[:number]):
            return lines[:number], lines[number:]
    return lines, []


def _is_signature(line: str) -> bool:
    return bool(_SIGNATURE.fullmatch(line)) or (len(line) < 120 and bool(_SENT_FROM.match(line.strip())))
