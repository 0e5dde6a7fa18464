"""Is a letter a report about a letter of ours? RFC 3464 and 6522 first, then the forms programs had before and beside them."""

import re

from .charsets import decode
from .headers import Head, read_words, split_head
from .letter import Bounce, Person
from .tree import Part

TEXT_LOOKED_AT = 20_000
WORDS_LOOKED_AT = 4_000

ROBOTS = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|mdaemon|mail[-_.]?daemon|autoresponder|auto-?reply|bounces?|mail[-_.]?delivery[-_.]?\w*|"
    r"microsoftexchange[0-9a-f]{20,}|delivery[-_.]?(?:status|failure|system)|symantec_antivirus|smtp|ndr|daemon)(?:[+=._-]|$)",
    re.I,
)
_ROBOT_NAMES = re.compile(
    r"mail(?:er)? (?:delivery (?:sub)?system|daemon)|system administrator|postmaster|delivery (?:sub)?system|система доставки",
    re.I,
)
_FAILURE = re.compile(
    r"(?:undeliver|non-?deliver|delivery (?:status|failure|has failed|notification|report|problem|error|to the following)|"
    r"mail (?:delivery|failure|system error|error|could not)|returned (?:mail|to sender)|failure notice|delivery failed|"
    r"could(?: not|n.t) be delivered|(?:message|mail|e-mail) (?:status|delayed|delivery|rejected|undeliver|returned)|"
    r"processing error|"
    r"недоставлен|не ?доставлен|не удал?[ое]?(?:сь|ётся|ется) доставить|невозможно доставить|ошибка (?:при )?доставк|"
    r"сбой доставки|"
    r"возвращ[её]н(?:о|ное) (?:письмо|сообщение)|отч[её]т о (?:не)?доставке|доставка (?:не выполнена|задержана|сообщения)|"
    r"не вдалося доставити|"
    r"unzustellbar|nicht zugestellt|zustellung|non remis|échec de la remise|non délivr|non distribu|notification d.état|"
    r"no se ha (?:podido|entregado)|no entregado|devuelto|mancato recapito|impossibile recapitare|consegna|não entregue|"
    r"falha na entrega|"
    r"devolvid|niedostarcz|zwrot|onbestelbaar|niet bezorgd|nedoručiteln|olevererbar|kunde inte levereras|teslim edilemedi|"
    r"nondeliverable|bounce|rejected|error sending|user unknown|warning: could not send|not delivered|unable to deliver|"
    r"failed mail|退信|退回|系统退信|传输失败|无法投递|配信不能|送信できません|배달 실패)",
    re.I,
)
_WORDS = re.compile(
    r"(?:could(?: not|n.t) be (?:delivered|found|sent)|(?:was|were|is|has been) (?:not |un)(?:delivered|deliverable)|"
    r"undeliverable|"
    r"did(?: not|n.t) reach|(?:unable|failed|not able|impossible) to (?:deliver|be delivered|relay)|deliver(?:y|"
    r"ies) .{0,60}(?:fail|unsuccess|"
    r"has been delayed|problem)|fail(?:ed|ure) .{0,40}deliver|permanent (?:fatal )?(?:error|failure)|fatal errors|"
    r"user unknown|unknown user|"
    r"no such user|has been returned|returned to (?:the )?sender|returning message|been rejected|automatically rejected|"
    r"mailbox (?:is )?(?:unavailable|full|not found)|over quota|quota exceeded|not (?:yet )?been delivered|"
    r"could not send|cannot be delivered|"
    r"not a valid user|non-delivery|unknown (?:address|recipient)|invalid (?:recipient|address|final delivery)|rejected by|"
    r"не ?(?:может|могло|было|был[аи]?|будет) быть доставлен|не ?(?:было|был) ?доставлен|не удал?[ое]?(?:сь|ётся|"
    r"ется) доставить|"
    r"невозможно доставить|не доставлен|недоставлен|(?:не существует|не найден|переполнен|заблокирован).{0,60}|"
    r"доставка .{0,60}(?:невозможна|не удалась|задерж)|konnte nicht zugestellt|nicht zugestellt|n.a pas pu être|n.existe pas|"
    r"no (?:se )?(?:ha podido|pudo) (?:ser )?entreg|non è stato possibile|impossibile recapitare|não (?:foi|pôde ser) entreg|"
    r"nie (?:mogła|mógł|został[ao]?) .{0,20}dostarcz|kon niet worden|无法|失败|退回|不存在)",
    re.I,
)
_DELAY = re.compile(
    r"(?:\bdelayed\b|warning: (?:message|could not)|(?:has|have) not (?:yet )?been delivered|will (?:keep|"
    r"continue) (?:trying|to try|retry)|"
    r"delivery attempts will continue|this is a warning message only|still (?:being )?(?:trying|retried)|will be retried|"
    r"do(?: not|n.t) need to resend|задержан|задерживается|попыт\w+ (?:доставки )?будут продолж|noch nicht zugestellt|retard)",
    re.I,
)
_GIVEN_UP = re.compile(r"giving up|given up|permanent|i'm not going to try again|fatal errors", re.I)
_ONLY_WARNS = re.compile(r"warning message only|not yet been delivered", re.I)
_ADDRESS = r"[A-Za-z0-9_.+=&%~#'*/!-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
MAILBOX = re.compile(rf"(?:^|[\s<:;,\"'(\[=])({_ADDRESS})")
_SHAPES = (
    re.compile(rf"^[ \t]*(?:\*[ \t]*)?<?\"?({_ADDRESS})\"?>?[ \t]*(?:\(.{{0,80}}\))?[ \t]*[:;,.]?[ \t]*$", re.M),
    re.compile(rf"^[ \t]*<({_ADDRESS})>[ \t]*(?:\(.{{0,80}}\))?[:;]", re.M),
    re.compile(
        rf"^[ \t]*\"?<?({_ADDRESS})>?\"?[ \t]*(?::|\.\.\.|-{{1,3}}[ \t]|[ \t](?:on|because|unknown|was)\b|[ \t]+<{_ADDRESS}>)",
        re.M,
    ),
    re.compile(
        rf"(?:recipients?(?: address)?|addressee|адресат\w*|получател\w+|rcpt[ \t]to|to|user|mailbox|для|до|ящик\w*|deliver)"
        rf"(?:\(s\))?(?:[ \t]*[:=][ \t]*|[ \t]+)[\"'«]?<?({_ADDRESS})",
        re.I,
    ),
)
_NOT_HIM = re.compile(
    r"(?:postmaster|mailer-daemon|abuse|helpdesk|webmaster|hostmaster|root|listserv|majordomo)@", re.I
)
_FIELD = re.compile(r"^([A-Za-z-]+)[ \t]*:[ \t]*(.*)$", re.M)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REFUSAL = re.compile(r"(?<![\d.])[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
_COPY_BELOW = re.compile(
    r"^.{0,60}(?:original (?:message|mail)|unsent message|(?:message|mail) follows|returned (?:message|mail)|"
    r"copy of (?:the|your)|"
    r"message header|headers follow|old message|begin(?:ning)? of|your message\b.{0,40}$|исходное (?:сообщение|письмо)|"
    r"текст письма).{0,60}$",
    re.I | re.M,
)
_ANSWERED = re.compile(r"\s*(?:re|fwd?|aw|wg|sv|vs|отв|пересл|ha|odp|tr)\s*(?:\[\d+\])?\s*:", re.I)
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "text/rfc822", "message/partial")


