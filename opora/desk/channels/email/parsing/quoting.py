"""Which lines are marked as quoted: `>` before them, or the initials The Bat! writes there (`AB> words`)."""

import re

_INITIALS = re.compile(r"\s{0,2}([^\W\d_]{1,4})>")
_STRAY = re.compile(r"\s*(?:[_(\[&?=/]|<http)")


GLANCES, LOOKS, SIGNS = 1000, 60, 8_000
"""How much may be looked at before a quotation is found. Of 592 real letters the deepest took 16 looks at 932 signs."""
_OWN_LINE = re.compile(r"^[ \t]*[^>\s]", re.M)


class Marks:
    """The quotation marks of a text, each looked at once; and how many costly looks may still be taken at its lines."""

    def __init__(self, lines: list[str], limit: int) -> None:
        self._lines = lines
        self._limit = min(limit, len(lines))
        self.looks, self._glances = LOOKS, GLANCES
        self._signs = SIGNS
        self._initials = self._find_initials()
        self._last = max((n for n in range(self._limit) if self.is_quoted(n)), default=-1)

    def is_quoted(self, number: int) -> bool:
        """Whether the line carries a mark."""
        line = self._lines[number]
        if line.startswith((">", " >", "\xa0>", "  >")):
            return not (line.endswith(":") and len(line) < 40 and self._closes_address(number))
        return bool(self._initials) and (found := _INITIALS.match(line)) is not None and found[1] in self._initials

    def _closes_address(self, number: int) -> bool:
        """Whether the `>` only ends an address that was broken off in a line above: an attribution, wrapped."""
        above = "".join(self._lines[max(0, number - 4) : number])[-400:]
        return above.count("<") > above.count(">")

    def glance(self) -> bool:
        """Whether one more line may be looked at for an attribution's end."""
        self._glances -= 1
        return self._glances >= 0 and self.looks > 0

    def spend(self, signs: int) -> bool:
        """Whether one more costly look, at so many signs, may be taken: quotations open nearer to the top than that."""
        self.looks -= 1
        self._signs -= signs
        if self._signs < 0:
            self.looks = -1
        return self.looks >= 0

    def any_quoted(self, begin: int) -> bool:
        """Whether a marked line stands at `begin` or below."""
        return self._last >= begin

    def next_with_words(self, number: int) -> int:
        """The first line with words among the next five; the number of lines when there is none."""
        last = min(len(self._lines), number + 5)
        while number < last and not self._lines[number].strip():
            number += 1
        return number if number < last else len(self._lines)

    def block_end(self, first: int) -> int:
        """The line after the last one of the marked block that begins at `first`; blank lines and strays may stand within."""
        end = first
        number = first
        while number < self._limit:
            line = self._lines[number]
            if self.is_quoted(number):
                end = number + 1
            elif line.strip() and not (self._is_stray(number) and number == end):
                break
            number += 1
        return end

    def _is_stray(self, number: int) -> bool:
        """A piece of a quoted line that some program broke without marking it again."""
        if number + 1 >= self._limit or not self.is_quoted(number + 1) or number == 0:
            return False
        line, above = self._lines[number], self._lines[number - 1]
        broken_off = len(above) > 60 and len(line) < 60 and not line[0].isupper() and not line[0].isdigit()
        return broken_off or bool(_STRAY.match(line[:200]))

    def _find_initials(self) -> frozenset[str]:
        counts: dict[str, int] = {}
        for line in self._lines[: self._limit]:
            if ">" in line[1:7] and line[0] != ">" and (found := _INITIALS.match(line)):
                counts[found[1]] = counts.get(found[1], 0) + 1
        return frozenset(initials for initials, count in counts.items() if count >= 1 and initials[0].isupper())


def own_words_after(lines: list[str], end: int, limit: int) -> list[str]:
    """The lines with words below a quotation. What is beyond `limit` is one piece, and counts if any line of it is unmarked."""
    return [line for line in lines[end:limit] if line.strip()] + [
        rest for rest in lines[limit:] if _OWN_LINE.search(rest)
    ]
