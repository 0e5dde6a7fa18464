"""The lines by which programs open a quotation: attributions and separators, in many languages; each look is bounded.

Header blocks are in `blocks.py`. Attributions follow no standard; the shapes here are those mail programs write. A person's
sentence is told from them by what it lacks: a moment, a mailbox, a verb of writing at the right end.
"""

import re

WIDTH_LIMIT = 300

_VERB = re.compile(
    r"\b(?:wrote|writes|said|sent|написал(?:а|и|\(а\))?|пишет|писал(?:а|и|\(а\))?|пише|написав(?:ла|\(ла\))?|писав|"
    r"напіса[ўв]|піша|написао|написа|napisao|napisala|schrieb(?:en)?|geschrieben|écrit|ecrit|scritto|scrisse|escribió|escribio|"
    r"ha escrito|escreveu|schreef|geschreven|skrev|skreiv|skrifaði|kirjoitti|napisał(?:a|\(a\)|/a)?|pisze|napsal(?:a|\(a\))?|"
    r"napísal(?:a|\(a\))?|píše|napisal(?:a)?|yazdı|yazmış|írta|scris|rašė|rakstīja|kirjutas|έγραψε|đã viết|menulis|va escriure|"
    r"ha escrit|כתב|כתבה|كتب|escribiu|idatzi (?:zuen|du)|skribis|shkroi|ka shkruar|напиша|піша|жазды|yazdi|yozdi|yazıb|"
    r"het geskryf|scríobh|ysgrifennodd|sinulat|aliandika|գրել է|գրեց|წერდა|წერს|დაწერა|نوشت|نوشته است)(?!\w)|"
    r"写道|寫道|写到|写了|書きました|님이 작성|쓴 글|작성|เขียน|लिखा|लिहिले|লিখেছেন|எழுதியது",
    re.I,
)
_LAST_WORDS = frozenset(
    {
        "wrote", "said", "написал", "написала", "написал(а)", "написали", "пишет", "писал", "писала",
        "писал(а)", "пише", "написав", "écrit", "ecrit", "scritto", "escribió", "escribio",
        "escreveu", "kirjoitti", "napisał", "napisał(a)", "napsal", "napsal(a)", "napísal", "yazdı",
        "írta", "scris", "skrev", "schrieb", "geschreven",
    }
)  # fmt: skip
_VERB_LAST = re.compile(rf"(?:{_VERB.pattern})(?:\s*\([^()]{{1,3}}\))?\s*[:：]?$", re.I)
_MONTH = (
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|січ|лют|бер|кві|"
    r"тра|чер|"
    r"лип|сер|вер|жов|лис|гру|mär|mai|okt|dez|janv|févr|avr|juin|juil|août|déc|ene|abr|ago|dic|fev|mag|giu|lug|set|ott|gen|maa|"
    r"mrt|mei|maj|cze|lip|sie|wrz|paź|lis|gru|sty|lut|kwi|led|úno|bře|dub|kvě|čer|srp|zář|říj|pro|tammi|helmi|maalis|"
    r"huhti|touko|"
    r"kesä|heinä|elo|syys|loka|marras|joulu|oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara|márc|ápr|máj|jún|júl|szept|iul|iun|"
    r"noi|tháng"
)
MOMENT = re.compile(
    r"\d{1,2}:\d{2}|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}[./-]\d{1,2}[./-]\d{1,2}\b|\b(?:19|20)\d{2}\b|\bklo \d|"
    r"\b\d{1,2}h\d{2}\b|"
    rf"\d{{4}}年|\d{{4}}년|\b\d{{1,2}}\.?\s+(?:de\s+)?(?:{_MONTH})|\b(?:{_MONTH})\w{{0,9}}\.?\s+\d{{1,2}}\b",
    re.I,
)
_DAY = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}[./-]\d{1,2}[./-]\d{1,2}\b|\b(?:19|20)\d{2}\b|\d{4}[年년]|"
    rf"\b\d{{1,2}}\.?\s+(?:de\s+)?(?:{_MONTH})|\b(?:{_MONTH})\w{{0,9}}\.?\s+\d{{1,2}}\b",
    re.I,
)
TIME = re.compile(r"(?<![\d.])\d{1,2}[:.]\d{2}(?![\d.]\d)|\d{1,2}[時时点點]|\d{1,2}h\d{2}")
MAILBOX = re.compile(r"[^\s<>@]@[^\s<>@]+\.\w|<mailto:", re.I)
_WEEKDAY = (
    r"(?:mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс|нд|пон|втор|сред|сер|четв|чет|пят|п.ят|суб|воск|нед|"
    r"mo|di|mi|do|fr|sa|so|lun|mar|mer|mié|mie|jeu|jue|gio|ven|vie|sam|sáb|sab|dim|dom|seg|ter|qua|qui|sex|ma|wo|vr|za|zo|"
    r"pon|wto|śro|czw|pią|sob|nie|po|út|st|čt|pá|ne|man|tir|tis|ons|tor|fre|lør|lör|søn|sön|ke|to|pe|la|su|pzt|sal|çar|per|cum|"
    r"hét|kedd|szer|csüt|pén|szo|vas|mié|joi|vin|dum)\w{0,12}"
)
_BEGIN = re.compile(
    r"[\"'«*_(]{0,2}(?:(?:On|Am|Le|El|Il|Op|Den|Em|No dia|Dnia|W dniu|Dne|Dňa|Dana|På|At|In|Il giorno|Vào|Pada|Vào lúc|"
    r"La data de|În|Στις|Kuupäeval|Ngày|בתאריך|В письме от|Od|Data|Från|На|Pe|Às|Þann|Kirjutas|在|در تاریخ)\s|"
    rf"(?:В|У) {_WEEKDAY}[.,]{{1,2}}\s|"
    rf"{_WEEKDAY}[.,]{{0,2}}\s(?:\d|den |le |the |klo |kl |(?:{_MONTH})\w*\.?\s\d)|\d{{1,2}}[\s./:,-]|\d{{4}}[-./年년\s]|"
    rf"(?:пользователь|user)\s|Дана\s|(?:{_MONTH})\w{{0,9}}\.?\s\d{{1,2}},?\s)",
    re.I,
)
_NAMED_FIRST = re.compile(r"[^<>@:]{0,80}<[^<>\s]+@[^<>\s]+>", re.I)
_WHAT = re.compile(
    r",?\s(?:that|about|the|this|us|me|him|her|them|to (?:us|me|you)|in (?:his|her|the|an?)|a|what|why|how|if|whether|it|"
    r"he|she|we|you|что|чтобы|о том|об|про|нам|вам|мне|ему|ей|им|как|почему|когда|где|это|то|що|про те|як|dass|que|che|"
    r"że|že)"
    r"(?!\w)",
    re.I,
)
_LAST_SIGNS = frozenset(">)0123456789")
DIRECTIONS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BAT = re.compile(r"(?:Вы писали|you wrote|Sie schrieben|Ви писали)\b.{0,80}\d.{0,40}:$", re.I)
_QUOTING = re.compile(
    r"(?:quoting|zitat von|zitiere|цитирование|цитата|цитую|citando(?: a)?|citation de|en citant|citazione da|citando|"
    r"citaat van|citat (?:från|fra)|cytowanie|citace|citát|idézet)\s[^:]{0,120}@[^:\s]+\s?:$",
    re.I,
)
_DASHED = re.compile(
    r"-{2,}\s?.{1,200}?\b(?:wrote|writes|написал(?:\(а\)|а)?|пишет|schrieb|escribió|a écrit|ha scritto|escreveu|napisał)"
    r"(?!\w)\s?:?\s?-{2,}$",
    re.I,
)
_LATE = re.compile(
    rf"(?:^|[\s\-–—]|(?<=[.!?]))((?:-{{2,}}\s?)?On (?:{_WEEKDAY},|\d{{1,2}}[ ./]|(?:{_MONTH})\w* \d).{{8,250}}\bwrote:?)$",
    re.I,
)
_LATE_ELSEWHERE = re.compile(
    r"\s((?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2} \w{3,9}\.? \d{4} г\.).{3,200}\b(?:пишет|написал(?:а|\(а\))?|schrieb):)$",
    re.I,
)

