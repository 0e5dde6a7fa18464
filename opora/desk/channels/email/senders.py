"""The port to the outside: handing one letter to an SMTP server, and what the server said.

The moment that matters is the end of the data: before it nothing was taken and another try is safe; after it, without an
answer, nobody knows. `hand_over` says which of the three it was and never tries twice itself.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 60
FINAL_ANSWER_TIMEOUT = 600  # RFC 5321 section 4.5.3.2.6


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said about one recipient; code 0 when the road failed before it could say anything."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()[:500]


@dataclass(slots=True)
class HandedOver:
    """What became of one letter: an answer for each recipient, or `unknown` when the last answer was lost."""

    answers: dict[str, Answer] = field(default_factory=dict)
    unknown: bool = False


class Sender(Protocol):
    """Something that takes letters out of the house."""

    def hand_over(
        self, raw: bytes, envelope_from: str, recipients: Sequence[str], before_octets: Callable[[Sequence[str]], None]
    ) -> HandedOver:
        """Try once. `before_octets` is called with the accepted recipients when the next octets may already be final."""

    def close(self) -> None:
        """Let go of the connection."""


@dataclass(frozen=True, slots=True)
class Road:
    """Where an OPORA_SMTP_URL leads."""

    host: str
    port: int
    security: str = "plain"
    user: str = ""
    password: str = field(default="", repr=False)


def read_url(url: str) -> Road:
    """smtp://, smtp+starttls:// or smtps:// with user, password, host and port. Raises ValueError; never shows the password."""
    parts = urlsplit(url)
    kinds = {"smtp": ("plain", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}
    if parts.scheme not in kinds or not parts.hostname:
        raise ValueError("OPORA_SMTP_URL must look like smtp://host:25, smtp+starttls://… or smtps://….")
    security, port = kinds[parts.scheme]
    return Road(
        parts.hostname, parts.port or port, security, unquote(parts.username or ""), unquote(parts.password or "")
    )


class SmtpSender:
    """Hands letters to one server over a connection that is kept while it lasts."""

    def __init__(self, road: Road, *, timeout: float = TIMEOUT, final_timeout: float = FINAL_ANSWER_TIMEOUT) -> None:
        self._road = road
        self._timeout = timeout
        self._final_timeout = final_timeout
        self._connection: smtplib.SMTP | None = None

    def hand_over(
        self, raw: bytes, envelope_from: str, recipients: Sequence[str], before_octets: Callable[[Sequence[str]], None]
    ) -> HandedOver:
        """See `Sender`."""
        result = HandedOver()
        try:
            connection = self._connected()
            accepted = self._offer(connection, raw, envelope_from, recipients, result)
        except (OSError, smtplib.SMTPException, ValueError) as trouble:
            self.close()
            answer = _answer_of(trouble)
            result.answers = dict.fromkeys(recipients, answer)
            return result
        if not accepted:
            self._reset(connection)
            return result
        before_octets(accepted)
        self._octets(connection, raw, accepted, result)
        return result

    def close(self) -> None:
        """See `Sender`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except OSError:
                return

    def _connected(self) -> smtplib.SMTP:
        if self._connection is not None:
            try:
                if self._connection.noop()[0] == 250:
                    return self._connection
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        road = self._road
        context = ssl.create_default_context()
        if road.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(road.host, road.port, timeout=self._timeout, context=context)
        else:
            connection = smtplib.SMTP(road.host, road.port, timeout=self._timeout)
        self._connection = connection
        if road.security == "starttls":
            connection.starttls(context=context)
        connection.ehlo_or_helo_if_needed()
        if road.user:
            connection.login(road.user, road.password)
        return connection

    def _offer(
        self, connection: smtplib.SMTP, raw: bytes, envelope_from: str, recipients: Sequence[str], result: HandedOver
    ) -> list[str]:
        """MAIL and RCPT; the recipients the server takes."""
        options = [f"SIZE={len(raw)}"] if connection.has_extn("size") else []
        code, text = connection.mail(envelope_from, options)
        if code != 250:
            self._reset(connection)
            result.answers = {email: Answer(code, _words(text)) for email in recipients}
            return []
        accepted = []
        for email in recipients:
            code, text = connection.rcpt(email)
            if code in (250, 251):
                accepted.append(email)
            else:
                result.answers[email] = Answer(code, _words(text))
            if code == 421:
                raise smtplib.SMTPServerDisconnected(_words(text))
        return accepted

    def _octets(self, connection: smtplib.SMTP, raw: bytes, accepted: list[str], result: HandedOver) -> None:
        try:
            code, text = connection.docmd("DATA")
        except (OSError, smtplib.SMTPException) as trouble:
            self.close()
            result.answers |= {email: _answer_of(trouble) for email in accepted}
            return
        if code == 354:
            try:
                if connection.sock is not None:
                    connection.sock.settimeout(self._final_timeout)
                connection.send(_dotted(raw))
                code, text = connection.getreply()
            except (OSError, smtplib.SMTPException) as trouble:
                self.close()
                result.unknown = True
                result.answers |= {email: _answer_of(trouble) for email in accepted}
                return
            if connection.sock is not None:
                connection.sock.settimeout(self._timeout)
        else:
            self._reset(connection)
        result.answers |= {email: Answer(code, _words(text)) for email in accepted}

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


def _dotted(raw: bytes) -> bytes:
    """RFC 5321 section 4.5.2, with the end of data. What we compose has CRLF throughout."""
    body = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    body = body.replace(b"\r\n.", b"\r\n..")
    return (b"." + body if body.startswith(b".") else body) + b".\r\n"


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _answer_of(trouble: Exception) -> Answer:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return Answer(int(trouble.smtp_code), _words(trouble.smtp_error))
    if isinstance(trouble, (socket.gaierror, ConnectionRefusedError, TimeoutError)):
        return Answer(0, f"no connection: {trouble}")
    return Answer(0, f"{type(trouble).__name__}: {trouble}")
