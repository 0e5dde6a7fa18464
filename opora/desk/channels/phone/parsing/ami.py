"""The wire of Asterisk's manager interface (AMI): messages of `Name: value` lines, ended by an empty one. Pure.

What comes may be cut anywhere, and what stands in it may be of an attacker's choosing (a caller's name): it is only ever text.
What goes out holds no line end that we did not put there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_LINE = 16 * 1024
MOST_LINES = 2000


class NotSayable(ValueError):
    """A value that would end its line; nothing is sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its fields as they came (names in small letters, the first of a name counts), and its octets."""

    fields: Mapping[str, str]
    raw: bytes

    def get(self, name: str) -> str:
        """The value, "" when there is none. `<unknown>` and `<none>` are how Asterisk says that there is none."""
        value = self.fields.get(name.lower(), "")
        return "" if value in ("<unknown>", "<none>") else value


@dataclass(slots=True)
class Splitter:
    """Puts messages together from pieces of any size."""

    _rest: bytes = b""
    _lines: list[bytes] = field(default_factory=list)
    _skipping: bool = False

    def feed(self, piece: bytes) -> list[Message]:
        """The messages that are whole with this piece. Lines of no message (the greeting), too long ones and those too many
        fall out."""
        found: list[Message] = []
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._take(line.removesuffix(b"\r"), found)
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._skipping = b"", True
        return found

    def _take(self, line: bytes, found: list[Message]) -> None:
        if self._skipping:
            self._skipping = False
        elif line:
            if len(line) <= LONGEST_LINE and len(self._lines) < MOST_LINES:
                self._lines.append(line)
        elif self._lines:
            message = _message(self._lines)
            self._lines = []
            if message.fields:
                found.append(message)


def _message(lines: list[bytes]) -> Message:
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("utf-8", "replace").replace("\x00", "").partition(":")
        if colon and name.strip():
            fields.setdefault(name.strip().lower(), value.strip())
    return Message(fields, b"\n".join(lines) + b"\n")


def action(name: str, number: str, /, **fields: str) -> bytes:
    """An action as it goes over the wire, `number` comes back with its answer. Raises NotSayable."""
    said = {"Action": name, "ActionID": number, **fields}
    for word, value in said.items():
        if any(char in value for char in "\r\n\x00"):
            raise NotSayable(f"{word} holds a line end")
    return "".join(f"{word}: {value}\r\n" for word, value in said.items()).encode() + b"\r\n"
