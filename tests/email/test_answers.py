"""What an answer to a request for confirmation says: its words without a signature, and what stands beside them."""

import pytest

from opora.desk.channels.email.answers import Said, said_in
from opora.desk.channels.email.parsing import Letter, read_letter
from tests.email.letters import letter

BELOW = "\n\nOn Mon, 23 Nov 2026 at 10:15, Support <support@opora.example> wrote:\n> Access: an ordinary user.\n"


def plain(body: str) -> Letter:
    return read_letter(letter(body))


def parts(kind: str, *bodies: str) -> Letter:
    text = "".join(f"--b\n{body}\n" for body in bodies)
    return read_letter(f"From: c@b.example\nContent-Type: multipart/{kind}; boundary=b\n\n{text}--b--\n".encode())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Да", "Да"),
        ("Да\n\nОтправлено с iPhone", "Да"),
        ("Да\n\n-- \nПётр Иванов, ведущий инженер\nООО «Ромашка»", "Да"),
        ("Yes\n\nSent from my iPhone", "Yes"),
        ("Подтверждаю.\n-- \nПётр Иванов\nтел. 1", "Подтверждаю."),
        ("-- \nДа Винчи", ""),
        ("Отправлено с iPhone", ""),
    ],
)
def test_it_sets_a_signature_apart_however_short_the_answer(body: str, words: str) -> None:
    for below in ("", BELOW):
        assert said_in(plain(body + below)) == Said(words, "")


@pytest.mark.parametrize(
    "signature",
    [
        "кроме базы",
        "but not on Friday",
        "P.S. Олега не пускать",
        "если успеете до 22:00",
        "22:00-23:00",
        "после обеда",
        "without db1",
    ],
)
@pytest.mark.parametrize("yes", ["Да", "Подтверждаю работы"])
def test_it_takes_no_restriction_for_a_signature(yes: str, signature: str) -> None:
    for below in ("", BELOW):
        assert signature in said_in(plain(f"{yes}\n-- \n{signature}{below}")).words


HTML = "Content-Type: text/html; charset=utf-8\n\n"
PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
CASES = {
    "two forms of the same": (
        parts("alternative", f"{PLAIN}Да, [image: logo]\nподтверждаю", f"{HTML}<b>Да</b>, подтверждаю"),
        "",
    ),
    "HTML alone": (read_letter(f"From: c@b.example\n{HTML}<p>Да</p>".encode()), ""),
    "two forms that differ": (parts("alternative", f"{PLAIN}Да", f"{HTML}<p>Да, но не сегодня</p>"), "two_readings"),
    "struck out": (parts("alternative", f"{PLAIN}Да", f"{HTML}<s>Да</s>"), "two_readings"),
    "struck out by style": (
        read_letter(f"From: c@b.example\n{HTML}<span style='text-decoration: line-through'>Да</span>".encode()),
        "two_readings",
    ),
    "a file": (parts("mixed", f"{PLAIN}Да", "Content-Type: application/pdf; name=conditions.pdf\n\n%PDF"), "enclosed"),
    "another letter": (parts("mixed", f"{PLAIN}Да", "Content-Type: message/rfc822\n\nSubject: No\n\nno"), "enclosed"),
    "an invitation": (
        parts(
            "alternative",
            f"{PLAIN}Да",
            "Content-Type: text/calendar; method=COUNTER\n\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT",
        ),
        "enclosed",
    ),
    "a seal": (parts("signed", f"{PLAIN}Да", "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx"), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_it_names_what_stands_beside_a_yes(name: str) -> None:
    written, beside = CASES[name]
    assert said_in(written).beside == beside
