"""The desk's internal door: who may come, is the second factor right, a session begins, what happened in it.

Everything is asked over HTTP with a shared secret; the desk decides, and says no in words that the engineer is shown.
"""

import asyncio
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from opora.gateway.agreements import Agreement, Host, Unreadable
from opora.gateway.sockets import Gone, Refused

PATIENCE = 10.0
"""Seconds for the desk to answer."""

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Staff:
    """An engineer as the desk knows them."""

    id: int
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """The desk's yes: who it is, to which hosts, under which agreement, and whether a code must be asked for."""

    staff: Staff
    factor: bool
    hosts: tuple[str, ...]
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Passage:
    """The desk's yes to a tunnel: under which agreement, to which of its hosts, by whose word; `number` names it."""

    agreement: Agreement
    host: Host
    number: int
    name: str
    language: str


class NotUnderstood(Gone):
    """The desk is there, but cannot read what it was asked; asking again would not help."""


class Door:
    """The client of the internal door."""

    def __init__(self, url: str, secret: str) -> None:
        """Take where the desk is and the secret shared with it."""
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port
        self._folder = parts.path.rstrip("/")
        self._secret = secret

    async def knock(
        self, ticket: str, *, host: str | None = None, key: str | None = None, staff: int | None = None
    ) -> Welcome:
        """Ask whether somebody, known by key or by number, may work now. Raises Refused with the desk's words, or Gone."""
        told = await self._ask("knock", {"ticket": ticket, "host": host, "key": key, "staff": staff})
        try:
            agreement = Agreement.from_text(told["agreement"])
            who = told["staff"]
            person = Staff(int(who["id"]), str(who["name"]), str(who.get("language") or "en"))
            hosts = tuple(str(name) for name in told["hosts"])
            return Welcome(person, told.get("factor") is not False, hosts, agreement)
        except (KeyError, TypeError, ValueError, Unreadable) as error:
            raise Gone(f"the desk's answer cannot be read: {error}") from error

    async def factor(self, staff: int, code: str) -> None:
        """Ask whether this is the staff member's second factor. Raises Refused, Gone."""
        await self._ask("factor", {"staff": staff, "code": code})

    async def tunnel(
        self, ticket: str, host: str, *, word: str | None = None, number: int | None = None, opening: int | None = None
    ) -> Passage:
        """Ask whether a tunnel to that host may be open now, by the customer's word or by its number. Raises Refused, Gone."""
        asked = {"ticket": ticket, "host": host, "word": word, "pass": number, "opening": opening}
        told = await self._ask("tunnel", asked)
        try:
            agreement = Agreement.from_text(told["agreement"])
            led_to = agreement.host(host)
            if led_to is None:
                raise ValueError(f"no host {host}")
            return Passage(agreement, led_to, int(told["pass"]), str(told["name"]), str(told["language"]))
        except (KeyError, TypeError, ValueError, Unreadable) as error:
            raise Gone(f"the desk's answer cannot be read: {error}") from error

    async def opened(self, facts: Facts) -> None:
        """Have the desk write down that a session begins, before the host is dialled. Raises Refused, Gone."""
        await self._ask("opened", facts)

    async def told(self, facts: Facts) -> None:
        """Tell what happened; the desk knows what it was told already. Raises Refused (told again it would be again), Gone."""
        try:
            await self._ask("told", facts)
        except NotUnderstood as error:
            raise Refused("unreadable", str(error)) from error

    async def _ask(self, what: str, facts: Facts) -> Facts:
        try:
            async with asyncio.timeout(PATIENCE + 1):
                status, body = await asyncio.to_thread(self._post, what, json.dumps(facts).encode())
            answer = json.loads(body) if body else {}
        except (OSError, TimeoutError, ValueError, RecursionError, http.client.HTTPException) as error:
            raise Gone(f"the desk does not answer ({error or type(error).__name__})") from error
        if status == http.HTTPStatus.OK and isinstance(answer, dict):
            return answer
        if status == http.HTTPStatus.FORBIDDEN and isinstance(answer, dict):
            raise Refused(str(answer.get("code", "refused")), str(answer.get("reason", "The desk gave no reason.")))
        if status == http.HTTPStatus.BAD_REQUEST:
            raise NotUnderstood(f"the desk cannot read it: {answer}")
        raise Gone(f"the desk answered {status}")

    def _post(self, what: str, body: bytes) -> tuple[int, bytes]:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=PATIENCE)
        try:
            connection.request(
                "POST",
                f"{self._folder}/gateway/{what}",
                body,
                {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
