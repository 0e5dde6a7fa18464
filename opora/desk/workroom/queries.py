"""Questions about work on customers' systems that change nothing."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from opora.desk.consent import states as consent_states
from opora.desk.customers.models import Organisation, System
from opora.desk.people.models import Staff
from opora.desk.workroom import states
from opora.desk.workroom.models import (
    Agreement,
    Choice,
    EngineerKey,
    HostEntry,
    Look,
    RepairOrder,
    SealingKey,
    SessionEvent,
    Summary,
    Tunnel,
    TunnelWord,
    WindowLine,
    WorkSession,
    WorkTime,
)
from opora.desk.workroom.tokens import hash_of


@dataclass(frozen=True, slots=True)
class Window:
    """An agreement with what happened under it, as panels show it."""

    agreement: Agreement
    hosts: list[HostEntry]
    sessions: list[WorkSession]
    summary: Summary | None
    choice: Choice | None
    repairs: list[RepairOrder]
    stands: bool
    phase: str

    @property
    def running(self) -> list[WorkSession]:
        """The sessions somebody is at work in."""
        return [one for one in self.sessions if one.state in states.RUNNING]


def windows_of_ticket(ticket: int, *, at: datetime) -> list[Window]:
    """Return a ticket's agreements, the newest first, with sessions, summary, choice and repairs."""
    rows = Agreement.objects.filter(ticket=ticket).select_related("request", "ticket__organisation").order_by("-id")
    return [window_of(one, at=at) for one in rows]


def window_of(agreement: Agreement, *, at: datetime) -> Window:
    """Return one agreement with everything that belongs to it."""
    entries = HostEntry.objects.select_related("system").in_bulk(agreement.host_ids)
    stands = agreement.request.state == consent_states.CONFIRMED
    return Window(
        agreement=agreement,
        hosts=sorted(entries.values(), key=lambda one: one.name),
        sessions=list(agreement.sessions.select_related("staff", "host").order_by("-id")),
        summary=agreement.summaries.select_related("by").order_by("-id").first(),
        choice=agreement.choices.order_by("-id").first(),
        repairs=list(agreement.repairs.select_related("request", "by").order_by("-id")),
        stands=stands,
        phase=_phase(agreement, stands, at),
    )


def _phase(agreement: Agreement, stands: bool, at: datetime) -> str:
    if not stands:
        return "withdrawn"
    if at < agreement.starts_at:
        return "before"
    return "now" if at < agreement.ends_at else "after"


def facts_of(agreement: Agreement) -> dict[str, Any]:
    """Return what the agreement's bytes say."""
    said: dict[str, Any] = json.loads(agreement.text)
    return said


def live_hosts(systems: list[int]) -> QuerySet[HostEntry]:
    """Return the entries that hold now for these systems."""
    return HostEntry.objects.filter(system__in=systems, retired_at=None).select_related("system").order_by("name")


def hosts_of_system(system: System) -> list[HostEntry]:
    """Return all entries of a system, those that hold first."""
    return list(system.host_entries.select_related("entered_by").order_by("retired_at", "name", "-id"))


def lines_wanted(at: datetime) -> list[tuple[Agreement, HostEntry]]:
    """Return windows to come or open, in the log already, with each of their hosts that still lacks its key line."""
    rows = Agreement.objects.filter(ends_at__gt=at, withdrawn_at=None, logged_at__isnull=False)
    agreements = list(rows.prefetch_related("window_lines").order_by("id"))
    numbers = {number for one in agreements for number in one.host_ids}
    roads = (HostEntry.Road.KEY, HostEntry.Road.TUNNEL_KEY)
    hosts = HostEntry.objects.filter(pk__in=numbers, road__in=roads, retired_at=None).order_by("name")
    return [
        (agreement, host)
        for agreement in agreements
        for host in hosts
        if host.pk in agreement.host_ids and host.pk not in {line.host_id for line in agreement.window_lines.all()}
    ]


def lines_of(agreement: Agreement) -> dict[int, WindowLine]:
    """Return the key lines of a window, each by its host."""
    return {line.host_id: line for line in agreement.window_lines.all()}


def words_of(agreement: Agreement) -> dict[int, TunnelWord]:
    """Return who made the words that open tunnels now, each by its host."""
    rows = agreement.tunnel_words.select_related("made_by").filter(revoked_at=None)
    return {word.host_id: word for word in rows}


def language_of_word(word: str) -> str:
    """Return the language of whoever made the word of a tunnel; "" for an unknown one."""
    found = TunnelWord.objects.select_related("made_by").filter(word_hash=hash_of(word)).first()
    return found.made_by.language if found else ""


def tunnels_of(agreement: Agreement) -> dict[int, Tunnel]:
    """Return the last tunnel to each host of a window."""
    rows = Tunnel.objects.select_related("word").filter(word__agreement=agreement).order_by("id")
    return {tunnel.word.host_id: tunnel for tunnel in rows}


def seal_of(organisation: Organisation) -> SealingKey | None:
    """Return the customer's key to what is typed, if it gave one."""
    return SealingKey.objects.filter(organisation=organisation, retired_at=None).first()


def keys_of(staff: Staff) -> list[EngineerKey]:
    """Return a colleague's keys that count."""
    return list(EngineerKey.objects.filter(staff=staff, revoked_at=None).order_by("id"))


def find_session(name: str) -> WorkSession | None:
    """Return the session the gateway calls so."""
    return WorkSession.objects.select_related("ticket", "agreement", "staff").filter(name=name).first()


def told_of(session: WorkSession) -> list[SessionEvent]:
    """Return what the gateway told of it, in order."""
    return list(session.events.order_by("number"))


def residue_of(session: WorkSession) -> dict[str, Any] | None:
    """Return what was found left behind at the end, None while nothing was reported."""
    last = session.events.filter(what="residue").order_by("-number").first()
    return last.facts if last else None


def standing_in(told: list[SessionEvent]) -> list[str]:
    """Return the lines of the window's key that still stood in the account when the engineer was out, each with its file."""
    reports = [one.facts for one in told if one.what == "residue"]
    found = reports[-1].get("standing") if reports else None
    return [str(line) for line in found] if isinstance(found, list) else []


def looks_at(session: WorkSession) -> QuerySet[Look]:
    """Return who looked, the first first."""
    return session.looks.order_by("id")


def times_of_ticket(ticket: int) -> list[WorkTime]:
    """Return the hours booked on a ticket, the first first."""
    return list(WorkTime.objects.filter(ticket=ticket).select_related("staff", "system", "request").order_by("id"))


def running_sessions() -> QuerySet[WorkSession]:
    """Return every session somebody is at work in."""
    return WorkSession.objects.filter(state__in=states.RUNNING).select_related("ticket", "staff", "agreement")


def paused_by_customer(session: WorkSession) -> bool:
    """Return whether somebody of the customer's has paused it, as the gateway told, and nobody of theirs let it go on."""
    told = session.events.filter(what__in=("paused", "resumed"), facts__reason="viewer").order_by("-number").first()
    return told is not None and told.what == "paused"
