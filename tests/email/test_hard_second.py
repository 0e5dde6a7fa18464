"""A second look, at letters written after the first were mended: what programs send, what people write, and broken octets.

Expectations were written before the first run.
"""

from base64 import b64encode

import pytest

from opora.desk.channels.email.parsing import read_letter
from tests.email.test_hard_octets import HEAD, read
from tests.email.test_hard_programs import written

AWAY = {
    "Dutch": ("Automatisch antwoord: VPN", "Ik ben afwezig.", {}),
    "Swedish": ("Autosvar: VPN", "Jag är borta.", {}),
    "Czech": ("Automatická odpověď: VPN", "Nejsem v kanceláři.", {}),
    "Korean": ("자동 회신: VPN", "부재중입니다.", {}),
    "Hungarian": ("Automatikus válasz: VPN", "Házon kívül vagyok.", {}),
    "Greek": ("Αυτόματη απάντηση: VPN", "Λείπω.", {}),
    "Romanian": ("Răspuns automat: VPN", "Sunt plecat.", {}),
    "Finnish": ("Automaattinen vastaus: VPN", "Olen poissa.", {}),
    "Danish": ("Automatisk svar: VPN", "Jeg er væk.", {}),
    "Russian, in the words": (
        "Re: VPN", "Спасибо за Ваше письмо. Я в отпуске с 20 по 30 ноября.", {"in_reply_to": "<a@opora.example>"}
    ),
    "English, in the words": (
        "Re: VPN", "Thank you for your e-mail. I am out of the office until Monday.", {"in_reply_to": "<a@opora.example>"}
    ),
    "another desk's robot": ("Re: VPN", "Это автоматическое уведомление. Номер обращения 12345.", {}),
    "a list's moderator": (
        "Your message awaits moderator approval", "It is held.", {"x_list_administrivia": "yes", "precedence": "bulk"}
    ),
}  # fmt: skip
HUMAN = {
    "an answer to an automatic reply": ("Re: Автоматический ответ: VPN", "Когда вернётся Иван? Вопрос срочный.", {}),
    "a forwarded automatic reply": ("Fwd: Automatic reply: VPN", "Anna, he is away. Who else knows it?", {}),
    "out of office on Friday?": ("Out of office on Friday?", "Is anybody on duty?", {}),
    "a holiday": ("Отпуск", "С 1 по 14 декабря буду в отпуске, заявки согласует Мария.", {}),
    "a parcel": ("Заказ 5 не доставлен", "Курьер не приехал, заказ 5 не доставлен. Где он?", {}),
    "a server not delivered": ("Delivery problem with the new server", "It was not delivered on Monday.", {}),
    "a bounce, pasted": (
        "Письмо не доставлено клиенту",
        "Здравствуйте! Письмо клиенту не доставлено, посмотрите.\n\nИсходное сообщение:\n"
        "<gone@x.example>: 550 5.1.1 user unknown\n",
        {},
    ),
    "a shop's robot that people may answer": ("Заказ 5", "Новый заказ.", {"from": "no-reply@shop.example"}),
    "through Google Groups": (
        "VPN", "It is broken.",
        {"list_id": "<it.bakery.example>", "list_post": "<x>", "list_unsubscribe": "<x>", "precedence": "list"},
    ),
    "away, and yet at work": ("VPN", "I'm out of the office until Monday, but please go on with the change.", {}),
    "bounces in the words": ("Рассылка", "У нас 5% bounce rate, undeliverable письма растут. Почему?", {}),
    "a mailbox named after mail": ("VPN", "Не работает.", {"from": "mailing@bakery.example"}),
}  # fmt: skip


@pytest.mark.parametrize("name", AWAY)
def test_it_knows_that_a_program_wrote(name: str) -> None:
    assert written(*AWAY[name]).automatic


@pytest.mark.parametrize("name", HUMAN)
def test_it_takes_no_person_for_a_program(name: str) -> None:
    letter = written(*HUMAN[name])
    assert (letter.automatic.why, letter.bounce.kind) == ("", "")


