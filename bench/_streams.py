"""Letters that stream in while something is being killed. Remembers which were acknowledged; those may not be lost."""

import smtplib
import time
from collections.abc import Callable

AGAIN_AFTER = 0.05


class Letters:
    """A customer's side of LMTP: every letter is given again until it is acknowledged."""

    def __init__(self, many: int, *, to: str, port: Callable[[], int]) -> None:
        self.many = many
        self.acknowledged: list[int] = []
        self.tries = 0
        self._to = to
        self._port = port

    def give(self, may_go_on: Callable[[int, int], None]) -> None:
        """Give them all; `may_go_on(number, of)` returns when the next one's time has come."""
        for number in range(self.many):
            may_go_on(number, self.many)
            raw = (
                f"From: Person {number % 50} <p{number % 50}@customer.example>\r\nTo: {self._to}\r\n"
                f"Subject: Letter {number}\r\nMessage-ID: <letter{number}@customer.example>\r\n\r\nword{number}word\r\n"
            ).encode()
            while not self._acknowledged(raw):
                time.sleep(AGAIN_AFTER)
            self.acknowledged.append(number)

    def _acknowledged(self, raw: bytes) -> bool:
        self.tries += 1
        try:
            with smtplib.LMTP("127.0.0.1", self._port(), timeout=10) as client:
                client.sendmail("p@customer.example", [self._to], raw)
        except (OSError, smtplib.SMTPException):
            return False
        return True
