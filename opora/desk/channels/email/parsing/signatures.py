"""What stands below the author's words without being said by the author: signatures, and lines that telephones add."""

import re

TAIL = 15
HANDFUL = 5
WORD_OF_A_SIGN = 3  # letters one Chinese, Japanese or Korean sign is worth

_SIGNATURE = re.compile(r"(?:--|__)[ \t]?")
_SENT = re.compile(
    r"[*_\s>(\[]*+(?:"
    r"(?:sent|delivered|written|typed) (?:from|via|with|using|by|on) |get (?:outlook|bluemail|the new)|"
    r"(?:download|télécharge[rz]|obtenir|obtenez|holen sie|scarica|descarga|pobierz|hämta|hent|hanki|indirin|"
    r"скача(?:ть|йте)|загруз(?:ить|ите)|получ(?:ить|ите)|установ(?:ить|ите)) (?:.{0,12} )?outlook|"
    r"отправлено (?:с |со |из |от |через |при помощи |мобильн)|послано (?:с|из) |надіслано (?:з|із|зі|через|від) |"
    r"(?:von|vom) (?:meinem?|unterwegs|mein) ?[\w ]{0,30}gesendet|gesendet (?:von|mit|über|aus|via) |"
    r"diese nachricht wurde von mein|"
    r"envoyé (?:de|depuis|à partir|avec|via|par) |enviado (?:desde|de|do|da|a partir|con|com|pelo|por) |enviada (?:do|de) |"
    r"inviato (?:da|dal|con|tramite) |verzonden (?:vanaf|vanuit|met|via|van) |verstuurd (?:vanaf|vanuit|met|via) |"
    r"wysłan[eoay] (?:z|ze|za|przez|w) |odesláno (?:z|ze|pomocí) |odoslané (?:z|zo) |sendt (?:fra|via|med|från) |"
    r"skickat (?:från|via|med) |lähetetty |trimis (?:de|din|prin|cu) |iphone'um|küldve |.{0,30}gönderildi$|"
    r".{0,30}(?:készülékemről|iphone\S{0,9}|ipad\S{0,9}) küldve|"
    r"发自我的|从我的|發自我的|來自我的|通过.{0,12}发送$|iphoneから送信|.{0,20}から送信$|나의 .{1,20}에서 보냄|"
    r"poslano (?:s|z|iz) |poslané (?:z|zo) |"
    r"enviat des|στάλθηκε από)",
    re.I,
)
_NOT_A_SIGNATURE = re.compile(
    r"\bsent (?:from|via|with|by|on) (?:the|this|that|our|your|a|an|it|me|us|support|server)\b", re.I
)
_ARMOUR_FIELD = re.compile(r"(?:Hash|Version|Comment|Charset|MessageID): ")
_END = re.compile(r"[.!?…]$")


def signature_begins(lines: list[str]) -> int:
    """The line where the signature begins (RFC 3676 section 4.3, and what telephones add); their number when there is none.

    Nothing is folded away below a handful of letters: there is too little above to tell a signature from the message.
    """
    said = 0
    for number, line in enumerate(lines):
        if said and line and line[0] in "-_" and is_signature_mark(line):
            if said <= HANDFUL:
                break
            if len(lines) - number <= TAIL:
                return number
        elif said > HANDFUL and line and len(line) < 130 and _is_added_by_a_telephone(lines, number):
            return number
        if said <= HANDFUL:
            said += sum(WORD_OF_A_SIGN if sign >= "\u2e80" else 1 for sign in line.strip()[: HANDFUL + 1])
    return len(lines)


def parted_from_armour(lines: list[str]) -> tuple[list[str], list[str]]:
    """The words, and apart from them what PGP writes around words it signs (RFC 9580 section 7). All stay if nothing was said."""
    words: list[str] = []
    armour: list[str] = []
    ends = any(line.startswith("-----END PGP SIGNATURE-----") for line in lines)
    within = ""
    for line in lines:
        if within == "signature" or (within == "header" and _ARMOUR_FIELD.match(line)):
            armour.append(line)
            within = "" if line.startswith("-----END PGP SIGNATURE-----") else within
        elif line.startswith("-----BEGIN PGP SIGNED MESSAGE-----"):
            armour.append(line)
            within = "header"
        elif ends and line.startswith("-----BEGIN PGP SIGNATURE-----"):
            armour.append(line)
            within = "signature"
        else:
            words.append(line)
            within = ""
    return (words, armour) if any(line.strip() for line in words) else (lines, [])


def is_signature_mark(line: str) -> bool:
    """`-- ` and what people take for it."""
    return bool(_SIGNATURE.fullmatch(line))


def is_added(line: str) -> bool:
    """Whether a telephone or a program added the line: "Sent from my iPhone"."""
    line = line.strip()
    if not 6 < len(line) < 120 or not _SENT.match(line) or _NOT_A_SIGNATURE.match(line):
        return False
    return len(line.partition("<http")[0].split()) <= 12 and (not _END.search(line) or len(line.split()) < 8)


def _is_added_by_a_telephone(lines: list[str], number: int) -> bool:
    """Alone in its paragraph, or the last of all, or right above the end of the words."""
    if not is_added(lines[number]):
        return False
    alone = not lines[number - 1].strip() or lines[number - 1].lstrip()[:2] in ("--", "__", "—")
    last = not any(line.strip() for line in lines[number + 1 :])
    return alone or last
