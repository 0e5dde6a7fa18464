"""The HTML of a letter without anything active: what is kept with the message and may be shown, framed, on request.

Words, tables, pictures and plain looks stay. Scripts, forms, sheets of style, anything that fetches by itself but a
picture, and addresses of other schemes go. `cid:` pictures stay, for they came with the letter.
"""

from typing import Any

import nh3

SCHEMES = {"http", "https", "mailto", "tel", "cid"}
# None of these can name an address: `background` and `border-image`, say, could.
LOOKS = {
    *("color", "background-color", "font-family", "font-size", "font-style", "font-weight", "line-height"),
    *("text-align", "text-decoration", "text-indent", "vertical-align", "white-space", "direction", "display"),
    *("width", "max-width", "height", "padding", "padding-top", "padding-right", "padding-bottom", "padding-left"),
    *("margin", "margin-top", "margin-right", "margin-bottom", "margin-left"),
    *("border", "border-top", "border-right", "border-bottom", "border-left", "border-color", "border-width"),
    *("border-style", "border-radius", "border-collapse", "border-spacing", "list-style-type"),
}
TAGS = nh3.ALLOWED_TAGS | {"font"}
TABLE = {"align", "bgcolor", "border", "cellpadding", "cellspacing", "height", "valign", "width"}
ATTRIBUTES: dict[str, set[str]] = {name: set(held) for name, held in nh3.ALLOWED_ATTRIBUTES.items()} | {
    "*": {"style", "dir", "lang", "title"},
    "font": {"color", "face", "size"},
}
for _name in ("table", "tr", "td", "th"):
    ATTRIBUTES[_name] = ATTRIBUTES.get(_name, set()) | TABLE


def clean_html(html: str, **more: Any) -> str:
    """The letter's HTML as it may be kept; "" when there is none. `more` is for nh3, to narrow it further."""
    if not html.strip():
        return ""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        filter_style_properties=LOOKS,
        **more,
    )
