"""What letters carry in odd forms: winmail.dat, files among the words, signatures around letters, invitations, inner letters."""

import binascii
import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.channels.email.parsing import Person, read_letter
from opora.desk.channels.email.parsing.inviting import read_invitation
from opora.desk.channels.email.parsing.moments import read_moment
from opora.desk.channels.email.parsing.rtf import read_rtf
from opora.desk.channels.email.parsing.sealing import unwrapped
from opora.desk.channels.email.parsing.tnef import read_tnef, unpack_rtf
from opora.desk.channels.email.parsing.written_in import take_out_files
from tests.email.letters import letter

RTF = (
    rb"{\rtf1\ansi\ansicpg1251 {\fonttbl{\f0 Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2, \u1052?\u1080?\u1088?!\par Line two}"
)


def attribute(level: int, name: int, content: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def prop(kind: int, name: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(value)) + value.ljust(len(value) + 3 & ~3, b"\0")


def stored_rtf(rtf: bytes) -> bytes:
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


def winmail() -> bytes:
    props = struct.pack("<I", 1) + prop(0x102, 0x1009, stored_rtf(RTF))
    file = (
        struct.pack("<I", 2)
        + prop(0x1F, 0x3707, "Отчёт за май.csv\0".encode("utf-16-le"))
        + prop(0x1E, 0x370E, b"text/csv\0")
    )
    return (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(1, 0x00018004, b"Plan\0")
        + attribute(1, 0x00069003, props)
        + attribute(2, 0x00069002, b"\0" * 14)
        + attribute(2, 0x00018010, b"OTCHET~1.CSV\0")
        + attribute(2, 0x0006800F, b"1;2")
        + attribute(2, 0x00069005, file)
    )


def enclosed(kind: str, content: bytes, subject: str = "x") -> bytes:
    coded = binascii.b2a_base64(content).decode()
    return f"From: a@b.example\nSubject: {subject}\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{coded}".encode()


def test_it_unpacks_winmail_dat() -> None:
    read = read_letter(enclosed('application/ms-tnef; name="winmail.dat"', winmail()))
    assert [(file.name, file.type, file.content) for file in read.attachments] == [
        ("Отчёт за май.csv", "text/csv", b"1;2"),
        ("body.rtf", "text/rtf", RTF),
    ]
    assert read.text == "Привет, Мир!\nLine two"


def test_it_reads_a_bare_bundle_and_takes_its_title() -> None:
    assert read_letter(winmail()).subject == "Plan"


def test_it_keeps_a_broken_bundle_as_it_came() -> None:
    read = read_letter(enclosed("application/ms-tnef; name=winmail.dat", b"\x78\x9f\x3e\x22\x01\x00\x07broken"))
    assert [file.name for file in read.attachments] == ["winmail.dat"]
    assert "winmail.dat could not be read to its end" in read.defects


@given(st.binary(max_size=400))
def test_it_never_fails_on_a_spoilt_bundle(junk: bytes) -> None:
    whole = winmail()
    read_tnef(whole[: len(junk)] + junk)
    read_tnef(b"\x78\x9f\x3e\x22\x01\x00" + junk)
    assert isinstance(unpack_rtf(struct.pack("<IIII", 9, 500, 0x75465A4C, 0) + junk), bytes)


def test_it_unpacks_the_compressed_form() -> None:
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpack_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_it_finds_the_html_that_was_wrapped_in_rtf() -> None:
    rtf = rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 Hello{\*\htmltag72 </p>}}"
    assert read_rtf(rtf) == ("<p>Hello</p>", True)


def test_it_takes_files_out_of_the_words() -> None:
    uu = b"begin 644 notes.txt\n" + binascii.b2a_uu(b"some notes") + b"`\nend\n"
    yenc = b"=ybegin line=128 size=3 name=a.bin\n" + bytes((octet + 42) % 256 for octet in b"abc") + b"\n=yend size=3\n"
    read = read_letter(
        b"From: a@b.example\nContent-Transfer-Encoding: 8bit\n\nSee below.\n\n" + uu + b"\nand\n" + yenc + b"\nBye"
    )
    assert [(file.name, file.content) for file in read.attachments] == [("notes.txt", b"some notes"), ("a.bin", b"abc")]
    assert read.text.split() == ["See", "below.", "and", "Bye"]


