"""What goes over the wire: right for other programs, and nothing a person writes can change a header."""

import email
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.channels.email.composing import Enclosure, Outgoing, compose, shorten_references, tagged_subject
from opora.desk.channels.email.parsing import Person, read_letter
from opora.desk.channels.email.tokens import derive_key, find_ticket, message_id_for, reply_address, token_for

AT = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
KEY = derive_key("secret", "token")


def outgoing(**more: object) -> Outgoing:
    words: dict[str, object] = {
        "sender": Person("support@opora.example", "Поддержка, Northwind"),
        "to": [Person("clara@bakery.example", 'Clara "the boss" Berg')],
        "subject": "Re: Магазин тормозит [T-1042]",
        "text": "Здравствуйте!\n\nПосмотрите https://status.example/a?b=1&c=2.\n.\nFrom here on <all> is well.",
        "date": AT,
        "message_id": message_id_for("u1", 1042, KEY, "opora.example"),
        "reply_to": reply_address("support@opora.example", 1042, KEY),
        "in_reply_to": "one@bakery.example",
        "references": ["zero@bakery.example"],
        "language": "ru",
        "loop_mark": "abc123",
    }
    return Outgoing(**(words | more))  # type: ignore[arg-type]


def test_it_is_read_by_another_program_as_it_was_meant() -> None:
    raw = compose(outgoing(quoted="Всё плохо\nочень", quoted_intro="14.09.2026, 10:00, Clara <clara@bakery.example>:"))
    read = email.message_from_bytes(raw, policy=policy.default)
    assert read["Subject"] == "Re: Магазин тормозит [T-1042]"
    assert read["From"].addresses[0].display_name == "Поддержка, Northwind"
    assert read["To"].addresses[0].display_name == 'Clara "the boss" Berg'
    assert read["In-Reply-To"] == "<one@bakery.example>"
    assert read["References"].split() == ["<zero@bakery.example>", "<one@bakery.example>"]
    assert "Auto-Submitted" not in read
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None and html is not None
    assert "From here on <all> is well." in plain.get_content() and "> Всё плохо\r\n> очень" in plain.get_content()
    assert '<a href="https://status.example/a?b=1&amp;c=2">' in html.get_content()
    assert "&lt;all&gt;" in html.get_content()


def test_it_marks_what_no_person_wrote() -> None:
    read = read_letter(compose(outgoing(automatic=True, answers=True)))
    assert read.automatic.why == "Auto-Submitted: auto-replied" and not read.automatic.answerable
    assert read.own_loop_marks == ("abc123",)


def test_it_encloses_files_with_their_names() -> None:
    files = [
        Enclosure("счёт за сентябрь.pdf", "application/pdf", b"%PDF-\0\xff"),
        Enclosure('a"b.txt', "text/plain", b"x"),
    ]
    read = read_letter(compose(outgoing(enclosures=files)))
    assert [(file.name, file.content) for file in read.attachments] == [
        ("счёт за сентябрь.pdf", b"%PDF-\0\xff"),
        ("a_b.txt", b"x"),
    ]


def test_it_gives_the_same_octets_every_time() -> None:
    assert compose(outgoing()) == compose(outgoing())


@pytest.mark.parametrize(
    "more",
    [
        {"to": [Person("clara@bakery.example\r\nBcc: x@y.example")]},
        {"to": [Person("not an address")]},
        {"to": [Person("a@b")]},
        {"message_id": "a b@c"},
        {"in_reply_to": "x@y>\r\nBcc: <z@z"},
        {"loop_mark": "a\nb"},
        {"reply_to": "a@b.example, c@d.example"},
    ],
)
def test_it_refuses_what_is_no_address_or_id(more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a"):
        compose(outgoing(**more))


_ANY = st.text(max_size=300) | st.sampled_from(
    ["a\r\nBcc: x@y.example", "\n\nbody", "=?utf-8?q?=0A?=", "\u2028X: y", "\0"]
)


@given(subject=_ANY, name=_ANY, text=_ANY, quoted=_ANY, file=_ANY)
def test_it_cannot_be_made_to_say_another_header(subject: str, name: str, text: str, quoted: str, file: str) -> None:
    raw = compose(
        outgoing(
            subject=subject,
            to=[Person("clara@bakery.example", name)],
            text=text,
            quoted=quoted,
            quoted_intro=name,
            enclosures=[Enclosure(file, "text/plain", text.encode("utf-8", "replace"))],
        )
    )
    head = raw.split(b"\r\n\r\n", 1)[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert set(names) <= {
        b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"X-Opora-Loop",
        b"Content-Language", b"MIME-Version", b"Content-Type",
    }  # fmt: skip
    assert len(names) == len(set(names))
    assert all(len(line) <= 998 for line in raw.split(b"\r\n")) and raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    read = read_letter(raw)
    assert read.to[0].email == "clara@bakery.example" and len(read.to) == 1
    assert len(read.attachments) == 1


def test_it_keeps_the_thread_short() -> None:
    ids = [f"{number}@x.example" for number in range(60)]
    kept = shorten_references(ids, "59@x.example")
    assert len(kept) == 20 and kept[0] == "0@x.example" and kept[-1] == "59@x.example"


@pytest.mark.parametrize("subject", ["Help", "Re: Help", "RE: Fwd: Help [T-7]", "Отв: Help", "Help [T-7]"])
def test_it_names_the_ticket_once_in_the_subject(subject: str) -> None:
    assert tagged_subject(subject, 7) == "Re: Help [T-7]"


@given(st.integers(1, 10**15))
def test_it_knows_its_own_token_again(number: int) -> None:
    address = reply_address("support@opora.example", number, KEY)
    assert find_ticket(["x@y.example", address.upper()], KEY) == number
    assert find_ticket([message_id_for("u", number, KEY, "opora.example")], KEY) == number
    assert len(address.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: token.replace("t+1042", "t+1043"),
        lambda token: token[:-4],
        lambda token: token + "a",
    ],
)
def test_it_takes_no_token_it_did_not_sign(spoil: Callable[[str], str]) -> None:
    assert find_ticket([spoil(token_for(1042, KEY))], KEY) is None
    assert find_ticket([token_for(1042, derive_key("other", "token"))], KEY) is None
