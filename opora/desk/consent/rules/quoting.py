"""Whether a letter quotes the text of a request as it was asked. Pure.

People answer "Yes" above a quotation in which they have put right what they do not like: that is no yes to our text.
"""

import re
import unicodedata

_LINK = re.compile(r"<?(?:https?://|mailto:)[^\s<>]*>?", re.IGNORECASE)
_LONG_ENOUGH = 12
_LABEL = 20


def quotes_with_changes(text: str, quoted: str) -> bool:
    """Return whether `quoted` holds lines of `text`, but with others between them or other words where they go on.

    Line ends, quotation marks and links that mail programs add do not matter, nor does what was cut off above or below.
    """
    lines = [letters for line in text.splitlines() if (letters := _letters(line))]
    seen = _letters(quoted)
    there = [number for number, line in enumerate(lines) if len(line) >= _LONG_ENOUGH and line in seen]
    if len(there) < 2:
        return False
    first, last = there[0], there[-1]
    at = seen.find("".join(lines[first : last + 1]))
    if at == -1:
        return True
    return _goes_on_otherwise(text, last + 1, seen[at + sum(map(len, lines[first : last + 1])) :])


def _goes_on_otherwise(text: str, number: int, below: str) -> bool:
    """Return whether `below` begins as the line of that number does, by its label, and then says something else."""
    for line in [line for line in text.splitlines() if _letters(line)][number:]:
        letters = _letters(line)
        if not below.startswith(letters):
            label = _letters(line.partition(":")[0])[:_LABEL]
            return below.startswith(label) and not letters.startswith(below)
        below = below[len(letters) :]
    return False


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _LINK.sub(" ", text)).casefold()
    return "".join(sign for sign in plain if sign.isalnum())
