"""What pages of both sides show of work on a customer's systems, in words. Decides nothing and permits nothing."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from opora.desk.workroom import queries, states
from opora.desk.workroom.gateway import Away, Declined, gateway
from opora.desk.workroom.models import HostEntry, SessionEvent, WorkSession
from opora.desk.workroom.queries import Window

_LEFT_OVER = {
    "processes": "activity",
    "keys": "key",
    "cron": "clock",
    "units": "server",
    "ports": "world",
    "users": "users",
    "files": "file",
}


@dataclass(frozen=True, slots=True)
class Left:
    """One kind of thing that was left behind on a host, and what."""

    sign: str
    title: str
    things: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One ended or running session as pages show it."""

    row: WorkSession
    reason: str
    residue: list[Left] | None
    standing: list[str]
    running: bool


def shown(session: WorkSession) -> Shown:
    """Return the session with what was left behind."""
    told = queries.told_of(session)
    return Shown(
        row=session,
        reason=reason_in_words(session.reason),
        residue=residue_in_words(told),
        standing=queries.standing_in(told),
        running=session.state in states.RUNNING,
    )


def commands_of(window: Window) -> list[tuple[HostEntry, str]]:
    """Return the exact line to paste into a terminal, for each host of the window."""
    host, port = settings.GATEWAY_ADDRESS
    road = "" if port == 22 else f"-p {port} "
    return [(one, f"ssh {road}{window.agreement.ticket.mark}.{one.name}@{host}") for one in window.hosts]


def verifier_key() -> str:
    """Return the line that records are verified by; "" while the ledger is away."""
    try:
        return gateway().verifier_key()
    except (Away, Declined):
        return ""


def phase_in_words(window: Window) -> str:
    """Return where the window stands."""
    return {
        "before": pgettext("a window", "not open yet"),
        "now": pgettext("a window", "open now"),
        "after": pgettext("a window", "over"),
        "withdrawn": pgettext("a window", "taken back"),
    }[window.phase]


def watching_in_words(rule: str) -> str:
    """Return for somebody of the customer's what was agreed about its watching."""
    return {
        "none": _("You may watch, and need not."),
        "notify": _("You are told when work begins, and may watch."),
        "must": _("Work goes on only while somebody of yours watches; otherwise it is paused."),
        "must_end": _("Somebody of yours must be watching; without anybody for a minute the work ends."),
    }[rule]


def reason_in_words(reason: str) -> str:
    """Return why a session ended."""
    return {
        "": "",
        "exit": _("the engineer logged out"),
        "left": _("the engineer’s connection was lost"),
        "window": _("the agreed window was over"),
        "stop": _("it was stopped"),
        "watch": _("nobody watched any more"),
        "withdrawn": _("the confirmation was taken back"),
        "recorder": _("the record could not be written"),
        "ledger": _("the ledger did not answer"),
        "tunnel": _("the tunnel was closed"),
        "host": _("the host ended the connection"),
        "link": _("the connection was lost"),
        "gateway": _("the gateway was shut down"),
        "gateway-lost": _("the gateway was lost"),
    }.get(reason, reason)


def residue_in_words(told: list[SessionEvent]) -> list[Left] | None:
    """Return what the last report says was left behind; None without a report, an empty list for nothing."""
    reports = [one.facts for one in told if one.what == "residue"]
    if not reports:
        return None
    difference = reports[-1].get("difference", reports[-1])
    if not isinstance(difference, dict):
        return []
    return [
        Left(_LEFT_OVER.get(kind, "circle"), _kind_in_words(kind), things)
        for kind, found in sorted(difference.items())
        if (things := _things(found))
    ]


def _things(found: Any) -> list[str]:
    """What came, and what went, as lines."""
    if isinstance(found, list):
        return [str(one) for one in found]
    if isinstance(found, dict):
        signs = {"added": "+", "came": "+", "new": "+", "removed": "−", "gone": "−", "went": "−"}
        return [
            f"{signs.get(how, how)} {one}"
            for how, things in sorted(found.items())
            for one in (things if isinstance(things, list) else [things])
        ]
    return []


def _kind_in_words(kind: str) -> str:
    return {
        "processes": _("Processes"),
        "keys": _("SSH keys"),
        "cron": _("Timers (cron)"),
        "units": _("Services"),
        "ports": _("Open ports"),
        "users": _("Users"),
        "files": _("Files"),
        "suid": _("Programs with special rights"),
    }.get(kind, kind)
