"""HTML to the words it shows. One pass, linear; nothing here makes HTML safe to show (that is done where it is shown).

What a program marked as quotation (`blockquote`) gets `> ` before its lines, so that the reply cut sees it.
"""

import re
from html import unescape

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:]*)([^>]*)>|<[!?][^>]*>")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TRAILING = re.compile(r"[ \t\xa0]+\n")
_MANY_LINES = re.compile(r"\n{3,}")
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section",
        "table", "tbody", "tfoot", "thead", "tr", "ul",
    }
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"})
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none", re.I)
_MAY_BE_HIDDEN = {
    name: re.compile(rf"<(/?){name}(?=[\s>/])")
    for name in (
        "div",
        "span",
        "p",
        "font",
        "table",
        "tbody",
        "tr",
        "td",
        "a",
        "b",
        "i",
        "center",
        "li",
        "ul",
        "section",
    )
}
_SILENT = ("script", "style", "head", "title", "template", "noscript")
_QUOTE_DEPTH_LIMIT = 9
QUOTE_MARK = "\ue000"
_QUOTED_LETTER = re.compile(
    r"""id=["']?(?:(?:x_)?divRplyFwdMsg|(?:x_)?appendonsend|stopSpelling|OLK_SRC_BODY_SECTION|isForwardContent|"""
    r"""isReplyContent|zwchr|mail-editor-reference-message-container|reply-intro)\b|"""
    r"""class=["'][^"']{0,80}\b(?:yahoo_quoted|moz-forward-container|zmail_extra|OutlookMessageHeader|WM_Quote|"""
    r"""ms-outlook-mobile-reference-message)\b|border-top:\s?solid #(?:E1E1E1|B5C4DF) 1\.0pt""",
    re.I,
)


class _Words:
    """The text as it grows, with its quotation depth."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.depth = 0

    def add(self, words: str) -> None:
        """Words that run on in the present line."""
        if words and (self.line or not words.isspace()):
            self.line.append(words)

    def break_line(self) -> None:
        """Begin a new line even when this one is empty."""
        text = "".join(self.line).strip(" ")
        self.lines.append("> " * min(self.depth, _QUOTE_DEPTH_LIMIT) + text)
        self.line = []

    def end_block(self, paragraph: bool) -> None:
        """Begin a new line unless at the start of one; a paragraph leaves an empty line behind."""
        if self.line:
            self.break_line()
        if paragraph and self.lines and self.lines[-1].strip("> "):
            self.break_line()


def read_html(html: str, *, marked: bool = False) -> str:
    """The words an HTML text shows, line by line, at most two empty lines together; if it shows none, those it hides.

    `marked`: QUOTE_MARK stands alone on a line where the mark of a mail program opens the quoted letter.
    """
    text = _read(html, marked, frozenset())
    return text if text or not _HIDDEN.search(html) else _read(html, marked, frozenset(_MAY_BE_HIDDEN))


def _read(html: str, marked: bool, shown: frozenset[str]) -> str:
    """`shown`: the elements that no style of the sender's hides."""
    words = _Words()
    lowered = html.lower() if len(html.lower()) == len(html) else html
    at, preformatted = 0, 0
    last_close = html.rfind(">")
    never_closed = set(shown)
    while True:
        begin = html.find("<", at)
        chunk = html[at:] if begin == -1 else html[at:begin]
        if chunk:
            _add_text(words, unescape(chunk), preformatted > 0)
        if begin == -1:
            break
        if html.startswith("<!--", begin):
            end = html.find("-->", begin + 4)
            at = len(html) if end == -1 else end + 3
            continue
        found = _TAG.match(html, begin)
        if not found:
            words.add("<")
            at = begin + 1
            if begin > last_close:
                _add_text(words, unescape(html[at:]), preformatted > 0)
                break
            continue
        at = found.end()
        name = (found[1] or "").lower()
        closing = html.startswith("</", begin)
        if not closing and name not in never_closed and (name in _SILENT or _is_hidden(name, found[2] or "")):
            end = lowered.find("</" + name, at) if name in _SILENT else _end_of_element(lowered, name, at)
            at = end if end != -1 else at
            if end == -1:
                never_closed.add(name)
        elif name == "pre":
            preformatted = max(0, preformatted + (-1 if closing else 1))
            words.end_block(closing)
        else:
            if marked and not closing and _opens_quoted_letter(name, found[2]):
                words.end_block(False)
                words.lines.append(QUOTE_MARK)
            _open_or_close(words, name, closing)
    words.end_block(False)
    text = "\n".join(words.lines)
    return _MANY_LINES.sub("\n\n", _TRAILING.sub("\n", text)).strip()


def _is_hidden(name: str, attributes: str) -> bool:
    """Whether the sender's own style hides the element: the preview lines of newsletters, and worse."""
    return ":" in attributes and name in _MAY_BE_HIDDEN and bool(_HIDDEN.search(attributes[:600]))


def _end_of_element(lowered: str, name: str, at: int) -> int:
    """Where the closing tag of the element begins whose opening tag ends at `at`; -1 when it is never closed."""
    depth = 1
    for tag in _MAY_BE_HIDDEN[name].finditer(lowered, at):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.start()
    return -1


def _opens_quoted_letter(name: str, attributes: str) -> bool:
    """The marks of Outlook, Yahoo and others, behind which nothing the author wrote comes any more."""
    return name in ("div", "hr", "span", "td", "table", "section") and bool(_QUOTED_LETTER.search(attributes[:600]))


def _add_text(words: _Words, text: str, preformatted: bool) -> None:
    if not preformatted:
        words.add(_SPACE.sub(" ", text))
        return
    first, *others = text.split("\n")
    words.add(first)
    for line in others:
        words.break_line()
        words.add(line)


def _open_or_close(words: _Words, name: str, closing: bool) -> None:
    if name == "br":
        words.break_line()
    elif name == "blockquote":
        words.end_block(not closing)
        words.depth = max(0, words.depth + (-1 if closing else 1))
    elif name in _BLOCKS:
        words.end_block(closing and name in _PARAGRAPHS)
        if name == "li" and not closing:
            words.line.append("- ")
    elif name in ("td", "th") and closing:
        words.add(" ")