_SEPARATOR = re.compile(
    r"[>\s]*+(?:[-_*=—–](?=\s?[-_*=—–])[-_*=—–\s]++|[-–—]\s++)"
    r"(?:original(?:\s|-)?(?:message|appointment|e-?mail|text|nachricht)|reply message|"
    r"replied (?:message|mail)|"
    r"исходное сообщение|исходное письмо|оригинальное сообщение|первоначальное сообщение|ответ на сообщение|"
    r"ursprüngliche (?:nachricht|mail)|urspr\. nachricht|message d.origine|message original|message initial|courriel original|"
    r"mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|původní (?:zpráva|e-mail)|"
    r"pôvodná správa|wiadomość oryginalna|oryginalna wiadomość|вихідне повідомлення|оригінальне повідомлення|"
    r"opprinnelig melding|oprindelig (?:besked|meddelelse)|original(?:t)? meddelande|ursprungligt meddelande|"
    r"alkuperäinen viesti|orijinal mesaj|özgün ileti|eredeti üzenet|mesaj(?:ul)? original|izvorna poruka|originalna poruka|"
    r"原始邮件|原始郵件|原邮件|元のメッセージ|원본 메시지|αρχικό μήνυμα|оригинално съобщение|mesaj original)",
    re.I,
)
_FORWARD = re.compile(
    r"[>\s]*+[-_*=—]{2,}+\s*+(?:forwarded|fwd|(?:пере|пере)сл\w+ (?:сообщение|письмо)|пере(?:адресованн|направленн|сылаем|"
    r"сланн)ое "
    r"(?:сообщение|письмо)|пересла(?:но|нный)|переслане повідомлення|"
    r"weitergeleitete (?:nachricht|mail)|message transféré|message transmis|courriel transféré|mensaje reenviado|"
    r"mensagem (?:encaminhada|reencaminhada)|messaggio inoltrato|doorgestuurd bericht|přeposlaná zpráva|preposlaná správa|"
    r"przekazana wiadomość|wiadomość przekazana|videresendt (?:melding|besked|meddelelse)|vidarebefordrat meddelande|"
    r"välitetty viesti|edelleenlähetetty viesti|iletilen mesaj|yönlendirilen mesaj|továbbított üzenet|mesaj redirecționat|"
    r"proslijeđena poruka|转发邮件|转发的邮件|轉寄郵件|転送メッセージ|전달된 메시지|προωθημένο μήνυμα)",
    re.I,
)
_BEGIN_FORWARD = re.compile(
    r"[>\s]*+(?:begin forwarded message|начало (?:переадресованного|пересылаемого) сообщения|"
    r"початок (?:переадресованого|пересланого) повідомлення|anfang der weitergeleiteten (?:e-mail|nachricht)|"
    r"début du (?:message réexpédié|message transféré|courriel transféré)|inicio del mensaje reenviado|"
    r"inizio messaggio inoltrato|início da mensagem (?:reencaminhada|encaminhada)|begin doorgestuurd bericht|"
    r"rozpoczęcie przekazywanej wiadomości|początek przekazywanej wiadomości|začátek přeposlané zprávy|"
    r"start på videresendt besked|videresendt melding|vidarebefordrat brev|välitetty viesti|iletilmiş ileti|"
    r"továbbított levél kezdete|începutul mesajului redirecționat|下面是被转发的邮件|转发的邮件|転送されたメッセージ)",
    re.I,
)
_TYPE_ABOVE = re.compile(
    r"[-#=\s]*+(?:please )?(?:type|write|enter|add)? ?(?:your )?(?:reply|respond|answer)\w* (?:above|over) this line|"
    r"[-#=\s]*+(?:пишите|введите|напишите|ответьте|ответ) ?(?:ваш )?(?:ответ )?выше этой (?:линии|строки|черты)",
    re.I,
)
_RULE = re.compile(r"[-_=*—–\s]{5,}|[=]{3,}")


