"""Whole letters of many shapes, written for the tests, and what time and programs do to letters."""

import random
import struct
from base64 import b64encode
from collections.abc import Callable

RUSSIAN = "Добрый день!\n\nСервер не отвечает с утра, посмотрите, пожалуйста.\n\nС уважением,\nКлара\n"
QUOTED = f"{RUSSIAN}\n14.09.2026 12:00, Поддержка <support@opora.example> пишет:\n> Здравствуйте!\n> Номер вашего запроса 5.\n"
HTML = (
    "<html><head><style>p {color: red}</style></head><body><p>Hello &amp; <b>thanks</b>,</p><p>it works.<br>Clara</p>"
    '<img src="cid:logo@x"><div class="gmail_quote"><div>On Mon, Sep 14, 2026 at 10:15 AM S &lt;s@o.example&gt; wrote:<br></div>'
    "<blockquote>Hello</blockquote></div></body></html>"
)
HEAD = (
    "Return-Path: <clara@bakery.example>\nReceived: from mx.example by opora.example; Mon, 14 Sep 2026 12:00:00 +0000\n"
    'From: {name} <clara@bakery.example>\nTo: support@opora.example, "Dan, Roe" <dan@mill.example>\nCc: Team: a@b.example;\n'
    "Subject: {subject}\nDate: Mon, 14 Sep 2026 15:00:00 +0300\nMessage-ID: <{number}@bakery.example>\n"
    "References: <a@opora.example>\n <b@opora.example>\nMIME-Version: 1.0\n"
)


def samples() -> list[bytes]:
    """The letters: always the same ones."""
    heads = [
        {"name": "Clara Berg", "subject": "The shop is slow"},
        {"name": "=?utf-8?B?0JrQu9Cw0YDQsA==?=", "subject": "=?koi8-r?Q?=F3=C5=D2=D7=C5=D2?= =?koi8-r?Q?_=CE=C5?="},
        {"name": "Клара", "subject": "Сервер не отвечает"},
    ]
    bodies = [
        _plain(QUOTED, "utf-8", "8bit"),
        _plain(QUOTED, "koi8-r", "base64"),
        _plain(QUOTED, "windows-1251", "8bit"),
        b"Content-Type: text/html; charset=utf-8\n\n" + HTML.encode(),
        _many("alternative", _plain(RUSSIAN, "utf-8", "base64"), b"Content-Type: text/html\n\n" + HTML.encode()),
        _many(
            "mixed",
            _many(
                "related",
                b"Content-Type: text/html\n\n" + HTML.encode(),
                _file("image/png", "logo.png", b"\x89PNG", "logo@x"),
            ),
            _file("application/pdf", "=?utf-8?B?0J7RgtGH0ZHRgi5wZGY=?=", b"%PDF" * 50),
        ),
        _many(
            "report; report-type=delivery-status",
            b"\nFailed.\n",
            _status(),
            b"Content-Type: message/rfc822\n\nSubject: x\n\ny",
        ),
        _file("application/ms-tnef", "winmail.dat", _bundle()),
        _file(
            "text/calendar; method=REQUEST", "i.ics", b"BEGIN:VEVENT\nSUMMARY:x\nDTSTART:20260914T100000Z\nEND:VEVENT\n"
        ),
        b"Content-Type: text/plain; format=flowed\n\nOne \nline\n> quoted \n> too\n\nbegin 644 a\n#86)C\n`\nend\n",
    ]
    return [HEAD.format(number=number, **head).encode() + body for number, body in enumerate(bodies) for head in heads]


def mutated(chance: random.Random, letters: list[bytes]) -> bytes:
    """One of the letters, with one to three things done to it."""
    raw = chance.choice(letters)[:60_000]
    for _ in range(chance.randrange(1, 4)):
        raw = chance.choice(MUTATIONS)(raw, chance, letters)
    return raw[:200_000]


