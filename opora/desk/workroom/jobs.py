"""What runs by itself: agreements go to the ledger, orders go to the gateway until they are taken. May run twice."""

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from opora.desk.workroom import actions, queries
from opora.desk.workroom.actions.steering import send_order
from opora.desk.workroom.gateway import Away, Declined, gateway
from opora.desk.workroom.models import Agreement, GatewayOrder, Tunnel

UNHEARD = timedelta(seconds=45)
"""The gateway speaks of an open tunnel every ten seconds."""

log = logging.getLogger("opora.workroom")


def hand_to_ledger(at: datetime, *, limit: int = 50) -> int:
    """Hand agreements and their withdrawals to the ledger, outside any transaction; returns how many it took."""
    waiting = Agreement.objects.filter(
        Q(logged_at=None) | Q(withdrawn_at__isnull=False, withdrawal_logged_at=None)
    ).select_related("request")
    taken = 0
    try:
        for agreement in waiting.order_by("id")[:limit]:
            taken += _hand(agreement, at)
    except Away as away:
        if waiting.exists():
            log.info("the ledger takes no agreement yet: %s", away)
    return taken + _fetch_lines(at, limit=limit)


def carry_orders(at: datetime, *, limit: int = 50) -> int:
    """Send the orders that wait, the oldest first; returns how many were taken."""
    waiting = GatewayOrder.objects.filter(taken_at=None).select_related("session").order_by("id")[:limit]
    taken = 0
    for order in waiting:
        if not send_order(order, at=at):
            break
        taken += 1
    return taken


def close_unheard_tunnels(at: datetime) -> int:
    """Tunnels of which the gateway has not spoken for a while count as closed; returns how many."""
    silent = Tunnel.objects.filter(closed_at=None, heard_at__lt=at - UNHEARD)
    return sum(actions.close_unheard(one, at=at) for one in silent.select_related("word__agreement", "word__host")[:50])


def stop_where_shut(at: datetime) -> int:
    """Stop the work for customers whose contract is over."""
    return actions.stop_where_shut(at=at)


def _fetch_lines(at: datetime, *, limit: int) -> int:
    """Keep the key lines of the windows to come, as the signer words them; what it declines is asked again next time."""
    fetched = 0
    try:
        for agreement, host in queries.lines_wanted(at)[:limit]:
            try:
                actions.keep_line(agreement, host, gateway().line(agreement.sha256, host.name), at=at)
                fetched += 1
            except Declined as declined:
                log.warning("no key line for agreement %s: %s", agreement.pk, declined.reason or declined.code)
    except Away as away:
        log.info("the signer gives no key line yet: %s", away)
    return fetched


def _hand(agreement: Agreement, at: datetime) -> int:
    rows = Agreement.objects.filter(pk=agreement.pk)
    try:
        if agreement.logged_at is None:
            gateway().agree(agreement.text)
            rows.filter(logged_at=None).update(logged_at=at)
        if agreement.withdrawn_at is not None and agreement.withdrawal_logged_at is None:
            gateway().withdraw(agreement.sha256, by="desk", why=agreement.request.get_state_display())
            rows.filter(withdrawal_logged_at=None).update(withdrawal_logged_at=at)
    except Declined as declined:
        log.error("the ledger refuses agreement %s: %s", agreement.pk, declined.reason or declined.code)
        return 0
    return 1
