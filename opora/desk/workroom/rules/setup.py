"""The ways in for a customer to choose from, as lines to paste on its own host. Pure.

Each can be taken back by the customer alone, without us: that is why they are shown and not done by us.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class SetUp:
    """One way in: the lines that open it and the lines that shut it again."""

    road: str
    lines: str
    undo: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a customer's host must know of us: the key that signs certificates, and from where we come, if that is fixed."""

    authority: str
    egress: tuple[str, ...] = ()
    name: str = ""
    port: int = 22
    host_key: str = ""

    @property
    def known(self) -> str:
        """The gateway as known_hosts has it; "" while its key cannot be read."""
        where = self.name if self.port == 22 else f"[{self.name}]:{self.port}"
        return f"{where} {' '.join(self.host_key.split()[:2])}" if self.host_key else ""


def ways_in(
    gateway: Gateway, *, system: int, login: str, levels: Sequence[str], sources: Sequence[str] | None = None
) -> list[SetUp]:
    """Return those for one login: for the whole sshd, within one account, and for the sshd of Windows.

    A certificate lives for seconds, whichever it is.

    `sources` are the networks the host sees us come from, where these are not the gateway's own: through a tunnel.
    """
    principals = [f"opora-{system}-{level}" for level in levels]
    told = gateway.egress if sources is None else sources
    return [
        _for_the_host(gateway, login, principals),
        _for_the_account(gateway, login, principals, told),
        _for_windows(gateway, login, principals),
    ]


def _for_the_host(gateway: Gateway, login: str, principals: Sequence[str]) -> SetUp:
    names = " ".join(f"'{name}'" for name in principals)
    lines = f"""install -d -m 755 /etc/ssh/opora_principals
printf '%s\\n' '{gateway.authority}' > /etc/ssh/opora_ca.pub
printf '%s\\n' {names} > '/etc/ssh/opora_principals/{login}'
cat > /etc/ssh/sshd_config.d/opora.conf <<'END'
TrustedUserCAKeys /etc/ssh/opora_ca.pub
AuthorizedPrincipalsFile /etc/ssh/opora_principals/%u
END
{_RELOAD}
sshd -T | grep -i opora
"""
    return SetUp("host", lines, f"rm /etc/ssh/sshd_config.d/opora.conf && {_RELOAD}\n")


def _for_the_account(gateway: Gateway, login: str, principals: Sequence[str], sources: Sequence[str]) -> SetUp:
    limits = ["cert-authority", f'principals="{",".join(principals)}"']
    if sources:
        limits.append(f'from="{",".join(sources)}"')
    limits += ["restrict", "pty"]
    line = f"{','.join(limits)} {gateway.authority}"
    undo = f"sed -i '/^cert-authority,principals=\"opora-/d' {_folder(login)}/authorized_keys\n"
    return SetUp("account", _added(f"printf '%s\\n' '{line}'", login), undo)


def _for_windows(gateway: Gateway, login: str, principals: Sequence[str]) -> SetUp:
    """PowerShell's words. Its sshd wants forward slashes there, and our lines above its `Match Group administrators`."""
    names = ", ".join(f"'{name}'" for name in principals)
    lines = f"""$ssh = "$env:ProgramData\\ssh"
New-Item -ItemType Directory -Force "$ssh\\opora_principals" | Out-Null
Set-Content -Encoding ascii "$ssh\\opora_ca.pub" '{gateway.authority}'
Set-Content -Encoding ascii (Join-Path "$ssh\\opora_principals" '{login}') {names}
$place = $env:ProgramData.Replace('\\', '/') + '/ssh'
$ours = "TrustedUserCAKeys $place/opora_ca.pub", "AuthorizedPrincipalsFile $place/opora_principals/%u"
{_OTHER_LINES}
[IO.File]::WriteAllLines("$ssh\\sshd_config", [string[]]($ours + $others))
Restart-Service sshd
"""
    undo = f"""$ssh = "$env:ProgramData\\ssh"
{_OTHER_LINES}
[IO.File]::WriteAllLines("$ssh\\sshd_config", [string[]]$others)
Restart-Service sshd
"""
    return SetUp("windows", lines, undo)