TEXT = "Сервер не відповідає, перевірте, будь ласка. Є питання щодо її налаштувань."
CHINESE = "问题已经解决了，谢谢你们的帮助。"
BODIES: dict[str, tuple[str, bytes, str]] = {
    "Ukrainian without a label": ("", TEXT.encode("cp1251"), TEXT),
    "Ukrainian in koi8-u without a label": ("", TEXT.encode("koi8-u"), TEXT),
    "German in latin-1 called utf-8": (
        "Content-Type: text/plain; charset=utf-8",
        "Grüße aus Köln".encode("latin-1"), "Grüße aus Köln",
    ),
    "Polish in iso-8859-2": (
        "Content-Type: text/plain; charset=iso-8859-2",
        "Zażółć gęślą jaźń".encode("iso-8859-2"), "Zażółć gęślą jaźń",
    ),
    "Turkish in iso-8859-9": ("Content-Type: text/plain; charset=iso-8859-9", "İşçi ağaç".encode("iso-8859-9"), "İşçi ağaç"),
    "UTF-16 with its mark, without a label": ("Content-Type: text/plain", "Привет".encode("utf-16"), "Привет"),
    "UTF-8 with its mark": ("Content-Type: text/plain; charset=utf-8", b"\xef\xbb\xbf" + "Привет".encode(), "Привет"),
    "base64 without its padding": (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
        b64encode("Привет!".encode()).rstrip(b"="), "Привет!",
    ),
    "base64 with a line of advertising below": (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
        b64encode("Привет, как дела?".encode()) + b"\n\n-- checked by an antivirus --\n", "Привет, как дела?",
    ),
    "quoted-printable in small letters": (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: Quoted-Printable",
        b"=d0=9f=d1=80=d0=b8=d0=\n=b2=d0=b5=d1=82", "Привет",
    ),
    "quoted-printable that is none": (
        "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable", b"a = b, 50% = half, x==y",
        "a = b, 50% = half, x==y",
    ),
    "HTML that alone knows its charset": (
        "Content-Type: text/html", '<html><head><meta charset="windows-1251"></head><body>Привет</body></html>'.encode("cp1251"),
        "Привет",
    ),
    "Chinese without a label": ("Content-Type: text/plain", CHINESE.encode("gb18030"), CHINESE),
    "coding unknown": (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: x-strange", "Привет".encode(), "Привет"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_it_reads_the_words_however_coded(name: str) -> None:
    head, octets, meant = BODIES[name]
    assert read(f"{head}\n".encode() if head else b"", octets).text.strip() == meant


def test_it_reads_a_letter_that_was_cut_off_within_its_file() -> None:
    part = (
        "--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
        + b64encode(b"%PDF" * 99).decode()
    )
    letter = read(b"Content-Type: multipart/mixed; boundary=b\n", f"--b\n\nhello\n{part[:-30]}".encode())
    assert letter.text.strip() == "hello" and [file.name for file in letter.attachments] == ["a.pdf"]


def test_it_reads_headers_below_a_line_of_a_mailbox_file_and_a_blank_one() -> None:
    raw = b"\r\n>From clara@bakery.example Mon Nov 23 10:15:41 2026\r\n" + HEAD + b"Subject: VPN\n\nhello\n"
    letter = read_letter(raw)
    assert (letter.subject, letter.text.strip()) == ("VPN", "hello")


def test_it_takes_a_picture_that_is_shown_nowhere_for_a_file() -> None:
    picture = "--b\nContent-Type: image/png\nContent-ID: <x@y>\nContent-Disposition: inline; filename=a.png\n\nPNG\n"
    html = "--b\nContent-Type: text/html\n\n<p>hello</p>\n"
    [file] = read(b"Content-Type: multipart/related; boundary=b\n", f"{html}{picture}--b--\n".encode()).attachments
    assert (file.name, file.inline) == ("a.png", False)