def opens_forward(line: str) -> bool:
    """Whether a program's line says that a forwarded letter follows."""
    line = line[:WIDTH_LIMIT]
    return bool(_FORWARD.match(line) or _BEGIN_FORWARD.match(line))


def is_separator(line: str) -> bool:
    """Whether a program's line says that the original letter follows."""
    line = line[:WIDTH_LIMIT]
    return bool(_SEPARATOR.match(line)) or opens_forward(line) or bool(_TYPE_ABOVE.match(line))


def is_rule(line: str) -> bool:
    """Whether the line is only dashes or the like."""
    return bool(_RULE.fullmatch(line[:WIDTH_LIMIT].strip()))


def may_end_attribution(line: str) -> bool:
    """A cheap look: whether it is worth asking if an attribution ends with this line."""
    line = line.rstrip("*_-—= ")
    return bool(line) and (line[-1] in ":：>)\u202c\u200f" or line[-24:].rpartition(" ")[2].lower() in _LAST_WORDS)


def attribution(lines: list[str], number: int, quoted_below: bool) -> int | None:
    """The line where the attribution begins that ends with the line `number`; None when none does."""
    line = DIRECTIONS.sub("", lines[number][:WIDTH_LIMIT]).strip().strip("*_").strip()
    if not line:
        return None
    alone = _complete(line, quoted_below)
    broken_off = number > 0 and lines[number - 1][-WIDTH_LIMIT:].rstrip().endswith("<")
    if alone and line[0] not in "<>" and not broken_off:
        return _with_hanging_begin(lines, number, line)
    joined, skipped = line, 0
    for above in range(number - 1, max(-1, number - 6), -1):
        text = lines[above][:WIDTH_LIMIT].strip()
        if not text:
            skipped += 1
            if skipped > 2 or joined[0] not in "<>\"'":
                break
            continue
        if (text.startswith(">") and joined[0] != ">") or text[-1] in ".!?:" or number - above - skipped > 3:
            break
        joined = f"{text} {joined}"
        if len(joined) > WIDTH_LIMIT:
            break
        if (_BEGIN.match(joined) or _names_everything(joined)) and _complete(joined, quoted_below):
            return above
    return number if alone else None


