"""The HTML of a letter without anything active: what is kept with the message, and what may be shown of it, framed.

The look stays as far as that is safe; nothing runs, and nothing is loaded or hidden. Enclosed pictures (`cid:`) stay, for
they came with the letter. What would take the sanitiser longer than its length warrants is reduced to its words.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

import nh3

from .parsing.html import read_html

SIZE_LIMIT = 2_000_000
DEPTH_LIMIT = 200
ATTRIBUTE_LIMIT = 150
REFERENCE_LIMIT = 50_000


def _named(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TAGS = _named(
    "a abbr acronym address b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong "
    "sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr article aside footer header main nav section"
)
_DROPPED_WHOLE = _named("script style title")
_SHARED = _named("align bgcolor border cellpadding cellspacing color dir height lang style title valign width")
_OWN = {
    "a": {"href"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan", "nowrap"}, "th": {"colspan", "rowspan", "scope"},
    "col": {"span"}, "colgroup": {"span"}, "ol": {"start", "type"}, "ul": {"type"}, "font": {"face", "size"},
    "time": {"datetime"}, "details": {"open"},
}  # fmt: skip
_ATTRIBUTES = {tag: set(_SHARED | _OWN.get(tag, set())) for tag in _TAGS}
_STYLES = re.compile(
    r"(?:background-color|background|color|direction|display|font(?:-(?:family|size|style|variant|weight))?|height|width|"
    r"(?:max|min)-(?:height|width)|letter-spacing|line-height|list-style-type|margin(?:-(?:top|right|bottom|left))?|overflow|"
    r"padding(?:-(?:top|right|bottom|left))?|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width|radius))?|"
    r"border-(?:collapse|spacing|radius)|table-layout|text-(?:align|decoration|indent|transform)|vertical-align|"
    r"white-space|word-(?:break|spacing|wrap)|overflow-wrap)"
)
_SAFE_VALUE = re.compile(r"(?:[\w\s.,%#'\"!+\-–]|(?:rgb|rgba|hsl|hsla)\([\d\s.,%/+\-deg]{1,60}\)){1,300}", re.I)
_DISPLAYS = _named("none block inline inline-block list-item table table-row table-cell contents flex")
_PLAIN_INK = re.compile(
    r"(?:windowtext|black|#000|#000000|rgb\(0,\s*0,\s*0\)|initial|inherit|auto)(?:\s*!important)?", re.I
)
_PLAIN_PAPER = re.compile(
    r"(?:white|#fff|#ffffff|rgb\(255,\s*255,\s*255\)|window|none|transparent|initial|inherit)(?:\s*!important)?", re.I
)
_PICTURE_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]+", re.I)
_MARK = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,30})([^<>]*)")
_ENDS_BY_ITSELF = _named(
    "area base br col embed hr img input link meta source track wbr p li td th tr dd dt option thead tbody tfoot colgroup "
    "html head body o:p"
)
_LINKS = frozenset({"http", "https", "mailto", "tel", "ftp", "xmpp", "sip"})


@dataclass(frozen=True, slots=True)
class Shown:
    """HTML ready for a frame. `remote`: pictures of other servers held back. `coloured`: it sets colours of its own."""

    html: str
    remote: int = 0
    coloured: bool = False


def clean_html(html: str) -> str:
    """The HTML without anything active, to be kept; pictures keep their addresses. Never raises; linear in its length."""
    return _clean(html, lambda address: address, lambda _: None)


def show_html(html: str, *, pictures: Mapping[str, str] | None = None, remote: bool = False) -> Shown:
    """The HTML as it may be shown, from raw or cleaned HTML. Never raises.

    Enclosed pictures (`cid:` or Content-Location) lead to `pictures`; those of other servers are held back and counted
    unless `remote`.
    """
    known = {key.strip("<> "): value for key, value in (pictures or {}).items()}
    held_back: list[str] = []
    colours: list[str] = []

    def place(address: str) -> str | None:
        scheme, rest = _scheme(address), address.strip()
        if scheme == "cid":
            rest = rest[4:].strip("<> ")
            return known.get(rest) or known.get(unquote(rest))
        if scheme == "data":
            return address
        if found := known.get(rest) or known.get(unquote(rest)):
            return found
        if scheme in ("http", "https") or rest.startswith("//"):
            if remote:
                return rest if scheme else "https:" + rest
            held_back.append(rest)
        return None

    return Shown(_clean(html, place, colours.append), len(held_back), bool(colours))


def _clean(html: str, place: Callable[[str], str | None], colour: Callable[[str], None]) -> str:
    if not html.strip():
        return ""
    if not _is_tame(html):
        return f"<pre>{escape(read_html(html[:SIZE_LIMIT]))}</pre>"

    def judge(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            return _style(value, colour) or None
        if attribute == "src":
            return _picture(value, place)
        if attribute == "href":
            return value if _scheme(value) in _LINKS else None
        if attribute in ("bgcolor", "color"):
            return _colour(attribute, value, colour)
        return value

    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={*_LINKS, "cid", "data"},
    )


def _is_tame(html: str) -> bool:
    """Whether the sanitiser can take it in linear time: its cost grows with depth times length."""
    if len(html) > SIZE_LIMIT or html.count("&") > REFERENCE_LIMIT:
        return False
    open_now: Counter[str] = Counter()
    depth = 0
    for closing, written, rest in _MARK.findall(html):
        name = written.lower()
        if closing:
            if open_now[name]:
                open_now[name] -= 1
                depth -= 1
        elif name not in _ENDS_BY_ITSELF:
            open_now[name] += 1
            depth += 1
        if depth > DEPTH_LIMIT or _too_many_attributes(rest):
            return False
    return True


def _too_many_attributes(rest: str) -> bool:
    if len(rest) < 1000:
        return False
    blanks = rest.count(" ") + rest.count("\n")
    return blanks > ATTRIBUTE_LIMIT or rest.count("/") > max(ATTRIBUTE_LIMIT, len(rest) // 20)  # base64 has one in 64


def _picture(value: str, place: Callable[[str], str | None]) -> str | None:
    if _scheme(value) == "data" and not _PICTURE_DATA.fullmatch(value.strip()):
        return None
    return place(value)


def _scheme(address: str) -> str:
    """The scheme in lower case, "" when there is none or it cannot be told."""
    try:
        return urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return ""


def _style(value: str, colour: Callable[[str], None]) -> str:
    """The declarations that only change the look, none of which can load anything or leave the frame."""
    kept = []
    for declaration in value[:4000].split(";"):
        name, _, words = declaration.partition(":")
        name, words = name.strip().lower(), words.strip()
        if not words or not _STYLES.fullmatch(name) or not _SAFE_VALUE.fullmatch(words):
            continue
        if name == "display" and words.lower() not in _DISPLAYS:
            continue
        if name in ("color", "background", "background-color") and _colour(name, words, colour) is None:
            continue
        kept.append(f"{name}:{words}")
    return ";".join(kept)


def _colour(name: str, value: str, colour: Callable[[str], None]) -> str | None:
    """The colour, unless it only says black on white: then the page's own serves as well."""
    plain = _PLAIN_INK if name == "color" else _PLAIN_PAPER
    if plain.fullmatch(value.strip()):
        return None
    colour(value)
    return value