def _cut(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def _spoil(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    spoilt = bytearray(raw or b"x")
    for _number in range(chance.randrange(1, 12)):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def _drop(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    begin = chance.randrange(len(raw) + 1)
    return raw[:begin] + raw[begin + chance.randrange(200) :]


def _double_header(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    head, gap, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    line = chance.choice(lines)
    return b"\n".join([*lines, *[line] * chance.randrange(1, 30)]) + gap + body


def _fold(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    head, gap, body = raw.partition(b"\n\n")
    places = sorted(chance.randrange(len(head) + 1) for _number in range(chance.randrange(1, 20)))
    pieces = [head[a:b] for a, b in zip([0, *places], [*places, len(head)], strict=True)]
    return chance.choice([b"\n ", b"\r\n\t", b"\n", b"\r", b" \n "]).join(pieces) + gap + body


def _line_ends(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\r", b"\n\n", b"\0\n"]))


def _reencode(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    codec = chance.choice(
        ["koi8-r", "cp1251", "cp866", "iso8859-5", "utf-16", "utf-7", "shift_jis", "iso2022_jp", "gb18030"]
    )
    return raw.decode("utf-8", "replace").encode(codec, "replace")


def _relabel(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    old = chance.choice([b"utf-8", b"base64", b"8bit", b"text/", b"multipart/", b"boundary=", b"koi8-r", b"mixed"])
    new = [
        b"utf-16",
        b"quoted-printable",
        b"x-uuencode",
        b"message/rfc822; x=",
        b"iso-2022-jp",
        b"hz",
        b"text/html",
        b"=",
        b"\xff",
    ]
    return raw.replace(old, chance.choice(new), chance.randrange(1, 4))


def _nest(raw: bytes, chance: random.Random, letters: list[bytes]) -> bytes:
    inner = raw
    for depth in range(chance.choice([1, 1, 2, 5, 60])):
        kind = chance.choice([b"message/rfc822", b"multipart/mixed; boundary=n%d" % depth, b"application/pkcs7-mime"])
        inner = b"Subject: n\nContent-Type: " + kind + b"\n\n--n%d\n\n" % depth + inner + b"\n--n%d--\n" % depth
    return inner


def _join(raw: bytes, chance: random.Random, letters: list[bytes]) -> bytes:
    return raw + chance.choice([b"", b"\n", b"\n--b-mixed\n"]) + chance.choice(letters)[:20_000]


def _plant(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    token = chance.choice(_TOKENS) * chance.choice([1, 1, 3, 200])
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + token + raw[at:]


_TOKENS = [
    b"=?utf-8?B?", b"=?x?Q?=FF?=", b"?=", b"<", b">", b'"', b"(", b"\n\n", b"\r", b"\0", b"\xed\xa0\x80", b"\xff\xfe",
    b"&#xD800;", b"<blockquote>", b"<!--", b"; name*0*=utf-8''%D0", b"; filename*1=x",
    b"On Mon, 1 Jan 2024 10:00, a@b.example wrote:\n", b"> ", b"From: a@b.example\n",
    b"Content-Type: multipart/mixed; boundary=\n", b"begin 644 x\n", b"=ybegin name=x\n", b"\x78\x9f\x3e\x22",
    b"-- \n", b"Date: 99 Foo 99999 99:99:99 +9999\n", b"BEGIN:VEVENT\n", b"\\rtf1{\\u-9", b"\x1b$B", b"~{", b"+AGE-",
    b"=\n",
]  # fmt: skip
MUTATIONS: list[Callable[[bytes, random.Random, list[bytes]], bytes]] = [
    _cut, _cut, _spoil, _drop, _double_header, _fold, _line_ends, _reencode, _relabel, _nest, _join, _plant,
]  # fmt: skip


def _plain(text: str, charset: str, coding: str) -> bytes:
    octets = text.encode(charset)
    coded = b64encode(octets) if coding == "base64" else octets
    return (
        f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {coding}\n\n".encode() + coded + b"\n"
    )


def _many(kind: str, *parts: bytes) -> bytes:
    mark = "b-" + kind[:5]
    inner = b"".join(b"--" + mark.encode() + b"\n" + part + b"\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={mark}\n\n".encode() + inner + f"--{mark}--\n".encode()


def _file(kind: str, name: str, content: bytes, content_id: str = "") -> bytes:
    extra = f"Content-ID: <{content_id}>\n" if content_id else f'Content-Disposition: attachment; filename="{name}"\n'
    head = f'Content-Type: {kind}; name="{name}"\n{extra}Content-Transfer-Encoding: base64\n\n'
    return head.encode() + b64encode(content) + b"\n"


def _status() -> bytes:
    fields = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n"
    return b"Content-Type: message/delivery-status\n\n" + fields.encode()


def _bundle() -> bytes:
    title = struct.pack("<BII", 2, 0x00018010, 6) + b"a.txt\0" + b"\0\0"
    content = struct.pack("<BII", 2, 0x0006800F, 3) + b"abc" + b"\0\0"
    return b"\x78\x9f\x3e\x22\x01\x00" + struct.pack("<BII", 2, 0x00069002, 1) + b"\0\0\0" + title + content