def test_it_leaves_words_that_only_look_like_a_file() -> None:
    words = b"begin 644 things\nthat you would not finish\nend\n"
    assert take_out_files(words) == (words, [])


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    return bytes((tag,)) + (bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2)) + content


SIGNED_DATA, PLAIN_DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")


def signed_data(content: bytes) -> bytes:
    inner = der(0x30, PLAIN_DATA + der(0xA0, der(0x04, content)))
    return der(0x30, SIGNED_DATA + der(0xA0, der(0x30, b"\x02\x01\x01" + der(0x31, b"") + inner)))


def test_it_opens_a_letter_that_lies_inside_its_signature() -> None:
    inner = b"Content-Type: text/plain\n\nThe words " + b"x" * 300
    read = read_letter(enclosed("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", signed_data(inner)))
    assert read.signed == "smime" and not read.encrypted
    assert read.text.startswith("The words")


def test_it_opens_a_signature_of_unknown_length() -> None:
    pieces = b"\x24\x80" + der(0x04, b"one ") + der(0x04, b"two") + b"\0\0"
    end = b"\0\0"
    inner = b"\x30\x80" + PLAIN_DATA + b"\xa0\x80" + pieces + end + end
    octets = b"\x30\x80" + SIGNED_DATA + b"\xa0\x80\x30\x80" + b"\x02\x01\x01" + der(0x31, b"") + inner
    assert unwrapped(octets) == b"one two"


@given(st.binary(max_size=120), st.integers(0, 60))
def test_it_never_fails_on_a_spoilt_signature(junk: bytes, kept: int) -> None:
    assert isinstance(unwrapped(signed_data(b"words" * 10)[:kept] + junk), bytes)


@pytest.mark.parametrize(
    ("head", "body", "signed", "encrypted"),
    [
        ("multipart/signed; protocol=application/pgp-signature; boundary=b", "--b\n\nhi\n--b--", "pgp", ""),
        ("multipart/signed; protocol=application/pkcs7-signature; boundary=b", "--b\n\nhi\n--b--", "smime", ""),
        ("multipart/encrypted; protocol=application/pgp-encrypted; boundary=b", "--b\n\nx\n--b--", "", "pgp"),
        ("application/pkcs7-mime; smime-type=enveloped-data", "AAAA", "", "smime"),
        ("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhi\n", "pgp", ""),
        ("text/plain", "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n", "", "pgp"),
        ("text/plain", "How do I write -----BEGIN PGP MESSAGE----- into a letter?", "", ""),
    ],
)
def test_it_recognises_signed_and_encrypted_letters(head: str, body: str, signed: str, encrypted: str) -> None:
    read = read_letter(f"From: a@b.example\nContent-Type: {head}\n\n{body}\n".encode())
    assert (read.signed, read.encrypted) == (signed, encrypted)


