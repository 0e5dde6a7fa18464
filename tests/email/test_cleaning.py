"""The HTML that is kept of a letter: its looks stay, nothing in it can act or fetch but a picture."""

import pytest

from opora.desk.channels.email.cleaning import clean_html


@pytest.mark.parametrize(
    "active",
    [
        "<script>alert(1)</script>",
        '<p onclick="x()">',
        '<a href="javascript:x()">',
        '<iframe src="https://x.example">',
        '<form action="https://x.example"><input name="password"></form>',
        "<style>@import url(https://x.example)</style>",
        '<link rel="stylesheet" href="https://x.example">',
        '<meta http-equiv="refresh" content="0;url=https://x.example">',
        '<base href="https://x.example">',
        '<svg><use href="https://x.example#a"/></svg>',
        '<p style="background: url(https://x.example/a.png)">',
        '<p style="position: fixed; background-image: url(https://x.example)">',
        '<table background="https://x.example/a.png">',
        '<video src="https://x.example"></video>',
    ],
)
def test_it_keeps_nothing_that_acts_or_fetches_by_itself(active: str) -> None:
    kept = clean_html(f"<p>Before</p>{active}words")
    assert "words" in kept
    for trace in ("x.example", "script", "x()", "onclick", "position", "<form", "<style"):
        assert trace not in kept


def test_it_keeps_how_the_letter_looks() -> None:
    html = '<table width="600" bgcolor="#fafafa"><tr><td style="color: red; text-align: right">Sum</td></tr></table>'
    kept = clean_html(html)
    assert 'bgcolor="#fafafa"' in kept and 'width="600"' in kept
    assert 'style="color:red;text-align:right"' in kept


def test_it_keeps_pictures_that_came_along_and_those_from_outside() -> None:
    kept = clean_html('<img src="cid:a@b"><img src="https://x.example/logo.png" alt="Logo"><img src="/local.png">')
    assert kept == '<img src="cid:a@b"><img src="https://x.example/logo.png" alt="Logo"><img>'


def test_it_makes_nothing_of_nothing() -> None:
    assert clean_html(" \n") == ""
