"""Charsets, codings, names and parts as broken as they come, the third time. Expectations were written before the first run."""

from base64 import b64encode
from datetime import UTC, datetime
from quopri import encodestring

import pytest

from opora.desk.channels.email.parsing import read_letter
from tests.email.test_hard_octets import b, read

WORDS = "Здравствуйте, пропал доступ к почте. Ошибка 0x800CCC0E."
PLAIN = {
    "KOI8-R called iso-8859-1": (b"Content-Type: text/plain; charset=iso-8859-1\n", WORDS.encode("koi8-r"), WORDS),
    "cp1251 called windows-1252": (b"Content-Type: text/plain; charset=windows-1252\n", WORDS.encode("cp1251"), WORDS),
    "cp1251 quoted, without a charset": (
        b"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n",
        encodestring(WORDS.encode("cp1251")),
        WORDS,
    ),
    "KOI8-R base64, without a charset": (
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n",
        b64encode(WORDS.encode("koi8-r")),
        WORDS,
    ),
    "cp866 in short": (b"", "Не работает".encode("cp866"), "Не работает"),
    "charset in quotes with blanks": (
        b'Content-Type: text/plain; charset = "koi8-r" \n',
        WORDS.encode("koi8-r"),
        WORDS,
    ),
    "charset=cp-1251": (b"Content-Type: text/plain; charset=cp-1251\n", WORDS.encode("cp1251"), WORDS),
    "charset=win-1251": (b"Content-Type: text/plain; charset=win-1251\n", WORDS.encode("cp1251"), WORDS),
    "charset=utf8mb4": (b"Content-Type: text/plain; charset=utf8mb4\n", WORDS.encode(), WORDS),
    "charset=unicode-1-1-utf-7": (
        b"Content-Type: text/plain; charset=unicode-1-1-utf-7\n",
        "Привет".encode("utf-7"),
        "Привет",
    ),
    "UTF-16LE said and meant": (
        b"Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n",
        b64encode("Привет".encode("utf-16le")),
        "Привет",
    ),
    "Shift-JIS without a label": (
        b"",
        "サーバーに接続できません。確認をお願いします。".encode("shift-jis"),
        "サーバーに接続できません。確認をお願いします。",
    ),
    "ISO-2022-JP without a label": (
        b"",
        "サーバーに接続できません。".encode("iso-2022-jp"),
        "サーバーに接続できません。",
    ),
    "EUC-KR said ks_c_5601-1987": (
        b'Content-Type: text/plain; charset="ks_c_5601-1987"\n',
        "안녕하세요".encode("cp949"),
        "안녕하세요",
    ),
    "Big5": (b"Content-Type: text/plain; charset=big5\n", "伺服器無法連線".encode("big5"), "伺服器無法連線"),
    "Latin-1 without a label": (
        b"",
        "Grüße aus München, größter Ärger".encode("latin-1"),
        "Grüße aus München, größter Ärger",
    ),
    "no content type's subtype": (b"Content-Type: text\n", b"hello", "hello"),
    "content type is nonsense": (b"Content-Type: foo\n", b"hello", "hello"),
    "flowed with stuffing": (
        b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=no\n",
        b"This is a long \nline of words.\n From here it is another.\n",
        "This is a long line of words.\nFrom here it is another.",
    ),
    "flowed with delsp": (
        b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n",
        "Сер \nвер лежит".encode(),
        "Сервер лежит",
    ),
    "carriage returns alone": (b"", b"one\rtwo\rthree", "one\ntwo\nthree"),
    "quoted-printable broken at the end": (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
        b"=D0=9F=D1=80=D0=B8=D0=B2=D0=B5=D1=82=D",
        "Привет=D",
    ),
    "base64 said, plain words sent": (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n",
        "Привет, это не base64!".encode(),
        "Привет, это не base64!",
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_it_reads_the_words_however_coded(name: str) -> None:
    head, octets, meant = PLAIN[name]
    assert read(head, octets).text.strip() == meant


@pytest.mark.parametrize(
    "words", ["Umlaute äöü fehlen", "äöüÄÖÜß", "les lettres éèêëàùç", "ñáéíóú", "øåæ ØÅÆ", "ÀÁÂÃÄÅ", "Ñandú ÑÁÉ"]
)
def test_it_takes_no_western_words_for_russian(words: str) -> None:
    assert read(b"Content-Type: text/plain; charset=iso-8859-1\n", words.encode("latin-1")).text == words


SUBJECTS = {
    "underscores and question marks": ("=?utf-8?Q?=D0=9A=D0=B0=D0=BA=3F_?= =?utf-8?Q?=D0=B4=D0=B0?=", "Как? да"),
    "KOI8-R within a UTF-8 label": (
        "=?utf-8?B?" + b64encode("Сервер упал".encode("koi8-r")).decode() + "?=",
        "Сервер упал",
    ),
    "two charsets": (b("Сервер", "koi8-r") + " " + b(" упал", "cp1251"), "Сервер упал"),
    "raw UTF-8": ("Счёт № 5 — «оплата»", "Счёт № 5 — «оплата»"),
    "emoji": (b("🔥 Всё горит"), "🔥 Всё горит"),
    "encoded twice": (b(b("Сервер упал")), "Сервер упал"),
    "a newline within": (b("Сервер\nупал"), "Сервер упал"),
    "empty words": ("=?utf-8?B??= =?utf-8?Q??=", ""),
    "tabs and folds": ("Re:\n\t=?utf-8?B?0KHQtdGA0LLQtdGA?=\n\t=?utf-8?B?INGD0L/QsNC7?=", "Re: Сервер упал"),
    "the coding in small letters": ("=?UTF-8?b?0JTQsA==?=", "Да"),
    "a question mark unescaped in Q": ("=?utf-8?Q?=D0=94=D0=B0??=", "Да?"),
    "gb2312 with a letter beyond": ("=?gb2312?B?" + b64encode("朱镕基".encode("gbk")).decode() + "?=", "朱镕基"),
    "iso-2022-jp": (b("接続できません", "iso-2022-jp"), "接続できません"),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_it_reads_the_subject(name: str) -> None:
    raw, meant = SUBJECTS[name]
    assert read(f"Subject: {raw}\n".encode()).subject == meant


FILES = {
    "RFC 2231 in pieces, one of them plain": (
        "Content-Disposition: attachment; filename*0*=utf-8''%D0%A1%D1%87%D1%91%D1%82; filename*1=\" 5\"; filename*2*=%2Epdf",
        "Счёт 5.pdf",
    ),
    "RFC 2231 out of order": (
        "Content-Disposition: attachment; filename*1*=%D1%91%D1%82.pdf; filename*0*=utf-8''%D0%A1%D1%87",
        "Счёт.pdf",
    ),
    "RFC 2231 in KOI8-R": ("Content-Disposition: attachment; filename*=koi8-r'ru'%F3%DE%A3%D4.pdf", "Счёт.pdf"),
    "RFC 2047 in quotes, wrapped": (
        f'Content-Disposition: attachment; filename="{b("Договор ")}\n {b("аренды.docx")}"',
        "Договор аренды.docx",
    ),
    "both, the plain one first": (
        'Content-Disposition: attachment; filename="=?utf-8?B?0KHRh9GR0YIucGRm?="; '
        "filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf",
        "Счёт.pdf",
    ),
    "percent signs without any form": ('Content-Disposition: attachment; filename="100% done.pdf"', "100% done.pdf"),
    "8-bit cp1251": ('Content-Disposition: attachment; filename="Счёт.pdf"', "Счёт.pdf"),
    "only the type names it": (
        f"Content-Disposition: attachment\nX-Y: 1\nContent-Description: x\nContent-Type: application/pdf;\n "
        f'name="{b("Счёт.pdf")}"',
        "Счёт.pdf",
    ),
    "a path": ('Content-Disposition: attachment; filename="C:\\\\Users\\\\Пётр\\\\Счёт.pdf"', "Счёт.pdf"),
    "a semicolon within quotes": ('Content-Disposition: attachment; filename="a;b.pdf"', "a;b.pdf"),
    "blanks, no quotes": ("Content-Disposition: attachment; filename=Счёт на оплату.pdf", "Счёт на оплату.pdf"),
}


@pytest.mark.parametrize("name", FILES)
def test_it_reads_the_files_name(name: str) -> None:
    head, meant = FILES[name]
    coded = f"{head}\n".encode("cp1251" if "8-bit" in name else "utf-8")
    kind = b"" if "Content-Type" in head else b"Content-Type: application/pdf\n"
    body = b"--b\nContent-Type: text/plain\n\nhello\n--b\n" + kind + coded + b"\n%PDF\n--b--\n"
    [file] = read(b"Content-Type: multipart/mixed; boundary=b\n", body).attachments
    assert file.name == meant


def parts(kind: str, *bodies: str) -> tuple[bytes, bytes]:
    text = "".join(f"--b\n{body}\n" for body in bodies) + "--b--\n"
    return f"Content-Type: multipart/{kind}; boundary=b\n".encode(), text.encode()


PLAIN_PART, HTML_PART = (
    "Content-Type: text/plain; charset=utf-8\n\nслова",
    "Content-Type: text/html; charset=utf-8\n\n<p>слова</p>",
)
MIME = {
    "the empty plain half": (parts("alternative", "Content-Type: text/plain\n\n\n", HTML_PART), "слова", []),
    "HTML before plain": (parts("alternative", HTML_PART, PLAIN_PART), "слова", []),
    "a file within alternative": (
        parts("alternative", PLAIN_PART, "Content-Type: application/pdf; name=a.pdf\n\n%PDF"),
        "слова",
        ["a.pdf"],
    ),
    "Apple, words between files": (
        parts(
            "mixed",
            "Content-Type: text/plain; charset=utf-8\n\nпервое",
            "Content-Type: application/pdf; name=a.pdf\n\n%PDF",
            "Content-Type: text/plain; charset=utf-8\n\nвторое",
        ),
        "первое второе",
        ["a.pdf"],
    ),
    "a list's footer below": (
        parts("mixed", PLAIN_PART, "Content-Type: text/plain; charset=utf-8\n\n_____\nlist footer"),
        "слова _____ list footer",
        [],
    ),
    "a plain text file": (
        parts(
            "mixed",
            PLAIN_PART,
            "Content-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename=log.txt\n\nlog",
        ),
        "слова",
        ["log.txt"],
    ),
    "an enclosed letter": (
        parts("mixed", PLAIN_PART, "Content-Type: message/rfc822\n\nSubject: Inner\nFrom: x@y.example\n\ninner words"),
        "слова",
        ["Inner.eml"],
    ),
    "an enclosed letter, base64": (
        parts(
            "mixed",
            PLAIN_PART,
            "Content-Type: message/rfc822; name=a.eml\nContent-Transfer-Encoding: base64\n\n"
            + b64encode(b"Subject: Inner\n\nx").decode(),
        ),
        "слова",
        ["a.eml"],
    ),
    "S/MIME, clear": (
        parts(
            'signed; protocol="application/pkcs7-signature"; micalg=sha-256',
            PLAIN_PART,
            "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Disposition: attachment; filename=smime.p7s\n\nx",
        ),
        "слова",
        ["smime.p7s"],
    ),
    "the last boundary missing": (
        (b"Content-Type: multipart/mixed; boundary=b\n", f"--b\n{PLAIN_PART}\n".encode()),
        "слова",
        [],
    ),
    "boundary with blanks and quotes": (
        (b'Content-Type: multipart/mixed; boundary="a b=c"\n', f"--a b=c\n{PLAIN_PART}\n--a b=c--\n".encode()),
        "слова",
        [],
    ),
    "boundary not said": (
        (b"Content-Type: multipart/mixed\n", f"--xyz\n{PLAIN_PART}\n--xyz--\n".encode()),
        "слова",
        [],
    ),
    "multipart said, none there": ((b"Content-Type: multipart/mixed; boundary=b\n", "слова".encode()), "слова", []),
}


@pytest.mark.parametrize("name", MIME)
def test_it_finds_words_and_files_among_the_parts(name: str) -> None:
    (head, body), words, files = MIME[name]
    letter = read(head, body)
    assert " ".join(letter.text.split()) == words
    assert [file.name for file in letter.attachments if not file.inline] == files


def test_it_folds_what_pgp_writes_around_signed_words() -> None:
    letter = read(
        b"",
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nPlease restart web-01.\n\n> Which one?\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n",
    )
    assert (letter.reply_text, letter.signed) == ("Please restart web-01.", "pgp")
    assert all(words in letter.quoted_text for words in ("Which one?", "Hash: SHA256", "iQEzBAEB"))


def test_it_recognises_what_is_sealed() -> None:
    opaque = read(
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n",
        b64encode(b"\x30\x80"),
    )
    pgp = read(
        *parts(
            'encrypted; protocol="application/pgp-encrypted"',
            "Content-Type: application/pgp-encrypted\n\nVersion: 1",
            "Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----",
        )
    )
    inline = read(b"", b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n")
    signed = read(
        *parts(
            'signed; protocol="application/pgp-signature"', PLAIN_PART, "Content-Type: application/pgp-signature\n\nx"
        )
    )
    assert [bool(letter.encrypted) for letter in (opaque, pgp, inline, signed)] == [True, True, True, False]
    assert bool(signed.signed)


SENDERS = {
    "a group": ("undisclosed-recipients:;", None),
    "two of them": ("Clara <c@b.example>, Dan <d@m.example>", ("c@b.example", "Clara")),
    "surname first, unquoted, encoded": (f"{b('Иванов, Пётр')} <p@r.example>", ("p@r.example", "Иванов, Пётр")),
    "a quoted local part": ('"p..x"@r.example', ('"p..x"@r.example', "")),
    "capitals": ("CLARA@Bakery.EXAMPLE", ("clara@bakery.example", "")),
    "name below the address": ("c@b.example\n (Clara Berg)", ("c@b.example", "Clara Berg")),
    "8-bit KOI8-R": ("Пётр Иванов <p@r.example>", ("p@r.example", "Пётр Иванов")),
    "quotes within quotes": (r'"ООО \"Ромашка\"" <p@r.example>', ("p@r.example", 'ООО "Ромашка"')),
    "no angle at the end": ("Clara <c@b.example", ("c@b.example", "Clara")),
    "punycode": ("p@xn--e1afmkfd.xn--p1ai", ("p@xn--e1afmkfd.xn--p1ai", "")),
}


@pytest.mark.parametrize("name", SENDERS)
def test_it_reads_the_sender(name: str) -> None:
    written, meant = SENDERS[name]
    sender = read_letter(f"From: {written}\nSubject: x\n\nx".encode("koi8-r" if "KOI8" in name else "utf-8")).sender
    assert (sender and (sender.email.lower(), sender.name)) == meant


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("Mon, 23 Nov 2026 07:15:41 -0000", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("Mon Nov 23 10:15:41 2026", datetime(2026, 11, 23, 10, 15, 41, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:15:41 EST", datetime(2026, 11, 23, 15, 15, 41, tzinfo=UTC)),
        ("23.11.2026 10:15:41 +0300", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("Mon,23 Nov 2026 10:15:41 +03:00", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("Mon, 23 November 2026 10:15:41 +0300", datetime(2026, 11, 23, 7, 15, 41, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 24:15:41 +0300", None),
    ],
)
def test_it_reads_the_date(words: str, moment: datetime | None) -> None:
    assert read(f"Date: {words}\n".encode()).date == moment
