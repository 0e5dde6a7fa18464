"""Answers to a letter of ours as Gmail, Outlook, Yandex and Mail.ru shape them, plain and HTML, in both languages."""

import itertools
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.channels.email.parsing import Letter, read_letter
from opora.desk.kernel.jobs import deliver_due

NUMBERS = itertools.count(1)
CLARA = "Clara Berg <clara@bakery.example>"
LINES = {"ru": "Да, все страницы.\n\nС утра стало хуже.", "en": "Yes, all of the pages.\n\nIt got worse this morning."}


def quoted(letter: Letter) -> str:
    return "\n".join(f"> {line}".rstrip() for line in letter.text.strip().split("\n"))


def gmail(letter: Letter, language: str, words: str) -> tuple[str, str]:
    """(plain, HTML) as Gmail makes it."""
    intro = {
        "ru": "пн, 14 сент. 2026 г. в 13:00, Support <support@opora.example>:",
        "en": "On Mon, Sep 14, 2026 at 1:00 PM Support <support@opora.example> wrote:",
    }[language]
    html = (
        f'<div dir="ltr">{words.replace(chr(10), "<br>")}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{intro.replace("<", "&lt;")}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0 0 0 .8ex">{letter.html}</blockquote></div>'
    )
    return f"{words}\n\n{intro}\n\n{quoted(letter)}\n", html


def outlook(letter: Letter, language: str, words: str) -> tuple[str, str]:
    """As Outlook on a desktop makes it: a rule and a block of headers, the old letter below without any mark."""
    names = {"ru": ("От", "Отправлено", "Кому", "Тема"), "en": ("From", "Sent", "To", "Subject")}[language]
    moment = {"ru": "14 сентября 2026 г. 13:00", "en": "Monday, September 14, 2026 1:00 PM"}[language]
    values = ("Support <support@opora.example>", moment, "Clara Berg <clara@bakery.example>", letter.subject)
    block = "\n".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    plain = f"{words}\n\n________________________________\n{block}\n\n{letter.text}\n"
    cells = "".join(
        f"<b>{name}:</b> {value.replace('<', '&lt;')}<br>" for name, value in zip(names, values, strict=True)
    )
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang="RU"><div class="WordSection1">'
        f"{''.join(f'<p class=MsoNormal>{line}<o:p></o:p></p>' for line in words.split(chr(10)))}"
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{cells}</p></div>{letter.html}</div></body></html>'
    )
    return plain, html


def yandex(letter: Letter, _language: str, words: str) -> tuple[str, str]:
    """As Yandex's pages make it; the attribution is the same in every language."""
    intro = '14.09.2026, 13:00, "Support" <support@opora.example>:'
    html = (
        f"<div>{words.replace(chr(10), '<br />')}</div><div>\xa0</div><div>{intro.replace('<', '&lt;')}</div>"
        f"<blockquote>{letter.html}</blockquote>"
    )
    return f"{words}\n\xa0\n{intro}\n{quoted(letter)}\n", html


def mail_ru(letter: Letter, language: str, words: str) -> tuple[str, str]:
    """As Mail.ru's pages make it."""
    intro = {
        "ru": "Понедельник, 14 сентября 2026, 13:00 +03:00 от Support <support@opora.example>:",
        "en": "Monday, September 14, 2026 1:00 PM +03:00 from Support <support@opora.example>:",
    }[language]
    html = (
        f'<div>{words.replace(chr(10), "<br>")}</div><div>\xa0</div><blockquote style="border-left:1px solid #0857A6;">'
        f"{intro.replace('<', '&lt;')}<br>{letter.html}</blockquote>"
    )
    return f"{words}\n \n{intro}\n{quoted(letter)}\n", html


SHAPES: dict[str, Callable[[Letter, str, str], tuple[str, str]]] = {
    "gmail": gmail,
    "outlook": outlook,
    "yandex": yandex,
    "mail.ru": mail_ru,
}


def answer(ours: Letter, shape: str, language: str, at: datetime, words: str = "", *, short: bool = False) -> bytes:
    """Clara's answer to our letter as her program writes it; `short` leaves out what iOS leaves out of References."""
    made = EmailMessage(policy=SMTP.clone(max_line_length=200))
    mark = {"outlook": {"ru": "Отв: ", "en": "RE: "}[language]}.get(shape, "Re: ")
    made["From"], made["To"] = CLARA, ours.reply_to[0].email
    made["Subject"] = mark + ours.subject.removeprefix("Re: ")
    made["Date"] = at
    made["Message-ID"] = f"<{shape}{next(NUMBERS)}@bakery.example>"
    made["In-Reply-To"] = f"<{ours.message_id}>"
    if not short:
        made["References"] = " ".join(f"<{one}>" for one in (*ours.references, ours.message_id))
    plain, html = SHAPES[shape](ours, language, words or LINES[language])
    made.set_content(plain, charset="utf-8")
    made.add_alternative(html, subtype="html", charset="utf-8")
    return made.as_bytes()


def newest(at: datetime) -> tuple[bytes, Letter]:
    """Our newest letter to Clara."""
    deliver_due(at=at)
    raw = bytes(OutgoingLetter.objects.order_by("-pk")[0].raw)
    return raw, read_letter(raw)
