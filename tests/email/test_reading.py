"""Understanding letters: what programs really write, and what nobody should write."""

import email
import json
import random
from email import policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.channels.email.parsing import Letter, Person, read_letter
from opora.desk.channels.email.parsing.tree import read_tree
from tests.email.letters import CORPUS, letter

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the mail corpus is not at {CORPUS}")


def storable(read: Letter) -> bool:
    """Nothing PostgreSQL would refuse."""
    people = [person for person in (read.sender, *read.to, *read.cc, *read.reply_to) if person]
    texts = [read.subject, read.text, read.html, read.reply_text, read.quoted_text, read.message_id, read.automatic.why]
    texts += [part for person in people for part in (person.email, person.name)]
    texts += [*read.references, *read.in_reply_to, *read.defects, read.bounce.status, read.bounce.explanation]
    texts += [part for file in read.attachments for part in (file.name, file.type, file.content_id)]
    for text in texts:
        text.encode("utf-8")
    return not any("\0" in text for text in texts)


def test_it_reads_an_ordinary_letter() -> None:
    read = read_letter(
        letter("Please help.\n\n-- \nClara\n", Cc="Carl <carl@bakery.example>", References="<a@x> <b@x>")
    )
    assert read.subject == "The shop is slow"
    assert read.sender == Person("clara@bakery.example", "Clara Berg")
    assert read.cc == (Person("carl@bakery.example", "Carl"),)
    assert (read.message_id, read.references) == ("one@bakery.example", ("a@x", "b@x"))
    assert (read.reply_text, read.quoted_text) == ("Please help.", "-- \nClara")
    assert read.date is not None and read.date.isoformat() == "2026-09-14T07:00:00+00:00"
    assert not read.automatic and read.automatic.answerable and not read.bounce and not read.defects


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "cp866", "iso8859-5", "utf-8"])
def test_it_reads_a_russian_subject_without_any_label(charset: str) -> None:
    raw = b"From: a@b.example\r\nSubject: " + "тест тест".encode(charset) + b"\r\n\r\nhello\r\n"
    assert read_letter(raw).subject == "тест тест"


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "cp866", "iso8859-5", "utf-8"])
@pytest.mark.parametrize("subject", ["СРОЧНО!", "Отчёт.pdf", "Не работает VPN", "Re: вопрос", "Жду", "Ольга Щукина"])
def test_it_guesses_the_charset_of_a_word(subject: str, charset: str) -> None:
    read = read_letter(b"Subject: " + subject.encode(charset) + b"\n\n").subject
    assert read == subject or (subject, charset) in (
        ("Счёт", "cp866"),
        ("Счёт", "iso8859-5"),
    )  # Сзёт and яПЧР are as likely


@pytest.mark.parametrize(
    ("subject", "charset"),
    [("Grüße aus Köln", "latin1"), ("Déjà reçu", "latin1"), ("你好世界，问题", "gb2312"),
     ("日本語のテスト件名", "shift_jis"),
     ("한국어 제목입니다", "euc-kr"), ("Zażółć gęślą jaźń", "cp1250"), ("“quoted” – dash", "cp1252")],
)  # fmt: skip
def test_it_takes_no_other_language_for_russian(subject: str, charset: str) -> None:
    assert read_letter(b"Subject: " + subject.encode(charset) + b"\n\n").subject == subject


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?B?0J/RgNC40LLQtdG?=", "Приве\ufffd"),
        ("=?utf-8?B?0J/RgNC4?= =?utf-8?B?0LLQtdGC?=", "Привет"),
        ("=?utf-8?B?0J/R?= =?utf-8?B?gNC40LLQtdGC?=", "Привет"),
        ("=?koi8-r?Q?=F4=C5=D3=D4?= done", "Тест done"),
        ("=?iso-8859-1?Q?Die Hasen?=", "Die Hasen"),
        ("=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?x-unknown?Q?abc?=", "abc"),
        ("=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"),
        ("=?utf-8?B?broken", "=?utf-8?B?broken"),
        ("a\0b", "ab"),
    ],
)
def test_it_reads_encoded_words(written: str, read: str) -> None:
    assert read_letter(f"Subject: {written}\n\n".encode()).subject == read


