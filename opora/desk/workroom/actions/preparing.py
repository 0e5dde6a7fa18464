"""From a confirmed request to an agreement, and to its end when the yes is taken back."""

import base64
import os
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.consent import states as consent_states
from opora.desk.consent.models import Answer, ConfirmationRequest
from opora.desk.customers.models import Organisation
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff
from opora.desk.workroom import events, rules, states
from opora.desk.workroom.actions.steering import stop_session
from opora.desk.workroom.models import Agreement, HostEntry, WorkSession
from opora.desk.workroom.queries import live_hosts, seal_of


def follow_confirmed(event: Event, at: datetime) -> None:
    """Somebody confirmed: make the agreement, if it is about systems we know how to reach."""
    request = ConfirmationRequest.objects.select_related("ticket", "organisation").get(pk=event.facts["request"])
    if request.state == consent_states.CONFIRMED and live_hosts(request.system_ids).exists():
        prepare(request, by=SYSTEM, at=at)


def follow_ended(event: Event, at: datetime) -> None:
    """The yes is taken back or replaced: the agreement counts no more, whoever is at work is stopped."""
    end_agreement(event.facts["request"], by=Actor("system", 0, event.actor_name), why=event.why, at=at)


def follow_left(event: Event, at: datetime) -> None:
    """A colleague left: whatever they are at work in is stopped."""
    staff = Staff.objects.filter(pk=event.subject_id).first()
    if staff is None or staff.active:
        return
    for session in WorkSession.objects.filter(staff=staff, state__in=states.RUNNING):
        stop_session(session, why=_("The engineer no longer works here."), at=at)


@transaction.atomic
def prepare(request: ConfirmationRequest, *, by: Actor, at: datetime) -> Agreement:
    """Return the agreement of a confirmed request, made now if there is none yet.

    Raises Refused when it is not confirmed, or none of its systems has a host entry.
    """
    made = Agreement.objects.filter(request=request).first()
    if made is not None:
        return made
    if request.state != consent_states.CONFIRMED:
        raise Refused("workroom.not_confirmed", _("The customer has not confirmed this."))
    hosts = list(live_hosts(request.system_ids))
    if not hosts:
        raise Refused("workroom.no_host", _("Nobody has said how these systems are reached. Enter a host first."))
    text, sha256 = rules.write_agreement(_everything(request, hosts))
    agreement = Agreement.objects.create(
        request=request,
        ticket=request.ticket,
        text=text,
        sha256=sha256,
        host_ids=[one.pk for one in hosts],
        starts_at=request.asked_terms.starts,
        ends_at=request.asked_terms.ends,
        made_at=at,
    )
    announce(
        events.AGREED,
        subject=("ticket", request.ticket_id),
        by=by,
        at=at,
        agreement=agreement.pk,
        request=request.pk,
        hosts=[one.name for one in hosts],
    )
    return agreement


@transaction.atomic
def end_agreement(request: int, *, by: Actor, why: str, at: datetime) -> None:
    """The agreement of this request counts no more; sessions under it are stopped. Twice changes nothing."""
    agreement = Agreement.objects.select_for_update().filter(request=request).first()
    if agreement is None:
        return
    if agreement.withdrawn_at is None:
        Agreement.objects.filter(pk=agreement.pk, withdrawn_at=None).update(withdrawn_at=at)
    for session in agreement.sessions.filter(state__in=states.RUNNING):
        stop_session(session, why=why or _("The confirmation was taken back."), at=at, by=by)


def _everything(request: ConfirmationRequest, hosts: list[HostEntry]) -> rules.Made:
    answer = (
        request.answers.filter(kind=Answer.Kind.CONFIRMED, counts=True, digest=request.digest).order_by("-id").first()
    )
    if answer is None:
        raise Refused("workroom.not_confirmed", _("The customer has not confirmed this."))
    level = request.asked_terms.level
    return rules.Made(
        confirmation=request.pk,
        terms=request.asked_terms,
        text_sha256=request.digest,
        customer=request.organisation_id,
        confirmed=rules.Confirmed(answer.by_name, answer.email, answer.road, answer.at),
        hosts=tuple(_host(one, level) for one in hosts),
        customer_key=_customer_key(request.organisation),
        escrow_keys=_escrow_keys(),
    )


def _host(one: HostEntry, level: str) -> rules.HostFacts:
    return rules.HostFacts(
        name=one.name,
        system=one.system_id,
        address=one.address,
        port=one.port,
        login=rules.level_login(level, one.login, one.superuser_login),
        host_keys=tuple(one.host_keys),
        road=one.road,
    )


def _customer_key(organisation: Organisation) -> str:
    """The customer's key; else bytes that are nobody's key, so that nobody but the escrow holders opens what is typed."""
    given = seal_of(organisation)
    return given.public_key if given else _nobodys()


def _escrow_keys() -> tuple[str, str]:
    keys = [rules.read_sealing_key(key) for key in settings.OPORA_ESCROW_KEYS]
    first, second = keys if len(keys) == 2 else (_nobodys(), _nobodys())
    return first, second


def _nobodys() -> str:
    return base64.b64encode(os.urandom(32)).decode()
