"""How the gateway gets into a customer's host, as pages of both sides show it: what is pasted where, and how it stands now."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from opora.desk.workroom import queries, rules
from opora.desk.workroom.gateway import Away, Declined, gateway, host_key
from opora.desk.workroom.models import HostEntry, Tunnel, TunnelWord
from opora.desk.workroom.queries import Window
from opora.desk.workroom.rules import Gateway


@dataclass(frozen=True, slots=True)
class Step:
    """Something to paste, the same for older programs, and what takes it back."""

    title: str
    lines: str
    undo: str = ""
    help: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One road, whether it is this host's, and its steps."""

    code: str
    title: str
    chosen: bool
    steps: list[Step]
    words: str


@dataclass(frozen=True, slots=True)
class SetUps:
    """A host with every road to it, its own first."""

    host: HostEntry
    ways: list[Way]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the road of one host of a window stands: its line, its word, its tunnel."""

    host: HostEntry
    steps: list[Step]
    removal: list[Step]
    waits: bool
    word: TunnelWord | None
    tunnel: Tunnel | None

    @property
    def is_open(self) -> bool:
        """Whether its tunnel is open now."""
        return self.tunnel is not None and self.tunnel.closed_at is None


def authority() -> str:
    """Return the public key of the signer as hosts are told it; "" while the signer is away."""
    try:
        return gateway().authority()
    except (Away, Declined):
        return ""


def facing(authority: str = "") -> Gateway:
    """Return what a customer's host and the customer's ssh must know of us."""
    name, port = settings.GATEWAY_ADDRESS
    return Gateway(authority, tuple(settings.OPORA_GATEWAY_EGRESS), name, port, host_key())


def set_ups(hosts: Iterable[HostEntry], *, ticket: str = "T-…") -> list[SetUps]:
    """Return the texts for each of these very hosts: certificate, key, tunnel. `ticket` is the mark of the window's."""
    found = list(hosts)
    us = facing(authority() if found else "")
    return [_set_up(us, host, ticket) for host in found]


def _set_up(us: Gateway, host: HostEntry, ticket: str) -> SetUps:
    sources = rules.sources_of(us, tunnel=host.by_tunnel, address=host.address)
    ways = [
        Way(
            "certificate",
            _("A certificate made for each session"),
            not host.by_key,
            [
                *_for_login(us, host, host.login, ("look", "user")),
                *_for_login(us, host, host.superuser_login, ("superuser",)),
            ],
            _("Set up once. The host trusts our signer for some accounts; each certificate is good for seconds."),
        ),
        Way(
            "key",
            _("One key line for each window"),
            host.by_key,
            [Step(_("What the line will look like"), rules.key_example(sources) + "\n")],
            _(
                "Nothing is set up now. When a window is agreed, its page shows the line to paste into the account’s"
                " authorized_keys. It needs OpenSSH 7.7 or newer, and dies with the window by itself."
            ),
        ),
        Way(
            "tunnel",
            _("A tunnel you start, for hosts nobody reaches from outside"),
            host.by_tunnel,
            _tunnel(us, ticket, host),
            _(
                "Your own ssh, unchanged. It asks for a word which the page of the window gives you. Closing it ends all"
                " work at once. The host is then entered by one of the two ways above."
            ),
        ),
    ]
    return SetUps(host, sorted(ways, key=lambda way: not way.chosen))


def standings(window: Window) -> list[Standing]:
    """Return how the roads of a window's hosts stand; hosts entered by certificate without a tunnel have nothing to show."""
    agreement = window.agreement
    lines, words, tunnels = queries.lines_of(agreement), queries.words_of(agreement), queries.tunnels_of(agreement)
    shown = [host for host in window.hosts if host.by_key or host.by_tunnel]
    us = facing() if any(host.by_tunnel for host in shown) else None
    level = agreement.request.asked_terms.level
    found = []
    for host in shown:
        steps: list[Step] = []
        removal: list[Step] = []
        if line := lines.get(host.pk):
            login = rules.level_login(level, host.login, host.superuser_login)
            steps += _line_steps(line.line, login)
            removal.append(Step(_("To remove the line"), rules.key_lines(line.line, login=login)[0].undo))
        if us is not None and host.by_tunnel:
            steps += _tunnel(us, agreement.ticket.mark, host)
        waits = host.by_key and host.pk not in lines
        found.append(Standing(host, steps, removal, waits, words.get(host.pk), tunnels.get(host.pk)))
    return found


def _line_steps(line: str, login: str) -> list[Step]:
    now, *older = rules.key_lines(line, login=login)
    before = "".join(one.lines for one in older)
    return [
        Step(_("The line for authorized_keys of %(login)s") % {"login": login}, line + "\n"),
        Step(_("To add it (OpenSSH 9.1 and newer)"), now.lines, now.undo, older=before),
    ]


def _for_login(us: Gateway, host: HostEntry, login: str, levels: tuple[str, ...]) -> list[Step]:
    if not us.authority:
        return []
    whole, account, windows = rules.ways_in(
        us,
        system=host.system_id,
        login=login,
        levels=levels,
        sources=rules.sources_of(us, tunnel=host.by_tunnel, address=host.address),
    )
    return [
        Step(
            _("Login %(login)s, for the whole server (best)") % {"login": login},
            whole.lines,
            whole.undo,
            _(
                "The last line must name both files. If it says nothing, this sshd reads no sshd_config.d: put the two lines"
                " into sshd_config itself."
            ),
        ),
        Step(_("Login %(login)s, within this account only") % {"login": login}, account.lines, account.undo),
        Step(
            _("Login %(login)s on Windows, in PowerShell as an administrator") % {"login": login},
            windows.lines,
            windows.undo,
            _("For the OpenSSH server of Windows and accounts of that machine itself."),
        ),
    ]


def _tunnel(us: Gateway, ticket: str, host: HostEntry) -> list[Step]:
    titles = {
        "known": _("Once, so that your ssh knows the gateway"),
        "tunnel": _("Open the tunnel: on the host, or on a machine that reaches it"),
    }
    ways = rules.tunnel_lines(us, ticket=ticket, host=host.name, address=host.address, port=host.port)
    return [Step(titles[one.road], one.lines, one.undo) for one in ways]
