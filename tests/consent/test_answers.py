"""What an answer in words means. A yes is a yes only when nothing of substance stands beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.desk.consent.rules import Meaning, meaning_of

CLARA = ["Clara Bell", "Northwind Bakery", "clara@bakery.example"]


@pytest.mark.parametrize(
    "text",
    [
        "Yes",
        "yes.",
        "YES!",
        "I confirm.",
        "Confirmed",
        "Hello,\n\nI confirm.\n\nBest regards,\nClara Bell\nNorthwind Bakery",
        "Hi Boris\nApproved, thanks",
        "Yes, I confirm. Thank you very much.",
        "Да",
        "Да, подтверждаю.",
        "Подтверждаю",
        "Здравствуйте!\nСогласовано.\n\nС уважением,\nClara Bell\n+7 495 123-45-67",
        "Добрый день. Подтверждаю, спасибо!",
        "  Согласна \n\n--\nClara Bell\nclara@bakery.example\nhttps://bakery.example",
        "**Yes**",
        "ПОДТВЕРЖДАЮ РАБОТЫ",
        "Да\n\nClara Bell\nтел. 123-45-67\n8 (800) 555-35-35\ninfo@bakery.example\nwww.northwind.example/",
        "Yes\n+44 20 7946 0958\n(495) 123-45-67",
    ],
)
def test_it_takes_a_plain_yes(text: str) -> None:
    assert meaning_of(text, own_words=[*CLARA, "Boris"]) == Meaning.YES


@pytest.mark.parametrize(
    "text", ["No", "no, thanks", "Нет.", "Не подтверждаю", "Hello.\nNot confirmed.\nClara", "Нет, спасибо"]
)
def test_it_takes_a_plain_no(text: str) -> None:
    assert meaning_of(text, own_words=CLARA) == Meaning.NO


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "Yes, but only after 22:00",
        "Yes.\nBut not on db1.",
        "Да, но без перезагрузки",
        "Да. Только не сегодня",
        "Подтверждаю кроме базы",
        "Yes?",
        "Да?",
        "Yes\n\nPS: what will it cost",
        "ok",
        "Ок",
        "👍",
        "+1",
        "Sure, why not",
        "I do not not confirm",
        "Not yes",
        "нет, да",
        "No.\nYes.",
        "Yes\nNo",
        "I cannot confirm",
        "I will confirm tomorrow",
        "Подтвержу завтра",
        "Who is Boris? I confirm",
        "If Oleg agrees, yes",
        "да нет наверное",
        "yes yes yes",
        "д\u0336а\u0336",
        "дa",
        "Yes ✗",
        "~~Yes~~",
        "Confirmed in part",
        "unconfirmed",
        "I confirm receipt of your letter",
        "Confirm?",
        "Out of office: I am away until Monday. Yes",
        "Yes\nafter.tomorrow",
        "Yes\nwww.bakery.example says otherwise",
        "Подтверждаю получение",
        "Yes\nBest regards and only at night,\nClara",
        "Да\n22:00",
        "Да\n22:00-23:00",
        "Да\n22.00-23.00",
        "Yes\n24.11.2026 22:00",
        "Yes\n24.11.2026 22.00",
        "Yes\n2026-11-24 2200",
        "Yes\n24-11-2026 2200-2300",
        "Да\n10/12",
        "Да\n15000",
        "Да\n1 500 000",
        "Да\nтел. 22:00",
        "Yes\n+1",
        "Yes\nhttps://docs.example/our-conditions",
        "Yes\nwww.bakery.example/not-on-friday",
        "Yes\ndan@mill.example",
    ],
)
def test_it_leaves_everything_else_to_a_person(text: str) -> None:
    assert meaning_of(text, own_words=CLARA) == Meaning.DOUBT


@given(some.text(min_size=1, max_size=40).filter(lambda words: any(letter.isalpha() for letter in words)))
def test_it_never_takes_a_yes_with_words_it_does_not_know(extra: str) -> None:
    alone = meaning_of(extra)
    together = meaning_of(f"Yes\n{extra}")
    assert together != Meaning.YES or meaning_of(f"{extra}\nYes") == Meaning.YES
    if alone == Meaning.NO:
        assert together == Meaning.DOUBT


def test_it_does_not_take_a_strangers_name_for_substance_free() -> None:
    assert meaning_of("Yes\nMallory", own_words=CLARA) == Meaning.DOUBT
