"""The ways in for a customer to choose from, as lines to paste on its own host. Pure.

Each can be taken back by the customer alone, without us: that is why they are shown and not done by us.
"""

from collections.abc import Sequence
from dataclasses import dataclass


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


def ways_in(gateway: Gateway, *, system: int, login: str, levels: Sequence[str]) -> list[SetUp]:
    """Return both for one login: for the whole sshd, or within one account. A certificate lives for seconds either way."""
    principals = [f"opora-{system}-{level}" for level in levels]
    return [_for_the_host(gateway, login, principals), _for_the_account(gateway, login, principals)]


def _for_the_host(gateway: Gateway, login: str, principals: Sequence[str]) -> SetUp:
    names = " ".join(f"'{name}'" for name in principals)
    lines = f"""install -d -m 755 /etc/ssh/opora_principals
printf '%s\\n' '{gateway.authority}' > /etc/ssh/opora_ca.pub
printf '%s\\n' {names} > '/etc/ssh/opora_principals/{login}'
cat > /etc/ssh/sshd_config.d/opora.conf <<'END'
TrustedUserCAKeys /etc/ssh/opora_ca.pub
AuthorizedPrincipalsFile /etc/ssh/opora_principals/%u
END
sshd -t && systemctl reload ssh
"""
    return SetUp("host", lines, "rm /etc/ssh/sshd_config.d/opora.conf && sshd -t && systemctl reload ssh\n")


def _for_the_account(gateway: Gateway, login: str, principals: Sequence[str]) -> SetUp:
    limits = ["cert-authority", f'principals="{",".join(principals)}"']
    if gateway.egress:
        limits.append(f'from="{",".join(gateway.egress)}"')
    limits += ["restrict", "pty"]
    line = f"{','.join(limits)} {gateway.authority}"
    home = f"~{login}/.ssh/authorized_keys"
    undo = f"sed -i '/^cert-authority,principals=\"opora-/d' {home}\n"
    return SetUp("account", f"printf '%s\\n' '{line}' >> {home}\n", undo)
