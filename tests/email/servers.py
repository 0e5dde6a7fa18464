"""A real SMTP server for the tests that can be told to misbehave, and remembers every letter it said yes to."""

import socket
import threading
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass
class FakeServer:
    """One thread a connection, sockets and nothing else. `script` says what to answer to a verb, once each."""

    received: list[tuple[list[str], bytes]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 taken"
    data_answer_before: str = "354 go on"
    silent_after_data: bool = False
    greeting: str = "220 fake"

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb") as stream:
                self._serve(connection, stream)  # type: ignore[arg-type]
        except OSError:
            return

    def _serve(self, connection: socket.socket, stream: BinaryIO) -> None:
        recipients: list[str] = []
        _say(stream, self.greeting)
        for line in stream:
            verb = line[:4].upper().strip()
            if verb == b"MAIL":
                self.senders.append(line.split(b"<")[1].split(b">")[0].decode())
            if verb == b"RCPT":
                email = line.split(b"<")[1].split(b">")[0].decode()
                if email not in self.refused:
                    recipients.append(email)
                _say(stream, self.refused.get(email, "250 ok"))
            elif verb == b"DATA":
                _say(stream, self.data_answer_before)
                if self.data_answer_before.startswith("354") and not self._take(connection, stream, recipients):
                    return
                recipients = []
            elif verb == b"QUIT":
                _say(stream, "221 bye")
                return
            else:
                recipients = [] if verb in (b"MAIL", b"RSET") else recipients
                _say(stream, "250-fake\r\n250 SIZE 99999999" if verb == b"EHLO" else "250 ok")

    def _take(self, connection: socket.socket, stream: BinaryIO, recipients: list[str]) -> bool:
        """Read to the dot and answer; False when the connection is over."""
        raw = b""
        for row in stream:
            if row == b".\r\n":
                break
            raw += row[1:] if row.startswith(b".") else row
        else:
            return False
        if self.data_answer.startswith("250"):
            with self._lock:
                self.received.append((recipients, raw))
        if self.silent_after_data:
            connection.shutdown(socket.SHUT_RDWR)
            return False
        _say(stream, self.data_answer)
        return True


def _say(stream: BinaryIO, words: str) -> None:
    stream.write(words.encode() + b"\r\n")
    stream.flush()
