"""Charsets, encoded words, file names, letters in letters, as broken as they come.

Expectations were written before the first run.
"""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from opora.desk.channels.email.parsing import Letter, read_letter

WORDS = "Добрый день! Сервер не отвечает, посмотрите, пожалуйста."
HEAD = b"From: clara@bakery.example\nTo: support@opora.example\n"


def read(head: bytes, body: bytes = b"x\n") -> Letter:
    return read_letter(HEAD + head + b"\n" + body)


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "cp866", "iso8859-5", "utf-8"])
def test_it_reads_russian_without_any_label(charset: str) -> None:
    letter = read(b"Subject: " + "Сервер не отвечает".encode(charset) + b"\n", WORDS.encode(charset))
    assert (letter.subject, letter.text.strip()) == ("Сервер не отвечает", WORDS)


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "cp866"])
@pytest.mark.parametrize("label", ["us-ascii", "x-unknown", "unknown-8bit", "utf-8", "default", "8bit"])
def test_it_reads_russian_with_a_wrong_label(charset: str, label: str) -> None:
    head = f"Content-Type: text/plain; charset={label}\nContent-Transfer-Encoding: 8bit\n".encode()
    assert read(head, WORDS.encode(charset)).text.strip() == WORDS


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "utf-8"])
def test_it_reads_a_senders_name_without_any_label(charset: str) -> None:
    raw = "From: Пётр Иванов <p@romashka.example>\nSubject: x\n\nx".encode(charset)
    sender = read_letter(raw).sender
    assert sender is not None and (sender.name, sender.email) == ("Пётр Иванов", "p@romashka.example")


