"""Signing in to a mailbox: with a password, or with a token that Microsoft or Google gives for a refresh token (RFC 6749).

The token's server stands behind a port. Secrets are unsealed here, used, and kept nowhere else.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings
from imapclient import IMAPClient  # type: ignore[import-untyped]

from opora.desk.channels.email.models import Mailbox
from opora.desk.channels.email.sealing import Unreadable, seal, unseal

PATIENCE = 30
EARLY = timedelta(minutes=2)
TOKEN_ADDRESSES = {
    Mailbox.SignIn.MICROSOFT: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    Mailbox.SignIn.GOOGLE: "https://oauth2.googleapis.com/token",
}
SCOPES = {
    Mailbox.SignIn.MICROSOFT: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    Mailbox.SignIn.GOOGLE: "https://mail.google.com/",
}


class NotLetIn(Exception):
    """We could not sign in; the words say why and hold no secret."""


class TokenServer(Protocol):
    """Something that gives tokens."""

    def ask(self, address: str, form: dict[str, str]) -> dict[str, Any]:
        """Its answer to the form. Raises NotLetIn with its words, OSError when it cannot be reached."""


class HttpTokenServer:
    """A real one."""

    def ask(self, address: str, form: dict[str, str]) -> dict[str, Any]:
        """See `TokenServer`."""
        if not address.startswith(("https://", "http://127.0.0.1:")):
            raise NotLetIn("the token's address must begin with https://")
        asked = Request(address, data=urlencode(form).encode(), method="POST")  # noqa: S310 - the scheme is checked above
        try:
            with urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
                found = json.loads(answer.read(100_000))
        except HTTPError as refusal:
            raise NotLetIn(f"the token server refused ({refusal.code}): {_said(refusal.read(2000))}") from refusal
        except ValueError as trouble:
            raise NotLetIn("the token server's answer cannot be read") from trouble
        if not isinstance(found, dict):
            raise NotLetIn("the token server's answer cannot be read")
        return found


def _said(octets: bytes) -> str:
    """Only the words meant for people: an answer may repeat what was sent."""
    try:
        found = json.loads(octets)
        return str(found.get("error", ""))[:80]
    except (ValueError, AttributeError):
        return "no reason given"


@dataclass
class Door:
    """Signs in; remembers tokens for as long as they are good."""

    server: TokenServer = field(default_factory=HttpTokenServer)
    _tokens: dict[int, tuple[str, datetime]] = field(default_factory=dict)

    def sign_in(self, client: IMAPClient, box: Mailbox, *, at: datetime) -> None:
        """Raises NotLetIn, OSError."""
        try:
            if box.sign_in == Mailbox.SignIn.PASSWORD:
                client.login(box.login or box.address, _open(box.secret))
            else:
                self._sign_in_with_token(client, box, at=at)
        except Unreadable as trouble:
            raise NotLetIn(f"the secret cannot be read: {trouble}") from trouble
        except client.Error as refusal:
            raise NotLetIn(f"the server refused the sign-in: {str(refusal)[:200]}") from refusal

    def _sign_in_with_token(self, client: IMAPClient, box: Mailbox, *, at: datetime) -> None:
        """A token that we remember may have been called back before its time: then a new one is asked for, once."""
        remembered = box.pk in self._tokens
        try:
            client.oauth2_login(box.login or box.address, self.token_for(box, at=at))
        except client.Error:
            self._tokens.pop(box.pk, None)
            if not remembered:
                raise
            client.oauth2_login(box.login or box.address, self.token_for(box, at=at))

    def token_for(self, box: Mailbox, *, at: datetime) -> str:
        """A token that is good for some minutes more. A new refresh token that comes with it is kept.

        Raises NotLetIn, Unreadable, OSError.
        """
        known = self._tokens.get(box.pk)
        if known and known[1] > at:
            return known[0]
        form = {"grant_type": "refresh_token", "refresh_token": _open(box.secret), "client_id": box.client}
        form["scope"] = SCOPES[Mailbox.SignIn(box.sign_in)]
        if box.client_secret:
            form["client_secret"] = _open(box.client_secret)
        answer = self.server.ask(box.token_address or TOKEN_ADDRESSES[Mailbox.SignIn(box.sign_in)], form)
        token = str(answer.get("access_token", ""))
        if not token:
            raise NotLetIn("the token server gave no token")
        if answer.get("refresh_token") and box.secret.startswith("sealed:"):
            box.secret = seal(str(answer["refresh_token"]), settings.SECRET_KEY)
            Mailbox.objects.filter(pk=box.pk).update(secret=box.secret)
        good_for = timedelta(seconds=int(answer.get("expires_in") or 600))
        self._tokens[box.pk] = (token, at + max(good_for - EARLY, timedelta(seconds=30)))
        return token


def _open(kept: str) -> str:
    return unseal(kept, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