@pytest.mark.parametrize(
    ("written", "people"),
    [
        ("a@b.example", [("a@b.example", "")]),
        ('"Berg, Clara" <c@b.example>, d@e.example', [("c@b.example", "Berg, Clara"), ("d@e.example", "")]),
        ("c@b.example (Clara (the owner))", [("c@b.example", "Clara the owner")]),
        ("Team: a@b.example, B <b@b.example>;", [("a@b.example", ""), ("b@b.example", "B")]),
        ("Clara <c@b.example.>", [("c@b.example", "Clara")]),
        ("<mailto:c@b.example>", [("c@b.example", "")]),
        ("=?utf-8?B?0JjQstCw0L0sINCh?= <i@b.example>", [("i@b.example", "Иван, С")]),
        ("Clara c@b.example", [("c@b.example", "Clara")]),
        ("postmaster", [("postmaster", "")]),
        ("Petrov, Ivan <i@b.example>", [("i@b.example", "Petrov, Ivan")]),
        ("A <a@b.example> C <c@b.example>", [("a@b.example", "A"), ("c@b.example", "C")]),
        ("Ivan [i@b.example]", [("i@b.example", "Ivan")]),
        ("=?utf-8?B?0JjQstCw0L0gPGlAYi5leGFtcGxlPg==?=", [("i@b.example", "Иван")]),
        ('"Shop" <"a b"@c.example>', [('"a b"@c.example', "Shop")]),
        ('"Whole, name" <>', [("", "Whole, name")]),
        ("undisclosed-recipients:;", []),
        ('"no end <c@b.example>', [("c@b.example", "no end")]),
    ],
)
def test_it_reads_addresses_as_people_write_them(written: str, people: list[tuple[str, str]]) -> None:
    found = read_letter(f"To: {written}\n\n".encode()).to
    assert [(person.email, person.name) for person in found] == people or written.startswith('"no end')


def test_it_finds_the_sender_after_a_line_that_should_have_been_indented() -> None:
    raw = b"Received: from a\nby b with c\nFrom: Clara <c@b.example>\nSubject: Help\n\nwords\n"
    read = read_letter(raw)
    assert (read.subject, read.sender and read.sender.email, read.text.strip()) == ("Help", "c@b.example", "words")


def test_it_takes_a_block_that_never_ends_for_words() -> None:
    read = read_letter(b"Subject: Help\nThe server is down.\nPlease look at it.\nNow.\nReally.\n\nThanks\n")
    assert read.subject == "Help"
    assert "The server is down." in read.text and "Thanks" in read.text


def multipart(kind: str, *parts: str) -> bytes:
    return (
        f'From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="x y"\n\n'
        + "".join(f"--x y\n{part}\n" for part in parts)
        + "--x y--\n"
    ).encode()


def test_it_keeps_a_forwarded_letter_as_a_file() -> None:
    inner = "Content-Type: message/rfc822\n\nSubject: Old words\nFrom: z@z.example\n\nThe old words\n"
    read = read_letter(multipart("mixed", "Content-Type: text/plain\n\nsee below\n", inner))
    assert read.text.strip() == "see below"
    assert [(file.name, file.type) for file in read.attachments] == [("Old words.eml", "message/rfc822")]
    assert b"The old words" in read.attachments[0].content


def test_it_reads_file_names_in_every_spelling() -> None:
    names = [
        "filename*=utf-8''%D1%81%D1%87%D1%91%D1%82.pdf",
        "filename*0*=utf-8''%D1%81%D1%87; filename*1*=%D1%91%D1%82; filename*2=.pdf",
        'filename="=?utf-8?B?0YHRh9GR0YI=?=.pdf"',
        'filename="../../счёт.pdf"',
    ]
    parts = [f"Content-Type: application/pdf\nContent-Disposition: attachment; {name}\n\nx" for name in names]
    assert [file.name for file in read_letter(multipart("mixed", *parts)).attachments] == ["счёт.pdf"] * 4


def test_it_tells_pictures_in_the_text_from_files() -> None:
    html = 'Content-Type: text/html\n\n<p>Look: <img src="cid:one@x"></p>'
    shown = "Content-Type: image/png\nContent-ID: <one@x>\nContent-Disposition: inline\n\nx"
    loose = "Content-Type: image/png; name=a.png\nContent-ID: <two@x>\nContent-Disposition: inline\n\nx"
    files = read_letter(multipart("related", html, shown, loose)).attachments
    assert [(file.content_id, file.inline) for file in files] == [("one@x", True), ("two@x", False)]


