"""The new words of a letter apart from the quotation: nothing the author wrote may go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.channels.email.parsing import cut_reply

RUSSIAN = [
    "понедельник, 6 октября 2014 г. пользователь lidel написал:\n\n> Привет\n> как дела\n",
    '20 окт. 2016 г. 19:37 пользователь "R" <\nmeta@example.org > написал:\n\n> Привет\n',
    '30 серп. 2016 р. 20:45 "Arpit" <a@example.org> пише:\n\nПривет\n',
    "ср, 30 апр. 2025 г. в 15:19, John Doe <j@example.org>:\n\n> Hello\n",
    '28/10/2021, 12:46 пользователь "John Doe" <j@example.org> написал:\n> x\n',
    '26.06.2014, 14:41, "Alexander L" <a@example.org>:\n\nHello\n',
    "Thu, 26 Jun 2014 14:00:51 +0400 от Alexander L <a@example.org>:\n\nHello",
    "От: Поддержка\nДата: 1 мая\nКому: Клара\nТема: x\n\nтекст",
    "________________________________\nОт: Поддержка <s@example.org>\n"
    "Отправлено: 1 мая 2024 г. 10:00\nКому: Клара\nТема: x\n\nтекст",
    "-------- Перенаправленное сообщение --------\nТема:\tx\nДата:\ty\nОт:\tz\nКому:\tq\n\nтекст",
    "----- Пересылаемое сообщение ----- От: A <a@b.c>Кому: q Отправлено: x Тема: y\nтекст",
    "-----Исходное сообщение-----\nFrom: x\nSent: y\n\nтекст",
    "26.06.2014 14:41, Поддержка пишет:\n> x\n",
    "Вт, 11 авг 2026 в 10:00, Иван пишет:\n> x",
    "Здравствуйте, Клара. Вы писали 26 июня 2014 г., 14:41:41:\n\nК> x\n",
    "Отправлено с iPhone\n\n> 26 июня 2014 г., в 14:41, Поддержка <s@example.org> написал(а):\n> \n> x\n",
    "понедельник, 23 ноября 2026 г., 10:15 +03:00 от Поддержка <s@opora.example>:\n \n>Здравствуйте\n",
]
ENGLISH = [
    "On Mon, Nov 23, 2026 at 10:15 AM Support <s@opora.example> wrote:\n\n> x\n",
    "On Mon, Aug 26, 2019 at 4:37 PM The Hiring Engine <\na-really-long+1234556@humanresources.example> wrote:\n\n> Test\n",
    "On 26.06.2014 14:41, Alexander L wrote:\n> Hello\n",
    "-----Original Message-----\nFrom: Support\nSent: Monday\n\nHello\n",
    "From: Support <s@opora.example>\nSent: Monday, November 23, 2026 10:15 AM\nTo: Clara\nSubject: RE: x\n\nHello\n",
    "*From:* Support <s@opora.example>\n*Date:* Monday\n*To:* Clara\n*Subject:* x\n\nHello\n",
    "Begin forwarded message:\n\nFrom: x\n",
    "Sent from my iPhone\n\n> On 23 Nov 2026, at 10:15, Support <s@opora.example> wrote:\n> \n> x\n",
    "> quoted without any line above\n> it\n",
]


@pytest.mark.parametrize("below", RUSSIAN + ENGLISH)
@pytest.mark.parametrize("own", ["Спасибо, всё заработало.", "It is From: here on\nand the second line: 10:15"])
def test_it_folds_away_what_programs_quote(below: str, own: str) -> None:
    cut = cut_reply(f"{own}\n\n{below}")
    assert cut.reply == own
    assert cut.quoted


def test_it_keeps_answers_written_between_the_quoted_lines() -> None:
    text = "Hello,\n\nOn Mon, 23 Nov 2026 10:15, Support <s@o.example> wrote:\n> One?\nYes.\n> Two?\nNo.\n"
    cut = cut_reply(text)
    assert cut.reply == "Hello,\n\n> One?\nYes.\n> Two?\nNo."
    assert cut.quoted == "On Mon, 23 Nov 2026 10:15, Support <s@o.example> wrote:"


def test_it_keeps_an_answer_written_below_the_quotation() -> None:
    cut = cut_reply("On Mon, 23 Nov 2026 10:15, Support <s@o.example> wrote:\n> One?\n\nYes, it is.\n")
    assert cut.reply == "Yes, it is."
    assert cut.quoted.endswith("> One?")


def test_it_keeps_everything_when_there_are_no_own_words() -> None:
    text = "---------- Forwarded message ---------\nFrom: x@y.example\n\nThe matter itself"
    assert cut_reply(text).reply == text


@pytest.mark.parametrize(
    "text",
    [
        "The log says:\nFrom: a\nnothing else\n\nand that is all",
        "We meet on Monday, 10:15, at Clara's:\nbring the keys",
        "On Monday it worked, then it broke.\nWhy?",
        "Error at 10:15: disk\nTo: nobody\nplease look",
    ],
)
def test_it_does_not_take_a_persons_words_for_a_quotation(text: str) -> None:
    assert cut_reply(text).reply == text


@given(st.text(alphabet="On wrote:>\n-_ От:Fromabc@<>1:0 ", max_size=400))
def test_it_loses_no_word_whatever_the_text(text: str) -> None:
    cut = cut_reply(text)
    assert sorted("".join((cut.reply + cut.quoted).split())) == sorted("".join(text.split()))
