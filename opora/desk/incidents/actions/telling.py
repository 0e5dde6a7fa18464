"""One update for all: a public word of a person on every ticket, in the ticket's language, keeping that ticket's promises."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Vendor
from opora.desk.incidents import events, rules, states
from opora.desk.incidents.actions.declaring import permit, say_on
from opora.desk.incidents.models import IncidentMember, IncidentUpdate, IncidentWord, MassIncident
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.models import Event
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import states as ticket_states
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.rules import clean_text, needs_cause


@transaction.atomic
def tell_all(
    incident: MassIncident,
    *,
    stage: str,
    text: str,
    by: Staff,
    at: datetime,
    text_ru: str = "",
    next_at: datetime | None = None,
) -> IncidentUpdate:
    """Tell all customers of the incident how it stands, and the public when it is public; `next_at` is when we say more.

    Raises Refused when it is over, without words, or without words in a language one of them reads.
    """
    permit(by)
    if incident.state != states.OPEN:
        raise Refused("incidents.over", _("This incident is over."))
    if next_at is not None and next_at <= at:
        raise Refused("incidents.next_word_past", _("The next word must lie ahead."))
    incident.next_word_at = next_at
    incident.save(update_fields=["next_word_at"])
    return _tell(incident, stage, (text, text_ru), by, at)


@transaction.atomic
def end_incident(
    incident: MassIncident,
    *,
    text: str,
    by: Staff,
    at: datetime,
    text_ru: str = "",
    resolve: bool = True,
    found: tickets.Cause | None = None,
) -> IncidentUpdate:
    """It is over: all are told, and with `resolve` each ticket that is still open is resolved, for this cause.

    Raises Refused as `tell_all`, and without a cause with evidence when one of the tickets is a total outage.
    """
    permit(by)
    if resolve and found is None and _needing_cause(incident):
        raise Refused(
            "tickets.cause_missing", _("A total outage is resolved only with its cause. Name the cause first.")
        )
    if found is not None:
        tickets.check_cause(found)
    facts = _facts(found) if resolve and found is not None else {}
    update = _tell(incident, states.ENDED, (text, text_ru), by, at, resolve=resolve, found=facts)
    move(incident, to=states.OVER, table=states.INCIDENTS, over_at=at)
    return update


def say_update(event: Event, _at: datetime) -> None:
    """Reaction: say the update on this ticket, once, as the words of the one who wrote it; at the moment it was written.

    A ticket that ended meanwhile, or left the incident, is let be.
    """
    update = IncidentUpdate.objects.select_related("incident", "by").get(pk=event.facts["update"])
    ticket = Ticket.objects.select_for_update(of=("self",)).filter(pk=event.subject_id).first()
    belongs = IncidentMember.objects.filter(incident=update.incident_id, ticket=event.subject_id, left_at=None).exists()
    if ticket is None or ticket.state not in ticket_states.LIVE or not belongs:
        return
    word, new = IncidentWord.objects.get_or_create(update=update, ticket=ticket)
    if not new:
        return
    text = rules.in_language(ticket.language, update.text, update.text_ru)
    if event.facts.get("resolve"):
        message = tickets.reply_and_resolve(ticket, by=update.by, text=text, at=event.at, found=_found(update))
    else:
        message = tickets.reply(ticket, by=update.by, text=text, at=event.at)
    IncidentWord.objects.filter(pk=word.pk).update(message=message)


def _tell(
    incident: MassIncident,
    stage: str,
    texts: tuple[str, str],
    by: Staff,
    at: datetime,
    *,
    resolve: bool = False,
    found: dict[str, object] | None = None,
) -> IncidentUpdate:
    if stage not in states.STAGES:
        raise Refused("incidents.unknown_stage", _("There is no such stage."))
    text, text_ru = (clean_text(words) for words in texts)
    members = _live_members(incident)
    _check_languages(incident, text, text_ru, {ticket.language[:2] for ticket in members})
    update = IncidentUpdate.objects.create(
        incident=incident, at=at, by=by, stage=stage, text=text, text_ru=text_ru, found=found or {}
    )
    say_on([ticket.pk for ticket in members], update, at=at, resolve=resolve)
    if incident.public:
        announce(events.UPDATED, subject=("incident", incident.pk), by=by.actor, at=at, update=update.pk)
    return update


def _live_members(incident: MassIncident) -> list[Ticket]:
    rows = Ticket.objects.filter(incidentmember__incident=incident, incidentmember__left_at=None)
    return list(rows.filter(state__in=ticket_states.LIVE).order_by("pk"))


def _check_languages(incident: MassIncident, text: str, text_ru: str, read: set[str]) -> None:
    wanted = read | ({"en", "ru"} if incident.public else set())
    if not text and not text_ru:
        raise Refused("incidents.empty", _("Write what the customers shall read."))
    if not text and wanted - {"ru"}:
        raise Refused("incidents.no_english", _("Write it in English too: some of those who read it have no Russian."))
    if not text_ru and "ru" in wanted:
        raise Refused("incidents.no_russian", _("Write it in Russian too: some of those who read it write in Russian."))


def _needing_cause(incident: MassIncident) -> bool:
    return any(needs_cause(one.kind, one.priority) and not one.cause for one in _live_members(incident))


def _facts(found: tickets.Cause) -> dict[str, object]:
    vendor = found.vendor.pk if found.vendor else None
    return {"cause": found.cause, "words": found.words, "evidence": found.evidence, "vendor": vendor}


def _found(update: IncidentUpdate) -> tickets.Cause | None:
    facts = update.found
    if not facts:
        return None
    vendor = Vendor.objects.filter(pk=facts["vendor"]).first() if facts.get("vendor") else None
    return tickets.Cause(facts["cause"], facts["words"], facts["evidence"], vendor=vendor)