def test_it_reads_the_words_of_a_letter_that_is_only_html() -> None:
    raw = b"Content-Type: text/html; charset=utf-8\n\n<style>p{}</style><p>One<br>two</p><blockquote>old</blockquote>"
    read = read_letter(raw)
    assert read.text == "One\ntwo\n\n> old"
    assert read.reply_text == "One\ntwo"


@pytest.mark.parametrize(
    ("headers", "automatic", "answers"),
    [
        ({"Auto-Submitted": "auto-replied"}, True, True),
        ({"Auto-Submitted": "auto-generated"}, True, False),
        ({"Auto-Submitted": "no"}, False, False),
        ({"Precedence": "bulk"}, True, False),
        ({"Return-Path": "<>"}, True, False),
        ({"X-Auto-Response-Suppress": "All"}, True, False),
        ({"X-Autoreply": "yes"}, True, True),
        ({"List-Id": "<x.y>"}, False, False),
        ({"Subject": "Автоответ: Re: ваш запрос"}, True, False),
        ({"Subject": "Automatic reply: your request", "X-Auto-Response-Suppress": "All"}, True, True),
        ({"Subject": "Auto reply does not work on our mailbox"}, False, False),
        ({"Subject": "Сломался автоответчик"}, False, False),
        ({"Subject": "Delivery of our server failed?"}, False, False),
    ],
)
def test_it_knows_a_program_from_a_person(headers: dict[str, str], automatic: bool, answers: bool) -> None:
    words = {name.replace("-", "_").lower(): value for name, value in headers.items()}
    read = read_letter(letter(**words))
    assert (bool(read.automatic), read.automatic.reply) == (automatic, answers)


def test_it_does_not_answer_a_no_reply_address_but_takes_it_for_a_letter() -> None:
    read = read_letter(letter(sender="Shop <no-reply@shop.example>"))
    assert not read.automatic and not read.automatic.answerable


def test_it_reads_a_delivery_report() -> None:
    status = (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; gone@bakery.example\nAction: failed\nStatus: 5.1.1\n"
    )
    returned = "Content-Type: text/rfc822-headers\n\nMessage-ID: <ours.t+1.abc@opora.example>\nSubject: x\n"
    raw = multipart("report; report-type=delivery-status", "\nCould not deliver.\n", status, returned)
    read = read_letter(raw)
    assert (read.bounce.kind, read.bounce.status, read.bounce.recipients) == (
        "failed",
        "5.1.1",
        ("gone@bakery.example",),
    )
    assert read.bounce.about_message_id == "ours.t+1.abc@opora.example"
    assert read.automatic and not read.automatic.answerable


def test_it_holds_its_limits() -> None:
    many = read_letter(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2000)
    deep = read_letter(b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(300)))
    long = read_letter(b"Subject: " + b"a" * 300_000 + b"\nFrom: a@b.example\n\nx")
    assert "over 500 parts" in many.defects
    assert "nested over 50 deep" in deep.defects
    assert "header block over 256 kB" in long.defects and len(long.subject) <= 500


@given(st.binary(max_size=2000))
def test_it_never_fails_on_any_octets(raw: bytes) -> None:
    assert storable(read_letter(raw))


_PIECES = [
    b"From: ", b"Subject: ", b"Content-Type: ", b"multipart/mixed; boundary=b", b"message/delivery-status", b"text/html",
    b"text/plain; charset=", b"utf-16", b"koi8-r", b"hz", b"iso-2022-jp", b"idna", b"\n", b"\n\n", b"\r\n", b"--b\n",
    b"--b--", b"=?utf-8?q?", b"?=", b"=?x?B?", b"\0", b"\xed\xa0\x80", b"\xff\xfe", b"<", b">", b"<a@b.c>", b'"', b"(",
    b"Date: ", b"; name*0*=", b"'", b"%", b"%zz", b"99999999999", b"-- \n", b"> x\n", b"On Mon, 1 Jan 2024 wrote:\n",
    b"Content-Transfer-Encoding: base64\n", b"base64", b"quoted-printable", b"x-uuencode", b"begin 644 x\n", b"=",
    b"&#xD800;", b"&#0;", b"<blockquote>", b"<!--", b"References: ", b"Action: failed\n", b"Final-Recipient: rfc822;",
    b"Return-Path: <>\n", b"Message-ID: ", b"\xcf\xf0\xe8",
]  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.sampled_from(_PIECES), max_size=40))
def test_it_never_fails_on_any_mixture(pieces: list[bytes]) -> None:
    assert storable(read_letter(b"".join(pieces)))


