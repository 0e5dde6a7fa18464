"""What people wrote is shown with its addresses as links, and nothing of theirs becomes markup."""

import pytest
from django.utils.html import escape, urlize
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.web.components.wording import as_html

ADDRESSES = (
    "see Http://a.b https://x/?q=1&b www.shop WWW.Shop.ru anna@shop.ru shop.Com a.org/x .com .net, (b.edu) mailto:"
)
PIECES = st.sampled_from(
    [*ADDRESSES.split(), "<b>", "&", '"', ".", ":", " ", "\n", "Слово.", "x.communism", "1.5", "gov"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_it_links_exactly_what_django_would(text: str) -> None:
    assert as_html(text) == urlize(text, nofollow=True, autoescape=True)


@pytest.mark.parametrize("text", ["<script>alert(1)</script> Done.", "<b> at https://a.b/<i>"])
def test_it_lets_no_markup_through(text: str) -> None:
    assert "<script" not in as_html(text) and "<b>" not in as_html(text) and "<i>" not in as_html(text)


def test_it_shows_plain_words_as_they_are() -> None:
    assert as_html("Up & running: 3.5 s.") == escape("Up & running: 3.5 s.")
