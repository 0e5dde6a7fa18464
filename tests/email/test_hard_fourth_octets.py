"""Octets that say one thing and are another: charsets, transfer encodings, senders, moments, forwarded letters.

Expectations were written before the first run.
"""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from opora.desk.channels.email.parsing import read_letter
from opora.desk.channels.email.parsing.charsets import decode
from tests.email.test_hard_octets import HEAD

WORDS = "Сервер не отвечает с утра, посмотрите, пожалуйста."
LABELS = {"cp1251": "windows-1251", "koi8_u": "koi8-r", "cp866": "ibm866", "iso8859_5": "iso-8859-5"}
RIGHTLY = (
    WORDS, WORDS.upper(), "Сървърът не отговаря от сутринта, моля проверете.", "Сервер не відповідає зранку, подивіться.",
    "ООО ЭЛЕКТРОПРОМ ЭКСПЕРТИЗА ЩЁКИНО", "Её", "Кафе «Ёж»: счёт № 5",
)  # fmt: skip


def words_of(head: str, body: bytes) -> str:
    return read_letter(HEAD + head.encode() + b"\n\n" + body).text.strip()


@pytest.mark.parametrize(
    "label", ["windows-1251", "koi8-r", "iso-8859-1", "windows-1252", "gb2312", "iso-8859-15", "cp65001"]
)
def test_it_reads_utf_8_under_the_name_of_an_old_charset(label: str) -> None:
    assert words_of(f"Content-Type: text/plain; charset={label}", WORDS.encode()) == WORDS


@pytest.mark.parametrize("really", LABELS)
@pytest.mark.parametrize("label", LABELS.values())
def test_it_reads_russian_under_the_name_of_another_russian_charset(really: str, label: str) -> None:
    assert decode(WORDS.encode(really), label) == WORDS


@pytest.mark.parametrize("codec", ["cp1251", "koi8-u", "cp866", "iso8859-5"])
@pytest.mark.parametrize("text", RIGHTLY)
def test_it_believes_a_label_that_is_right(codec: str, text: str) -> None:
    octets = text.encode(codec, "replace")
    assert decode(octets, codec) == octets.decode(codec)


CODED = b64encode(WORDS.encode())
ENCODINGS = {
    "a name with a hyphen": ('"base-64"', CODED, WORDS),
    "a name in quotes": ('"base64"', CODED, WORDS),
    "a comment behind the name": ("base64 (so said the gateway)", CODED, WORDS),
    "blanks within the lines": ("base64", b" ".join(CODED[at : at + 10] for at in range(0, len(CODED), 10)), WORDS),
    "words in clear called base64": ("base64", b"It is down. Please look at it now.", "It is down. Please look at it now."),
    "a soft break with blanks behind it": ("quoted-printable", b"The disk =  \r\nis =\t\r\nfull.", "The disk is full."),
    "a soft break within a letter": ("quoted-printable", b"=D0=94=D0=B0=\r\n, =D1=\r\n=81", "Да, с"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODINGS)
def test_it_undoes_a_transfer_encoding_badly_made(name: str) -> None:
    encoding, body, words = ENCODINGS[name]
    head = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}"
    assert words_of(head, body) == words


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b"=?utf-8?Q?Berg,_Clara?= <clara@b.example>", "Berg, Clara"),
        (b"=?utf-8?Q?Clara_(IT)?= <clara@b.example>", "Clara (IT)"),
        (b"=?utf-8?Q?Berg:_Clara;?= <clara@b.example>, dan@mill.example", "Berg: Clara;"),
    ],
)
def test_an_encoded_name_may_hold_what_parts_addresses(field: bytes, name: str) -> None:
    sender = read_letter(b"From: " + field + b"\nSubject: x\n\nhi").sender
    assert sender and (sender.email, sender.name) == ("clara@b.example", name)


NINE = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
FORWARDED = {
    "Outlook, Ukrainian": "Від: Іван <ivan@r.example>\nНадіслано: 23 листопада 2026 р. 9:15\nКому: Клара\nТема: Рахунок",
    "Outlook, Kazakh": "Кімнен: Иван <ivan@r.example>\nЖіберілді: 23 қараша 2026 ж. 9:15\nКімге: Клара\nТақырыбы: Рахунок",
    "Outlook, Polish": "Od: Jan <ivan@r.example>\nWysłano: poniedziałek, 23 listopada 2026 09:15\nDo: Klara\nTemat: Рахунок",
    "Apple, Japanese": "転送されたメッセージ:\n\n差出人: J <ivan@r.example>\n件名: Рахунок\n"
    "日付: 2026年11月23日 9:15:00 GMT",
    "Yandex, by an attribution": '-------- Пересылаемое сообщение --------\n23.11.2026, 9:15, "Иван" <ivan@r.example>:',
}


@pytest.mark.parametrize("name", FORWARDED)
def test_it_tells_whose_letter_was_passed_on_and_when(name: str) -> None:
    letter = read_letter(b"From: clara@b.example\nSubject: Fwd: x\n\n" + f"{FORWARDED[name]}\n\nТекст".encode())
    assert letter.forwarded and letter.forwarded.sender
    assert (letter.forwarded.sender.email, letter.forwarded.date) == ("ivan@r.example", NINE)