def b(text: str, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{b64encode(text.encode(charset)).decode()}?="


HALF = "Сервер не отвечает".encode()
SUBJECTS = {
    "cut within a letter": (
        f"=?utf-8?B?{b64encode(HALF[:7]).decode()}?= =?utf-8?B?{b64encode(HALF[7:]).decode()}?=",
        "Сервер не отвечает",
    ),
    "without the blank between": (b("Сервер") + b(" упал"), "Сервер упал"),
    "padding missing": (b("Сервер упал!").replace("=?=", "?="), "Сервер упал!"),
    "blanks within": ("=?utf-8?Q?=D0=A1=D0=B5 =D1=80=D0=B2?=", "Се рв"),
    "folded within": ("=?koi8-r?B?89fR2sE=?=\n =?koi8-r?B?INPMwcLB0Q==?=", "Связа слабая"),
    "words in quotes": (f'"{b("Сервер")}"', '"Сервер"'),
    "lower-case coding and language": ("=?utf-8*ru?q?=D0=94=D0=B0?=", "Да"),
    "label unknown": ("=?x-none?B?" + b64encode("Да, готово".encode()).decode() + "?=", "Да, готово"),
    "label of another alphabet": ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
    "beginning only": ("=?utf-8?B?0JTQsA==", "=?utf-8?B?0JTQsA=="),
    "8-bit beside an encoded word": ("Ответ: " + b("Да"), "Ответ: Да"),
    "gb2312 that is gb18030": ("=?gb2312?B?" + b64encode("镕基".encode("gb18030")).decode() + "?=", "镕基"),
    "iso-2022-jp": (
        "=?iso-2022-jp?B?" + b64encode("障害のお知らせ".encode("iso-2022-jp")).decode() + "?=",
        "障害のお知らせ",
    ),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_it_reads_a_subject_however_encoded(name: str) -> None:
    written, meant = SUBJECTS[name]
    assert read(f"Subject: {written}\n".encode()).subject == meant


NAMES = {
    "RFC 2231": ("attachment; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf", "Счёт.pdf"),
    "RFC 2231 in pieces": (
        "attachment; filename*0*=utf-8''%D0%A1%D1%87; filename*1*=%D1%91%D1%82; filename*2=\" 5.pdf\"",
        "Счёт 5.pdf",
    ),
    "RFC 2231, the pieces in another order": ('attachment; filename*1="log.txt"; filename*0="long-"', "long-log.txt"),
    "RFC 2231 in koi8-r": ("attachment; filename*=koi8-r''%F3%DE%C5%D4.pdf", "Счет.pdf"),
    "RFC 2231 and a plain one": ("attachment; filename=x.pdf; filename*=utf-8''%D0%94%D0%B0.pdf", "Да.pdf"),
    "an encoded word": (f'attachment; filename="{b("Счёт за ноябрь.pdf")}"', "Счёт за ноябрь.pdf"),
    "two encoded words": (f'attachment; filename="{b("Счёт ")}\n {b("5.pdf")}"', "Счёт 5.pdf"),
    "an encoded word without quotes": (f"attachment; filename={b('Счёт.pdf')}", "Счёт.pdf"),
    "bare octets": ('attachment; filename="Счёт.pdf"', "Счёт.pdf"),
    "a semicolon within": ('attachment; filename="a;b.pdf"', "a;b.pdf"),
    "quotes within": ('attachment; filename="a \\"b\\".pdf"', "a _b_.pdf"),
    "a path": ('attachment; filename="C:\\\\Users\\\\x\\\\a.pdf"', "a.pdf"),
}


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_a_files_name_however_written(name: str) -> None:
    written, meant = NAMES[name]
    part = f"--b\nContent-Type: application/pdf\nContent-Disposition: {written}\n\n%PDF\n--b--\n"
    letter = read(b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n\nhello\n" + part.encode())
    assert [one.name for one in letter.attachments] == [meant]


def test_it_keeps_letters_that_lie_in_letters() -> None:
    inner = b"From: dan@mill.example\nSubject: inner\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\ninner words\n--i--\n"
    outer = b"--o\n\nouter words\n--o\nContent-Type: message/rfc822\n\n" + inner + b"\n--o--\n"
    letter = read(b"Subject: Fwd: inner\nContent-Type: multipart/mixed; boundary=o\n", outer)
    assert letter.text.strip() == "outer words"
    assert [one.type for one in letter.attachments] == ["message/rfc822"]
    assert letter.forwarded is not None and letter.forwarded.sender is not None
    assert (letter.forwarded.sender.email, letter.forwarded.subject) == ("dan@mill.example", "inner")


CALENDAR = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Russian Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY;LANGUAGE=ru-RU:Согласование окна рабо
 т
DTSTART;TZID=Russian Standard Time:20261124T220000
DTEND;TZID=Russian Standard Time:20261124T230000
ORGANIZER;CN=Пётр:MAILTO:p@romashka.example
LOCATION:Teams\\, комната 5
END:VEVENT
END:VCALENDAR
"""


def test_it_reads_an_invitation_of_outlook() -> None:
    part = (
        "--b\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 8bit\n\n"
        + CALENDAR
    )
    letter = read(b"Content-Type: multipart/alternative; boundary=b\n", f"--b\n\nhello\n{part}--b--\n".encode())
    asked = letter.calendar
    assert asked is not None
    assert (asked.method, asked.summary, asked.location) == ("REQUEST", "Согласование окна работ", "Teams, комната 5")
    assert asked.start == datetime(2026, 11, 24, 19, tzinfo=UTC) and asked.end == datetime(2026, 11, 24, 20, tzinfo=UTC)


FROMS: dict[str, tuple[str, tuple[str, str]]] = {
    "a comma without quotes": ("Иванов, Пётр <p@r.example>", ("p@r.example", "Иванов, Пётр")),
    "the address as the name": ('"p@r.example" <p@r.example>', ("p@r.example", "p@r.example")),
    "a comment": ("p@r.example (Пётр Иванов)", ("p@r.example", "Пётр Иванов")),
    "an encoded word with the address in it": (f"{b('Пётр <p@r.example>')} <p@r.example>", ("p@r.example", "Пётр <p@r.example>")),
    "brackets missing": ("Пётр p@r.example", ("p@r.example", "Пётр")),
    "an idn": ("Пётр <p@пример.рф>", ("p@пример.рф", "Пётр")),
    "double brackets": ("Пётр <<p@r.example>>", ("p@r.example", "Пётр")),
    "mailto": ("Пётр <mailto:p@r.example>", ("p@r.example", "Пётр")),
}  # fmt: skip


@pytest.mark.parametrize("name", FROMS)
def test_it_reads_a_sender_however_written(name: str) -> None:
    written, meant = FROMS[name]
    sender = read_letter(f"From: {written}\nSubject: x\n\nx".encode()).sender
    assert sender is not None and (sender.email, sender.name) == meant


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("Mon, 23 Nov 2026 10:15:41 +0300 (MSK)", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("23 Nov 26 10:15 MSK", datetime(2026, 11, 23, 7, 15, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:15:41 GMT+03:00", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10.15.41 +0300", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("2026-11-23T10:15:41+03:00", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("Пн, 23 ноя 2026 10:15:41 +0300", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("yesterday", None),
        ("Mon, 32 Nov 2026 10:15:41 +0300", None),
    ],
)
def test_it_reads_a_date_however_written(words: str, moment: datetime | None) -> None:
    assert read(f"Date: {words}\n".encode()).date == moment