def read_bounce(tree: Part, text: str, senders: tuple[Person, ...]) -> Bounce:
    """What the letter reports about a letter of ours; falsy when it reports nothing."""
    if not tree.children and not _may_report(tree.head, senders):
        return Bounce()
    parts = [leaf for leaf in tree.leaves() if leaf is not tree]
    for leaf in parts:
        if leaf.type == "message/delivery-status":
            report = _from_status(leaf, parts, text)
            if report.recipients or (report.kind not in ("other", "failed")):
                return report
        elif leaf.type == "message/disposition-notification" and (refusal := _from_disposition(leaf, parts, text)):
            return refusal
    if not _looks_returned(tree, parts, text, senders):
        return Bounce()
    return _from_words(tree.head, parts, text)


def is_robot(senders: tuple[Person, ...]) -> bool:
    """Whether a mail program names itself as the sender."""
    return any(ROBOTS.match(person.key.partition("@")[0]) for person in senders)


def _may_report(head: Head, senders: tuple[Person, ...]) -> bool:
    """A cheap look at a letter of one part."""
    if is_robot(senders) or _has_null_path(head) or not any(person.email for person in senders):
        return True
    return bool(head.raw("x-failed-recipients")) or bool(_FAILURE.search(head.words("subject")[:300]))


def _has_null_path(head: Head) -> bool:
    path = head.raw("return-path")
    return bool(path) and path.replace(b" ", b"") in (b"<>", b"<MAILER-DAEMON>")


def _looks_returned(tree: Part, parts: list[Part], text: str, senders: tuple[Person, ...]) -> bool:
    head = tree.head
    if head.raw("x-failed-recipients"):
        return True
    subject = head.words("subject")[:300]
    if _ANSWERED.match(subject) or (head.raw("in-reply-to") and not is_robot(senders)):
        return False
    words = text[:WORDS_LOOKED_AT]
    names = any(_ROBOT_NAMES.search(person.name) for person in senders)
    robot = is_robot(senders) or _has_null_path(head) or names or not any(person.email for person in senders)
    returned = any(part.type in _RETURNED for part in parts)
    said, titled = bool(_WORDS.search(words)), bool(_FAILURE.search(subject))
    report = tree.type == "multipart/report" and "disposition" not in tree.parameters.get("report-type", "")
    if _tells_a_refusal(head, words, senders):
        return True
    if robot or report:
        return (said and titled) or ((said or titled or is_robot(senders)) and (returned or report)) or (
            (said or titled) and bool(_COPY_BELOW.search(words) or _STATUS.search(words) or MAILBOX.search(words))
        )  # fmt: skip
    return titled and said and (returned or (_calls_itself_automatic(head) and bool(_COPY_BELOW.search(words))))


