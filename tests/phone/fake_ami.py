"""An Asterisk's manager interface as far as the desk uses it: signs in, lists channels, takes actions, says events, hangs up."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from opora.desk.channels.phone.parsing.ami import Message, Splitter


@dataclass
class FakeManager:
    """Listens on loopback while it is entered. `refuses` names actions that it says no to; `lives` are channels it lists."""

    password: str = "sesame"
    refuses: dict[str, str] = field(default_factory=dict)
    lives: list[dict[str, str]] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)
    deaf: bool = False

    def __enter__(self) -> "FakeManager":
        self._door = socket.create_server(("127.0.0.1", 0))
        self._lines: list[socket.socket] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._open, daemon=True).start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self._door.close()
        self.hang_up()

    @property
    def address(self) -> str:
        return f"ami://127.0.0.1:{self._door.getsockname()[1]}"

    def actions(self, name: str) -> list[Message]:
        return [one for one in list(self.said) if one.get("Action") == name]

    def await_action(self, name: str, count: int = 1, patience: float = 30.0) -> Message:
        """The action, when it was said so often. Raises AssertionError."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.actions(name)) >= count, patience), f"nobody said {name}"
        return self.actions(name)[count - 1]

    def tell(self, *events: Message | dict[str, str]) -> None:
        """Say events to everybody who is on the line."""
        octets = b"".join(_written(dict(one.fields) if isinstance(one, Message) else one) for one in events)
        for line in list(self._lines):
            with suppress(OSError):
                line.sendall(octets)

    def hang_up(self) -> None:
        """Break every line."""
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()

    def _open(self) -> None:
        with suppress(OSError):
            while True:
                line, _address = self._door.accept()
                threading.Thread(target=self._serve, args=[line], daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        splitter = Splitter()
        with suppress(OSError):
            line.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            while piece := line.recv(4096):
                for message in splitter.feed(piece):
                    self._answer(line, message)

    def _answer(self, line: socket.socket, message: Message) -> None:
        name, number = message.get("Action"), message.get("ActionID")
        why = self.refuses.get(name, "")
        if name == "Login":
            why = "" if message.get("Secret") == self.password else "Authentication failed"
            if not why:
                self._lines.append(line)
        if not self.deaf:
            answer = (
                {"Response": "Error", "ActionID": number, "Message": why}
                if why
                else {"Response": "Success", "ActionID": number}
            )
            line.sendall(_written(answer))
            if name == "CoreShowChannels":
                listed = [{"Event": "CoreShowChannel", "ActionID": number} | one for one in self.lives]
                ends = {"Event": "CoreShowChannelsComplete", "ActionID": number}
                line.sendall(b"".join(_written(one) for one in [*listed, ends]))
        with self._changed:
            self.said.append(message)
            self._changed.notify_all()


def _written(fields: dict[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n"
