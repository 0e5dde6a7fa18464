"""The three ways in for a customer to choose from, as lines to paste on its own host. Pure.

Each can be taken back by the customer alone, without us: that is why they are shown and not done by us.
"""

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
    """What a customer's host must know of us: where the gateway comes from and listens, and the key that signs."""

    address: str
    port: int
    authority: str


def ways_in(gateway: Gateway, *, system: int, login: str, level: str, until: datetime | None = None) -> list[SetUp]:
    """Return all three for one login and level of access; `until` shortens the life of the key line (UTC)."""
    return [
        _by_certificate(gateway, system, login, level),
        _by_key(gateway, login, until),
        _by_tunnel(gateway, login),
    ]


def principal(system: int, level: str) -> str:
    """Return the name a certificate for this system and level carries."""
    return f"opora-{system}-{level}"


def _by_certificate(gateway: Gateway, system: int, login: str, level: str) -> SetUp:
    name = principal(system, level)
    lines = f"""install -d -m 755 /etc/ssh/opora_principals
printf '%s\\n' '{gateway.authority}' > /etc/ssh/opora_ca.pub
printf '%s\\n' '{name}' >> /etc/ssh/opora_principals/{login}
cat > /etc/ssh/sshd_config.d/opora.conf <<'END'
TrustedUserCAKeys /etc/ssh/opora_ca.pub
AuthorizedPrincipalsFile /etc/ssh/opora_principals/%u
END
sshd -t && systemctl reload ssh
"""
    undo = "rm /etc/ssh/sshd_config.d/opora.conf && sshd -t && systemctl reload ssh\n"
    return SetUp("certificate", lines, undo)


def _by_key(gateway: Gateway, login: str, until: datetime | None) -> SetUp:
    limits = [f'from="{gateway.address}"', "restrict", "pty"]
    if until is not None:
        limits.append(f'expiry-time="{until.astimezone(UTC):%Y%m%d%H%M%S}Z"')
    line = f"cert-authority,{','.join(limits)} {gateway.authority}"
    home = f"~{login}/.ssh/authorized_keys"
    return SetUp("key", f"printf '%s\\n' '{line}' >> {home}\n", f"sed -i '/^cert-authority,from=/d' {home}\n")


def _by_tunnel(gateway: Gateway, login: str) -> SetUp:
    lines = (
        f"ssh -N -T -o ExitOnForwardFailure=yes -p {gateway.port} -R 0:localhost:22 tunnel.{login}@{gateway.address}\n"
    )
    return SetUp("tunnel", lines, "Press Ctrl+C: the tunnel is shut, and with it every way in.\n")
