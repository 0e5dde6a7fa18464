"""Reading an Authentication-Results field (RFC 8601), strictly: what is not exactly what it should be says nothing.

Pure. Comments are dropped with their nesting, quoted strings stay whole, a property belongs to its own method only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 8192
CLAIMS_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """One method and its result, with the properties that were said of it: {"header.d": "bakery.example"}."""

    method: str
    result: str
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who stamped, and what it claims."""

    by: str
    claims: tuple[Claim, ...] = ()


def read_stamp(value: str) -> Stamp | None:
    """The field's value understood; None when it is malformed anywhere, for half a truth could be a smuggled one."""
    try:
        parts = list(_parts(value[: LONGEST + 1]))
    except ValueError:
        return None
    if len(value) > LONGEST or not parts or not parts[0] or len(parts) > CLAIMS_LIMIT:
        return None
    by = parts[0][0].lower()
    if len(parts[0]) > 2 or (len(parts[0]) == 2 and parts[0][1] != "1"):
        return None
    claims = []
    for words in parts[1:]:
        if not words or (len(words) == 1 and words[0].lower() == "none"):
            continue
        claim = _claim(words)
        if claim is None:
            return None
        claims.append(claim)
    return Stamp(by, tuple(claims))


def _claim(words: list[str]) -> Claim | None:
    method, sign, result = words[0].partition("=")
    method = method.lower().partition("/")[0]
    if not sign or not method.replace("-", "").isalnum() or not result.isalpha():
        return None
    about: dict[str, str] = {}
    for word in words[1:]:
        name, sign, content = word.partition("=")
        name = name.lower()
        if not sign or name in about:
            return None
        about[name] = content
    return Claim(method, result.lower(), about)


def _parts(value: str) -> Iterator[list[str]]:
    """The words of each part between semicolons. Raises ValueError for an unclosed comment or quotation."""
    words: list[str] = []
    word = ""
    at, end = 0, len(value)
    while at < end:
        sign = value[at]
        if sign == "(":
            at = _after_comment(value, at)
            continue
        if sign == '"':
            content, at = _quoted(value, at)
            word += content
            continue
        at += 1
        if sign == "=" and not word and words:
            word = words.pop() + "="
        elif sign in " \t\r\n":
            if word and not word.endswith("="):
                words.append(word)
                word = ""
        elif sign == ";":
            if word:
                words.append(word)
            yield words
            words, word = [], ""
        else:
            word += sign
    if word:
        words.append(word)
    yield words


def _after_comment(value: str, at: int) -> int:
    depth = 0
    while at < len(value):
        sign = value[at]
        at += 2 if sign == "\\" else 1
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return at
    raise ValueError("a comment is not closed")


def _quoted(value: str, at: int) -> tuple[str, int]:
    content = ""
    at += 1
    while at < len(value):
        sign = value[at]
        if sign == '"':
            return content, at + 1
        if sign == "\\":
            at += 1
            sign = value[at : at + 1]
        content += sign
        at += 1
    raise ValueError("a quotation is not closed")
