"""What people do to mailboxes: add one, say how letters come to it, give it a hook, switch it off. Secrets are sealed here."""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused

from . import identity
from .handing import hash_of
from .models import Mailbox
from .parsing.addresses import is_mailable
from .sealing import seal

WORDS = ("name", "signature_en", "signature_ru", "acknowledgement_en", "acknowledgement_ru")
SECRETS = ("secret", "client_secret")
ROAD = (
    *("host", "port", "security", "login", "sign_in", "client", "token_address", "folder", "afterwards", "moved_to"),
    *("with_old", "silent_minutes", "border"),
)


@transaction.atomic
def add_mailbox(*, address: str, name: str, by: Actor, at: datetime) -> Mailbox:
    """One more address of the desk, whose letters a mail server hands over. Raises Refused for what is no address."""
    address = address.strip().lower()
    if not is_mailable(address) or not address.isascii() or "+" in address or address == identity.mailbox():
        raise Refused("email.no_mailbox", _("Write a plain address that the desk does not have yet, without a plus."))
    box = Mailbox.objects.create(address=address, name=name, made_at=at)
    announce("email.mailbox_added", subject=("mailbox", box.pk), by=by, at=at, address=address)
    return box


@transaction.atomic
def change_words(box: Mailbox, *, by: Actor, at: datetime, **words: str) -> None:
    """The name, the signatures, and what an acknowledgement says, in both languages."""
    _change(box, {name: words[name] for name in WORDS if name in words}, by, at)


@transaction.atomic
def fetch_by_imap(box: Mailbox, *, by: Actor, at: datetime, **known: Any) -> None:
    """From now on we fetch its letters. An empty secret leaves the one that is kept. Raises Refused when something is missing."""
    if not known.get("host"):
        raise Refused("email.no_host", _("Say on which server the mailbox is."))
    if known.get("afterwards") == Mailbox.Afterwards.MOVE and not known.get("moved_to"):
        raise Refused("email.no_folder", _("Say to which folder letters are moved."))
    if not known.get("secret") and not box.secret:
        raise Refused("email.no_secret", _("A password or a refresh token is needed."))
    new = {name: known[name] for name in ROAD if name in known}
    new |= {name: seal(known[name], settings.SECRET_KEY) for name in SECRETS if known.get(name)}
    if any(new.get(name, "") != getattr(box, name) for name in ("host", "folder", "login") if name in new):
        new |= {"uid_validity": None, "uids_known": 0, "kept_back": [], "heard_at": None}
    _change(box, {**new, "road": Mailbox.Road.IMAP, "trouble": "", "made_at": at}, by, at)


@transaction.atomic
def take_from_server(box: Mailbox, *, by: Actor, at: datetime) -> None:
    """From now on a mail server hands its letters over; what signed in before is forgotten."""
    _change(box, {"road": Mailbox.Road.SERVER, "secret": "", "client_secret": "", "trouble": ""}, by, at)


@transaction.atomic
def give_hook(box: Mailbox, *, by: Actor, at: datetime) -> str:
    """A new address under which a program posts letters; returns its token, which is shown this once. The old one dies."""
    token = secrets.token_urlsafe(24)
    _change(box, {"hook": hash_of(token)}, by, at)
    return token


@transaction.atomic
def switch(box: Mailbox, *, on: bool, by: Actor, at: datetime) -> None:
    """Take letters for the address, or no more. What came stays."""
    _change(box, {"active": on}, by, at)


def _change(box: Mailbox, new: dict[str, Any], by: Actor, at: datetime) -> None:
    for name, value in new.items():
        setattr(box, name, value)
    box.save(update_fields=list(new))
    changed = sorted(set(new) - {*SECRETS, "hook"})
    announce("email.mailbox_changed", subject=("mailbox", box.pk), by=by, at=at, fields=changed)