def _added(printing: str, login: str) -> str:
    """What adds a line to an account that may have no such file yet, or one whose last line has no end; `sed` is that of GNU."""
    folder, user = _folder(login), shlex.quote(login)
    return f"""[ -d {folder} ] || install -d -m 700 -o {user} {folder}
[ -f {folder}/authorized_keys ] || install -m 600 -o {user} /dev/null {folder}/authorized_keys
sed -i '$a\\' {folder}/authorized_keys
{printing} >> {folder}/authorized_keys
"""


def _folder(login: str) -> str:
    """Where an account has its keys, as a shell finds it; names of a domain have signs that `~` does not take."""
    home = f"~{login}" if _PLAIN.fullmatch(login) else f'"$(getent passwd {shlex.quote(login)} | cut -d: -f6)"'
    return f"{home}/.ssh"


LOCAL = ("localhost", "127.0.0.1", "::1")
"""Addresses that mean the machine itself on which the customer opens the tunnel."""
_RELOAD = "sshd -t && { systemctl reload ssh || systemctl reload sshd; }"
_OTHER_LINES = (
    """$others = @(Get-Content "$ssh\\sshd_config" | Where-Object { $_ -notmatch 'opora_(ca|principals)' })"""
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_UNTIL = re.compile(r'expiry-time="(\d{14})Z"')


def key_lines(line: str, *, login: str) -> list[SetUp]:
    """Return how the line the signer made gets into the account, and out again: as it is, and for servers before OpenSSH 9.1.

    Those read the moment in their own zone (sshd(8)), so the host itself writes it down; `date` is that of GNU.
    """
    mark = line.rpartition(" ")[2]
    undo = f"sed -i '/ {mark}$/d' {_folder(login)}/authorized_keys\n"
    until = _UNTIL.search(line)
    ways = [SetUp("key", _added(f"printf '%s\\n' '{line}'", login), undo)]
    if until is not None:
        moment = int(datetime.strptime(until[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
        told = line.replace(until[0], 'expiry-time="%s"')
        older = f"printf '{told}\\n' \"$(env -u TZ date -d @{moment} +%Y%m%d%H%M%S)\""
        ways.append(SetUp("key-older", _added(older, login), undo))
    return ways


def sources_of(gateway: Gateway, *, tunnel: bool, address: str) -> tuple[str, ...]:
    """Return from where a host sees us come: its own loopback, if a tunnel ends on itself; nobody knows, if it ends elsewhere."""
    if not tunnel:
        return gateway.egress
    return ("127.0.0.0/8", "::1/128") if address in LOCAL else ()


def key_example(sources: Sequence[str]) -> str:
    """Return what the line of a window will look like, before there is a window."""
    limits = ["restrict", "pty", *([f'from="{",".join(sources)}"'] if sources else []), 'expiry-time="…Z"']
    return f"{','.join(limits)} ssh-ed25519 …"


def tunnel_lines(gateway: Gateway, *, ticket: str, host: str, address: str, port: int) -> list[SetUp]:
    """Return what makes the gateway known to the customer's ssh, if its key can be read, and the line that opens the tunnel.

    Closing the tunnel is its undoing. A lost line ends it at the customer's end too.
    """
    target = "localhost" if address in LOCAL else f"[{address}]" if ":" in address else address
    road = "" if gateway.port == 22 else f" -p {gateway.port}"
    options = "-o ExitOnForwardFailure=yes -o ServerAliveInterval=15"
    line = f"ssh -N {options} -R 22:{target}:{port}{road} {ticket}.{host}.tunnel@{gateway.name}\n"
    opening = SetUp("tunnel", line, "")
    if not gateway.known:
        return [opening]
    known = f"""mkdir -p -m 700 ~/.ssh
grep -qsxF '{gateway.known}' ~/.ssh/known_hosts || printf '\\n%s\\n' '{gateway.known}' >> ~/.ssh/known_hosts
"""
    return [SetUp("known", known, ""), opening]
