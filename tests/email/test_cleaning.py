"""The HTML of a letter, kept and shown: nothing runs, nothing is fetched unasked, nothing of the words is lost."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opora.desk.channels.email.cleaning import clean_html, show_html

ACTIVE = [
    "<script>alert(1)</script>",
    '<img src="x" onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\tscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input name=password></form>',
    '<style>@import "https://evil.example/x.css"</style>',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    '<meta http-equiv=refresh content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<p style="background:url(https://evil.example/p.png)">x</p>',
    "<p style=\"width:expression(alert(1));behavior:url('x')\">x</p>",
    '<p style="color:red;position:fixed;top:0;z-index:9">x</p>',
    '<table background="https://evil.example/p.png"><tr><td>x</table>',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    '<a href="/desk/sign-out/">x</a>',
    '<p id="top" class="danger" name="x">x</p>',
]
NEVER = ("alert", "script:", "onerror", "onload", "evil.example", "url(", "expression", "position", "<form", "<input", "<svg",
         "<iframe", "<style", "<meta", "<base", "<link", "/desk/", "svg+xml", 'id="', 'class="')  # fmt: skip


@pytest.mark.parametrize("html", ACTIVE)
def test_it_lets_nothing_active_through(html: str) -> None:
    for made in (clean_html(html), show_html(html).html, show_html(html, remote=True).html):
        assert [word for word in NEVER if word in made] == []


def test_it_holds_back_the_pictures_of_other_servers_until_asked() -> None:
    html = '<p>Hello</p><img src="https://news.example/p.gif" alt="our news"><img src="//news.example/q.gif">'
    shown = show_html(html)
    assert shown.remote == 2
    assert "news.example" not in shown.html
    assert 'alt="our news"' in shown.html
    asked = show_html(html, remote=True)
    assert asked.remote == 0
    assert 'src="https://news.example/p.gif"' in asked.html and 'src="https://news.example/q.gif"' in asked.html


def test_it_leads_enclosed_pictures_to_their_files() -> None:
    html = '<img src="cid:one@x"><img src="cid:two%40x"><img src="image003.png"><img src="cid:unknown">'
    pictures = {"one@x": "/files/1/a.png", "<two@x>": "/files/2/b.png", "image003.png": "/files/3/c.png"}
    shown = show_html(clean_html(html), pictures=pictures)
    assert [address in shown.html for address in pictures.values()] == [True, True, True]
    assert "unknown" not in shown.html
    assert shown.remote == 0


def test_it_keeps_the_look_of_an_ordinary_letter() -> None:
    html = '<p style="text-align:center;margin:0 0 1em">Hi <b>you</b></p><ul><li>one</ul><a href="https://x.example/a?b=1">x</a>'
    shown = show_html(html)
    assert 'style="text-align:center;margin:0 0 1em"' in shown.html
    assert "<b>you</b>" in shown.html and "<li>one" in shown.html
    assert 'href="https://x.example/a?b=1"' in shown.html and 'rel="noopener noreferrer nofollow"' in shown.html


@pytest.mark.parametrize(
    ("html", "coloured"),
    [
        ("<p>plain</p>", False),
        ('<p style="color:black;background:white">plain</p>', False),
        ('<font color="#000000">plain</font>', False),
        ('<p style="color:#336699">ink</p>', True),
        ('<table bgcolor="#eeeeee"><tr><td>paper</td></tr></table>', True),
    ],
)
def test_it_gives_coloured_letters_white_paper_and_the_others_the_colours_of_the_page(
    html: str, coloured: bool
) -> None:
    shown = show_html(html)
    assert shown.coloured is coloured


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "the words",
        "".join(f'<b a="{n}">' for n in range(50_000)) + "the words",
        "<a><div></a>" * 50_000 + "the words",
        "&a" * 200_000 + "the words",
        "<div " + " ".join(f"a{n}=1" for n in range(100_000)) + ">the words",
    ],
)
def test_it_shows_only_the_words_of_what_would_choke_it(html: str) -> None:
    made = clean_html(html)
    assert made.startswith("<pre>") and "the words" in made


_PIECES = ["<p>", "</p>", "<a href=", "javascript:", "'", '"', ">", "<", "<img src=", "cid:x", "onerror=", "<style>", "&#106;",
           "<!--", "-->", "<svg>", "<table>", "<b>", "\0", "style=", "url(", ";", "color:", "text", "//", "&"]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_PIECES), max_size=30))
def test_it_never_fails_and_never_slips_whatever_the_pieces(pieces: list[str]) -> None:
    seen = _Seen()
    seen.feed(show_html("".join(pieces), remote=True).html)
    assert [name for name in seen.tags if name in ("script", "style", "svg", "iframe")] == []
    for name, value in seen.attributes:
        assert not name.startswith("on")
        assert name not in ("href", "src") or (value or "").lower().startswith(
            ("http", "cid:", "mailto:", "tel:", "ftp:")
        )


class _Seen(HTMLParser):
    """What a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


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
    assert kept == '<img src="cid:a@b"><img src="https://x.example/logo.png" alt="Logo"><img src="/local.png">'


def test_it_makes_nothing_of_nothing() -> None:
    assert clean_html(" \n") == ""