ICS = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Russian Standard Time
END:VTIMEZONE
BEGIN:VEVENT
UID:1@bakery.example
SUMMARY:Перенос серверов\\, этап 2
ORGANIZER;CN="Berg, Clara":MAILTO:clara@bakery.example
DTSTART;TZID=Russian Standard Time:20260914T100000
DTEND;TZID=Russian Standard Time:20260914T113000
LOCATION:https://meet.example/abc
END:VEVENT
END:VCALENDAR
"""


def test_it_reads_an_invitation() -> None:
    read = read_letter(enclosed("text/calendar; charset=utf-8; method=REQUEST; name=invite.ics", ICS.encode()))
    asked = read.calendar
    assert asked is not None
    assert (asked.method, asked.summary, asked.uid) == ("REQUEST", "Перенос серверов, этап 2", "1@bakery.example")
    assert asked.start == datetime(2026, 9, 14, 7, tzinfo=UTC) and asked.end == datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
    assert asked.organizer == Person("clara@bakery.example", "Berg, Clara")
    assert asked.address == "https://meet.example/abc"
    assert [file.name for file in read.attachments] == ["invite.ics"]


@pytest.mark.parametrize(
    ("lines", "start", "end", "all_day"),
    [
        ("DTSTART:20260914T100000Z\nDURATION:PT1H30M", "2026-09-14T10:00:00+00:00", "2026-09-14T11:30:00+00:00", False),
        ("DTSTART;VALUE=DATE:20260914", "2026-09-14T00:00:00+00:00", None, True),
        ("DTSTART;TZID=Nowhere/Land:20260914T100000", None, None, False),
        ("DTSTART:20269999T100000Z", None, None, False),
        ("SUMMARY:x", None, None, False),
    ],
)
def test_it_reads_the_moments_of_an_invitation(lines: str, start: str | None, end: str | None, all_day: bool) -> None:
    asked = read_invitation(f"BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")
    assert asked is not None
    assert [moment.isoformat() if moment else None for moment in (asked.start, asked.end)] == [start, end]
    assert asked.all_day is all_day


FORWARDS = [
    ("Fwd: x", "FYI\n\n---------- Forwarded message ---------\nFrom: Dan Roe <dan@mill.example>\n"
     "Date: Mon, Sep 14, 2026 at 10:15 AM\nSubject: Disk is full\nTo: <c@b.example>\n\nhelp"),
    ("Fwd: x", "---------- Forwarded message ---------\nОт: Dan Roe <dan@mill.example>\nDate: пн, 14 сент. 2026 г. в 10:15\n"
     "Subject: Disk is full\nTo: <c@b.example>\n\nhelp"),
    ("Fwd: x", "Начало переадресованного сообщения:\n\n> Отправитель: Dan Roe <dan@mill.example>\n> Тема: Disk is full\n"
     "> Дата: 14 сентября 2026 г., 10:15:00 GMT\n> Кому: c@b.example\n> \n> help"),
    ("Fwd: x", "-------- Перенаправленное сообщение --------\nТема: \tDisk is full\nДата: \tMon, 14 Sep 2026 10:15:00 +0000\n"
     "От: \tDan Roe <dan@mill.example>\nКому: \tc@b.example\n\nhelp"),
    ("FW: x", "\n________________________________\nОт: Dan Roe <dan@mill.example>\nОтправлено: 14 сентября 2026 г. 10:15\n"
     "Кому: Clara\nТема: Disk is full\n\nhelp"),
    ("WG: x", "Von: Dan Roe <dan@mill.example>\nGesendet: Montag, 14. September 2026 10:15\nAn: Clara\n"
     "Betreff: Disk is full\n\nhelp"),
    ("Пересл: x", "-------- Пересылаемое сообщение --------\nОт кого: Dan Roe <dan@mill.example>\nКому: Clara <c@b.example>\n"
     "Дата: Понедельник, 14 сентября 2026, 10:15\nТема: Disk is full\n\nhelp"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "text"), FORWARDS)
def test_it_knows_who_wrote_a_forwarded_letter(subject: str, text: str) -> None:
    inner = read_letter(letter(text, subject=subject)).forwarded
    assert inner is not None
    assert inner.sender == Person("dan@mill.example", "Dan Roe")
    assert inner.subject == "Disk is full"
    assert inner.date == datetime(2026, 9, 14, 10, 15, tzinfo=UTC)


def test_it_knows_who_wrote_an_enclosed_letter() -> None:
    inner = "From: Dan <dan@mill.example>\nSubject: Disk\nDate: Mon, 14 Sep 2026 10:15:00 +0300\n\nhelp"
    head = "Subject: Fwd: Disk\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n"
    raw = f"{head}--b\nContent-Type: message/rfc822\n\n{inner}\n--b--"
    read = read_letter(raw.encode())
    assert read.forwarded is not None and read.forwarded.sender == Person("dan@mill.example", "Dan")
    assert read.forwarded.date == datetime(2026, 9, 14, 7, 15, tzinfo=UTC)


def test_it_takes_an_answer_for_no_forwarded_letter() -> None:
    text = "Да.\n\n________________\nОт: Support <s@o.example>\nОтправлено: 14 мая 2026 г. 10:15\nКому: Clara\nТема: x\n\nhelp"
    assert read_letter(letter(text, subject="RE: x")).forwarded is None


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("Monday, November 23, 2026 10:15 PM", "2026-11-23T22:15:00+00:00"),
        ("23 ноября 2026 г. 10:15:30 GMT+03:00", "2026-11-23T07:15:30+00:00"),
        ("23.11.2026 10:15", "2026-11-23T10:15:00+00:00"),
        ("2026-11-23 10:15 +0300", "2026-11-23T07:15:00+00:00"),
        ("lundi 23 novembre 2026 10:15", "2026-11-23T10:15:00+00:00"),
        ("99.99.2026", None),
        ("soon", None),
    ],
)
def test_it_reads_moments_as_people_do(words: str, moment: str | None) -> None:
    found = read_moment(words)
    assert (found.isoformat() if found else None) == moment
