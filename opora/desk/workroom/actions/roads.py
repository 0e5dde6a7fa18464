"""What the customer opens itself: lines of window keys as the signer words them, words for tunnels, and how tunnels stand."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.workroom import events, policies
from opora.desk.workroom.models import Agreement, HostEntry, Tunnel, TunnelWord, WindowLine
from opora.desk.workroom.tokens import hash_of, new_token

LOST = "lost"
"""Why a tunnel counts as closed when the gateway itself was lost and could not say so."""


@transaction.atomic
def keep_line(agreement: Agreement, host: HostEntry, line: str, *, at: datetime) -> WindowLine:
    """Keep the line the signer made, so that customer and engineer see it; the same again changes nothing."""
    kept, new = WindowLine.objects.get_or_create(agreement=agreement, host=host, defaults={"line": line, "made_at": at})
    if new:
        _announce(events.LINE_MADE, agreement, at, host=host.name)
    return kept


@transaction.atomic
def make_word(agreement: Agreement, host: str, *, by: Contact, at: datetime) -> str:
    """Return the word that opens the tunnel to that host until the window ends; the one before opens nothing any more.

    It is shown once. Raises Refused for people not of this customer, hosts without a tunnel, and when the window is over.
    """
    if not policies.is_customers(by, agreement.ticket):
        raise Refused("workroom.not_yours", _("Only people of the customer open a tunnel."))
    agreement = _held(agreement)
    if at >= agreement.ends_at or not policies.stands(agreement):
        raise Refused("workroom.over", _("The window is over; no tunnel is needed any more."))
    entry = HostEntry.objects.filter(pk__in=agreement.host_ids, name=host).first()
    if entry is None or not entry.by_tunnel:
        raise Refused("workroom.no_tunnel", _("This host is not reached by a tunnel."))
    if entry.retired_at is not None:
        raise Refused("workroom.host_changed", policies.host_has_changed())
    _revoke(agreement, entry, at)
    word = new_token()
    TunnelWord.objects.create(agreement=agreement, host=entry, made_by=by, word_hash=hash_of(word), made_at=at)
    announce(
        events.WORD_MADE, subject=("ticket", agreement.ticket_id), by=by.actor, at=at, agreement=agreement.pk, host=host
    )
    return word


@transaction.atomic
def revoke_word(agreement: Agreement, host: str, *, by: Contact, at: datetime) -> None:
    """The word opens nothing any more, and what it opened is shut within seconds. Raises Refused for others' people."""
    if not policies.is_customers(by, agreement.ticket):
        raise Refused("workroom.not_yours", _("Only people of the customer open a tunnel."))
    agreement = _held(agreement)
    entry = HostEntry.objects.filter(pk__in=agreement.host_ids, name=host).first()
    if entry is not None and _revoke(agreement, entry, at):
        announce(
            events.WORD_REVOKED,
            subject=("ticket", agreement.ticket_id),
            by=by.actor,
            at=at,
            agreement=agreement.pk,
            host=host,
        )


@transaction.atomic
def tell_tunnel(number: int, facts: dict[str, Any], *, happened: datetime, at: datetime) -> bool:
    """Keep that a tunnel was opened or closed; returns False when it was told before. Raises Refused for an unknown word."""
    opening, passed = (one if isinstance(one := facts.get(name), int) else 0 for name in ("opening", "pass"))
    if facts.get("open") is True:
        word = TunnelWord.objects.filter(pk=passed).first()
        if word is None or opening != number:
            raise Refused("tunnel", _("The desk does not know this tunnel."))
        _row, new = Tunnel.objects.get_or_create(
            number=number,
            defaults={
                "word": word,
                "came_from": str(facts.get("from", ""))[:60],
                "opened_at": happened,
                "heard_at": at,
            },
        )
        if new:
            _announce(events.TUNNEL_OPENED, word.agreement, at, host=word.host.name)
        return new
    found = Tunnel.objects.select_related("word__agreement", "word__host").filter(number=opening).first()
    if found is None:
        raise Refused("tunnel", _("The desk does not know this tunnel."))
    return _close(found, str(facts.get("why", "")), happened=happened, at=at)


@transaction.atomic
def close_unheard(tunnel: Tunnel, *, at: datetime) -> bool:
    """The gateway has not spoken of it for too long: it counts as closed until it does, or says when it was."""
    return _close(tunnel, LOST, happened=at, at=at)


@transaction.atomic
def hear_tunnel(word: TunnelWord, opening: int, *, at: datetime) -> None:
    """The gateway says that it is still open; one that counted as lost is open again."""
    rows = Tunnel.objects.filter(number=opening, word=word)
    if rows.filter(closed_at=None).update(heard_at=at):
        return
    if rows.filter(why=LOST).update(heard_at=at, closed_at=None, why=""):
        _announce(events.TUNNEL_OPENED, word.agreement, at, host=word.host.name)


def _close(tunnel: Tunnel, why: str, *, happened: datetime, at: datetime) -> bool:
    still = Tunnel.objects.filter(pk=tunnel.pk, closed_at=None)
    guessed = Tunnel.objects.filter(pk=tunnel.pk, why=LOST)
    facts = {"closed_at": happened, "why": why[:20]}
    if still.update(**facts):
        _announce(events.TUNNEL_CLOSED, tunnel.word.agreement, at, host=tunnel.word.host.name, reason=why[:20])
        return True
    return why != LOST and bool(guessed.update(**facts))


def _held(agreement: Agreement) -> Agreement:
    """Return it as it stands now; words for its tunnels are made and taken back one after another."""
    return Agreement.objects.select_for_update(of=("self",)).select_related("ticket", "request").get(pk=agreement.pk)


def _revoke(agreement: Agreement, entry: HostEntry, at: datetime) -> bool:
    found = TunnelWord.objects.filter(agreement=agreement, host=entry, revoked_at=None).first()
    if found is not None:
        compare_and_set(found, {"revoked_at": None}, revoked_at=at)
    return found is not None


def _announce(event: str, agreement: Agreement, at: datetime, **facts: Any) -> None:
    announce(event, subject=("ticket", agreement.ticket_id), by=SYSTEM, at=at, agreement=agreement.pk, **facts)