def _names_everything(text: str) -> bool:
    """Who, when, and that they wrote, the name first as Turkish and Chinese programs put it: no sentence of a person's."""
    begins = _NAMED_FIRST.match(text)
    return bool(begins and _DAY.search(text) and TIME.search(text) and _VERB_LAST.search(text[-60:]))


def _with_hanging_begin(lines: list[str], number: int, line: str) -> int:
    """`line` is an attribution by itself; the line above may still hold its beginning: the date, or the name."""
    if number == 0 or _BEGIN.match(line):
        return number
    above = lines[number - 1][:WIDTH_LIMIT].strip()
    if not MAILBOX.search(line) and _names_everything(f"{above} {line}"):
        return number - 1
    hangs = above and above[-1] not in ".!?:" and above[0] != ">" and _BEGIN.match(above)
    hangs = hangs and (MOMENT.search(above) or (above[-1] == "," and MAILBOX.search(above)))
    return number - 1 if hangs and len(above) < 120 else number


def _complete(text: str, quoted_below: bool) -> bool:
    """Whether the text, taken as one line, is an attribution."""
    if len(text) > WIDTH_LIMIT:
        return False
    if text[0] == "-" and _DASHED.match(text):
        return True
    if _BAT.search(text) or _QUOTING.match(text):
        return True
    mailbox = MAILBOX.search(text)
    moment = MOMENT.search(text)
    begins = _BEGIN.match(text)
    verb = _VERB.search(text)
    if verb and _goes_on_in_words(text[verb.end() :]):
        return False
    ends = text[-1] in ":：" or bool(_VERB_LAST.search(text[-60:]))
    if verb and ends and begins and (mailbox or _DAY.search(text) or (moment and quoted_below)):
        return True
    if (
        verb
        and text[-1] in ":："
        and len(text) < 100
        and _DAY.match(text[verb.end() :].lstrip()[:40])
        and TIME.search(text)
    ):
        return len(text.split()) < 10
    if verb and ends and mailbox and len(text) < 250 and (text[-1] in ":：" or quoted_below):
        return len(text.split()) < 30
    if verb and ends and quoted_below and (moment or _VERB_LAST.search(text[-60:])):
        return len(text) < 160 and len(text.split()) < 16
    if (
        moment
        and mailbox
        and begins
        and (text[-1] in ":：" or (text[-1] == ">" and quoted_below and len(text.split()) < 10))
    ):
        return text.rstrip(":： ")[-1] in ">)" or bool(TIME.search(text))
    if text[-1] in ":：" and text[-2:-1] in _LAST_SIGNS and _DAY.search(text) and TIME.search(text):
        named = mailbox if text[-2] == ">" else _NAMED_FIRST.match(text)
        return bool(named) and len(text.split()) < 20  # in whatever language
    return bool(re.match(r"\d{4}年\d{1,2}月\d{1,2}日", text)) and text[-1] in ":：" and bool(mailbox or verb)


def _goes_on_in_words(rest: str) -> bool:
    """Whether what stands behind the verb of writing says what was written: `wrote that`, `написал, что`."""
    return bool(_WHAT.match(rest))


def late_attribution(line: str) -> int | None:
    """Where in the line an attribution begins that stands behind words; None when there is none."""
    tail = line[-WIDTH_LIMIT:].rstrip()
    if not _VERB_LAST.search(tail[-30:]):
        return None
    found = _LATE.search(tail) or _LATE_ELSEWHERE.search(tail)
    if not found or found.start(1) == 0 or _BEGIN.match(line[:WIDTH_LIMIT]):
        return None
    begin = len(line[:-WIDTH_LIMIT]) + found.start(1)
    while begin > 0 and line[begin - 1] in "- \t":
        begin -= 1
    return begin if begin > 0 else None