def _tells_a_refusal(head: Head, words: str, senders: tuple[Person, ...]) -> bool:
    """Whether a mail program names an address and a server's answer (RFC 5321, 3463), in whatever language it speaks."""
    by_hand = bool(head.raw("user-agent") or head.raw("x-mailer"))
    return is_robot(senders) and not by_hand and bool(_REFUSAL.search(words)) and bool(MAILBOX.search(words))


def _calls_itself_automatic(head: Head) -> bool:
    """A person who pastes a report into a letter does not."""
    return head.words("precedence").lower() in ("bulk", "junk") or bool(head.raw("auto-submitted"))


def _from_status(status: Part, parts: list[Part], text: str) -> Bounce:
    """RFC 3464: a group of fields about the letter, then one about each recipient."""
    actions: list[str] = []
    codes: list[str] = []
    recipients: dict[str, str] = {}
    words = decode(status.content()[:TEXT_LOOKED_AT]).replace("\r\n", "\n")
    for group in words.split("\n\n"):
        fields = {name.lower(): value.strip() for name, value in _FIELD.findall(re.sub(r"\n[ \t]+", " ", group))}
        address = fields.get("original-recipient") or fields.get("final-recipient") or ""
        if "action" not in fields and not address:
            continue
        action = re.split(r"[^a-z]", fields.get("action", "failed").lower(), maxsplit=1)[0]
        codes += _STATUS.findall(fields.get("status", ""))[:1]
        found = MAILBOX.search(" " + address.rpartition(";")[2])
        if not found and "final-recipient" in fields:
            found = MAILBOX.search(" " + fields["final-recipient"].rpartition(";")[2])
        actions.append(action)
        if found and (found[1] not in recipients or action == "failed"):
            recipients[found[1]] = action
    kind = next((k for k in ("failed", "delayed") if k in actions), "delivered" if actions else "other")
    concerned = [address for address, action in recipients.items() if kind in (action, "delivered")]
    return Bounce(kind, codes[0] if codes else "", tuple(concerned or recipients), text[:2000], returned_id(parts))


def _from_disposition(notice: Part, parts: list[Part], text: str) -> Bounce | None:
    """RFC 8098: a mailbox that threw the letter away says so in the form of a receipt; other receipts report nothing."""
    words = decode(notice.content()[:TEXT_LOOKED_AT])
    fields = {name.lower(): value.strip() for name, value in _FIELD.findall(words)}
    disposition = fields.get("disposition", "").lower()
    if "automatic-action" not in disposition or not re.search(r"deleted|failed|denied|rejected", disposition):
        return None
    if not _WORDS.search(text[:WORDS_LOOKED_AT]):
        return None
    found = MAILBOX.search(" " + fields.get("final-recipient", "").rpartition(";")[2])
    return Bounce("failed", "", (found[1],) if found else (), text[:2000], returned_id(parts))


def _from_words(head: Head, parts: list[Part], text: str) -> Bounce:
    below = _COPY_BELOW.search(text[:TEXT_LOOKED_AT])
    words = text[: below.start() if below and MAILBOX.search(text[: below.start()]) else TEXT_LOOKED_AT]
    subject = head.words("subject")[:300]
    codes = _STATUS.findall(words)
    delayed = bool(_DELAY.search(subject) or _DELAY.search(words[:1500])) or (bool(codes) and codes[0].startswith("4."))
    named = [read_words(value) for value in head.raw_all("x-failed-recipients")[:20]]
    recipients = MAILBOX.findall(" " + " ".join(named)) or _named_in(words, subject)
    kind = "delayed" if delayed and not _says_given_up(words) else "failed"
    unique = {found.lower(): found for found in reversed(recipients)}
    return Bounce(kind, codes[0] if codes else "", tuple(reversed(unique.values())), words[:2000], returned_id(parts))


def _says_given_up(words: str) -> bool:
    words = words[:TEXT_LOOKED_AT]
    return bool(_GIVEN_UP.search(words)) and not _ONLY_WARNS.search(words)


def _named_in(words: str, subject: str) -> list[str]:
    """The addresses a report names as its recipients: by where they stand, else whichever there are."""
    for shape in _SHAPES:
        if found := [address for address in shape.findall(words)[:50] if not _NOT_HIM.match(address)]:
            return found
    found = [address for address in MAILBOX.findall(f"{subject}\n{words}")[:50] if not _NOT_HIM.match(address)]
    return found[:1]


def returned_id(parts: list[Part]) -> str:
    """The Message-ID of the letter that came back; "" when none did."""
    for leaf in parts:
        if leaf.type in _RETURNED:
            returned = split_head(leaf.content())[0].plain("message-id")
            if found := re.search(r"<([^<>\s]{1,400})>", returned):
                return found[1]
    return ""
