"""Whether an answer quotes the text that was asked, or a text that somebody put right."""

from datetime import datetime
from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.desk.consent.rules import quotes_with_changes, statement
from tests.cast import Cast
from tests.consent.asking import wanted

TEXT = """Request T-1, Bakery: please confirm this work on your systems.
What will be done:
    Raise the worker limit of nginx (see https://wiki.example/nginx) and reload it.
    Tell Clara on web-01.bakery.example.
Where: web1.
Kinds of action: look, change settings.
Access: an ordinary user.
Who: Boris. Nobody else.
Price: none.
You can take your confirmation back at any moment; work then stops at once. Everything done is recorded.
"""


@given(width=some.integers(30, 90), mark=some.sampled_from(["> ", ">> ", "", "| "]), above=some.booleans())
def test_it_knows_the_text_again_however_it_is_wrapped_and_marked(width: int, mark: str, above: bool) -> None:
    quoted = "\n".join(f"{mark}{piece}" for line in TEXT.splitlines() for piece in wrap(line, width))
    assert not quotes_with_changes(TEXT, f"On Monday Support wrote:\n{quoted}" if above else f"{quoted}\n> --\n> Opora")


@pytest.mark.parametrize(
    "quoted",
    [
        "",
        "> Hello Clara",
        "> Price: none.",
        "\n".join(TEXT.splitlines()[3:7]),
        TEXT[:300],
        TEXT.removesuffix("Everything done is recorded.\n"),
        TEXT.replace("web-01.bakery.example", "web-01.bakery.example<http://web-01.bakery.example/>"),
        TEXT.replace("\n", "\n\n").upper(),
    ],
    ids=[
        "nothing",
        "other words",
        "one line",
        "a part",
        "cut off",
        "without its last words",
        "with a link",
        "blank lines and capitals",
    ],
)
def test_it_lets_be_what_mail_programs_and_scissors_do(quoted: str) -> None:
    assert not quotes_with_changes(TEXT, quoted)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("an ordinary user", "look only"),
        ("Kinds of action: look, change settings.", "Kinds of action: look."),
        ("Price: none.", "Price: none. Not on Friday."),
        ("Where: web1.", "Where: web1.\nbut never db1"),
        ("reload it", "do not reload it"),
        ("You can take your confirmation back", "You can take your confirmation back, and so we will,"),
    ],
)
def test_it_sees_that_somebody_put_the_text_right(was: str, now: str) -> None:
    told = TEXT.replace(was, now)
    assert told != TEXT
    assert quotes_with_changes(TEXT, "> " + told.replace("\n", "\n> "))


def test_it_knows_our_own_texts_again_in_both_languages(cast: Cast, monday: datetime) -> None:
    for language in ("en", "ru"):
        text = statement(wanted(cast, monday), language)
        assert not quotes_with_changes(text, f"> {text}")
        assert quotes_with_changes(text, text.replace("web1", "web1, db1").replace(cast.web1.name, "db1"))