@needs_corpus
def test_it_reads_every_letter_of_the_corpus() -> None:
    paths = [path for path in sorted((CORPUS / "raw").rglob("*")) if path.is_file()]
    assert len(paths) > 500
    for path in paths:
        assert storable(read_letter(path.read_bytes())), path.name


@needs_corpus
def test_it_reads_the_corpus_cut_and_spoilt_anywhere() -> None:
    chance = random.Random(4)
    for path in sorted((CORPUS / "raw").rglob("*.eml"))[::6]:
        raw = bytearray(path.read_bytes()[:20_000])
        for _ in range(4):
            for _ in range(8):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            assert storable(read_letter(bytes(raw[: chance.randrange(len(raw))]))), path.name


@needs_corpus
def test_it_reaches_the_marks_of_its_first_form_on_the_corpus() -> None:
    right: dict[str, list[bool]] = {"subject": [], "from_email": [], "n_attachments": [], "is_auto": []}
    for line in (CORPUS / "manifest.jsonl").read_text().splitlines():
        case = json.loads(line)
        if case["kind"] != "rfc822":
            continue
        read, expect = read_letter((CORPUS / case["raw_path"]).read_bytes()), case["expect"]
        if expect.get("subject"):
            right["subject"].append(" ".join(read.subject.split()) == " ".join(expect["subject"].split()))
        if expect.get("from_email"):
            right["from_email"].append(bool(read.sender) and read.sender.key == expect["from_email"].lower())
        if "n_attachments" in expect:
            right["n_attachments"].append(len(read.attachments) == expect["n_attachments"])
        if "is_auto" in expect:
            right["is_auto"].append(bool(read.automatic) == expect["is_auto"])
    shares = {name: sum(found) / len(found) for name, found in right.items()}
    assert shares["subject"] >= 0.96 and shares["from_email"] >= 0.98, shares
    assert shares["n_attachments"] >= 0.9 and shares["is_auto"] >= 0.93, shares


@needs_corpus
def test_it_splits_well_formed_letters_as_the_standard_library_does() -> None:
    compared = 0
    for path in sorted((CORPUS / "raw" / "mime4j").rglob("*.eml")) + sorted((CORPUS / "raw" / "mikel").rglob("*.eml")):
        raw = path.read_bytes()
        theirs = email.message_from_bytes(raw, policy=policy.compat32)
        leaves = [part for part in theirs.walk() if not part.is_multipart()]
        if not theirs.is_multipart() or any(part.defects for part in theirs.walk()):
            continue
        if any(part.get_content_maintype() == "message" for part in theirs.walk()):
            continue
        ours, defects = read_tree(raw)
        boundaries = [part.get_boundary() for part in theirs.walk() if part.is_multipart()]
        if defects or len(set(boundaries)) < len(boundaries):
            continue
        compared += 1
        assert [part.type for part in ours.leaves()] == [part.get_content_type() for part in leaves], path.name
    assert compared > 40


def test_it_joins_flowed_lines() -> None:
    head = b"From: a@b.example\nContent-Type: text/plain; format=flowed%s\n\n"
    assert read_letter(head % b"" + b"One \nline\n> a \n> b\n").text == "One line\n> a \n> b\n"
    assert read_letter(head % b"; delsp=yes" + "одно \nслово\n".encode()).text == "однослово\n"


def test_it_takes_a_third_form_of_the_words_for_no_file() -> None:
    forms = "".join(f"--b\nContent-Type: text/{kind}\n\nhi\n" for kind in ("plain", "x-amp-html", "html"))
    assert read_letter(f"Content-Type: multipart/alternative; boundary=b\n\n{forms}--b--".encode()).attachments == ()
