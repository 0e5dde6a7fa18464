"""Hosts with pinned keys, engineers' keys, the customer's key: what is taken, and what is refused."""

import base64
import struct
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.workroom import actions, rules
from opora.desk.workroom.models import EngineerKey, HostEntry, SealingKey
from opora.desk.workroom.rules.setup import Gateway
from tests.cast import Cast
from tests.workroom.worlds import BORIS_KEY, HOST_KEY, host_of, key_of_boris


def wire(*parts: bytes) -> str:
    return base64.b64encode(b"".join(struct.pack(">I", len(part)) + part for part in parts)).decode()


RSA_2048 = "ssh-rsa " + wire(b"ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xc5" * 256)
RSA_3072 = "ssh-rsa " + wire(b"ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xc5" * 384)


def test_it_names_a_key_as_ssh_keygen_does() -> None:
    key = rules.read_public_key(BORIS_KEY)
    blob = base64.b64decode(BORIS_KEY.split()[1])
    import hashlib

    assert key.fingerprint == "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    assert (key.comment, key.line) == ("boris@laptop", BORIS_KEY.removesuffix(" boris@laptop"))
    assert rules.read_public_key(f"web1.bakery.example {HOST_KEY}").line == HOST_KEY, "a line of known_hosts"
    assert rules.read_public_key(RSA_3072).line == RSA_3072


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----", "private"),
        ("", "unreadable"),
        ("ssh-ed25519", "unreadable"),
        ("ssh-ed25519 not-base64!", "unreadable"),
        ("ssh-ed25519 AAAA", "unreadable"),
        ("ssh-ed25519 " + wire(b"ssh-rsa", b"x" * 32), "unreadable"),
        ("ssh-ed25519 " + wire(b"ssh-ed25519", b"x" * 31), "unreadable"),
        (BORIS_KEY + "\n" + HOST_KEY, "unreadable"),
        ("ssh-dss " + wire(b"ssh-dss", b"x"), "kind"),
        (RSA_2048, "weak"),
    ],
)
def test_it_refuses_what_is_no_good_key(pasted: str, code: str) -> None:
    with pytest.raises(rules.NoKey) as no_key:
        rules.read_public_key(pasted)
    assert no_key.value.code == code
    assert actions.entering.why_no_key(code)


@given(st.text(max_size=200) | st.binary(max_size=120).map(lambda raw: "ssh-ed25519 " + base64.b64encode(raw).decode()))
def test_it_reads_a_key_or_says_no_and_never_breaks(pasted: str) -> None:
    try:
        key = rules.read_public_key(pasted)
    except rules.NoKey as no_key:
        assert no_key.code in {"private", "unreadable", "kind", "weak"}
    else:
        assert key.fingerprint.startswith("SHA256:")


def test_a_key_is_one_persons_until_it_is_revoked(cast: Cast, monday: datetime) -> None:
    key = key_of_boris(cast, monday)
    for by, pasted in ((cast.boris, BORIS_KEY), (cast.oleg, BORIS_KEY), (cast.vera, HOST_KEY), (cast.oleg, "no key")):
        with pytest.raises(Refused):
            actions.add_key(by=by, name="", pasted=pasted, at=monday)
    with pytest.raises(NotHere):
        actions.revoke_key(key.pk, by=cast.oleg, at=monday)
    actions.revoke_key(key.pk, by=cast.boris, at=monday)
    assert actions.add_key(by=cast.oleg, name="", pasted=BORIS_KEY, at=monday).name == "boris@laptop"
    assert EngineerKey.objects.count() == 2, "the revoked one stays"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "Web 1"}, "workroom.host_name"),
        ({"address": "web1; rm -rf /"}, "workroom.host_address"),
        ({"port": 0}, "workroom.host_address"),
        ({"login": ""}, "workroom.host_login"),
        ({"superuser_login": "a b"}, "workroom.host_login"),
        ({"road": "vpn"}, "workroom.host_road"),
        ({"host_keys": [" "]}, "workroom.no_host_key"),
        ({"host_keys": [RSA_2048]}, "workroom.key_weak"),
    ],
)
def test_it_refuses_hosts_that_cannot_be_reached_or_known(
    cast: Cast, monday: datetime, changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        host_of(cast, monday, **changed)
    assert refused.value.code == code


def test_a_changed_host_is_a_new_entry(cast: Cast, monday: datetime) -> None:
    old = host_of(cast, monday)
    new = host_of(cast, monday, port=2222)
    old.refresh_from_db()
    assert (old.retired_at, new.retired_at) == (monday, None)
    assert HostEntry.objects.count() == 2
    with pytest.raises(Refused):
        actions.retire_host(new, by=cast.vera, at=monday)


def test_only_an_owner_gives_the_key_to_what_is_typed(cast: Cast, monday: datetime) -> None:
    good = base64.b64encode(b"\x07" * 32).decode()
    for by, pasted in ((cast.carl, good), (cast.clara, "short"), (cast.clara, base64.b64encode(bytes(32)).decode())):
        with pytest.raises(Refused):
            actions.give_seal(by=by, pasted=pasted, at=monday)
    actions.give_seal(by=cast.clara, pasted=good, at=monday)
    actions.give_seal(by=cast.clara, pasted=good, at=monday)
    assert SealingKey.objects.filter(retired_at=None).count() == 1


def test_it_shows_all_ways_in_and_how_each_is_shut_again() -> None:
    gateway = Gateway("ssh-ed25519 AAAA opora", ("192.0.2.1",))
    host, account, windows = rules.ways_in(gateway, system=7, login="support", levels=("look", "user"))
    assert "TrustedUserCAKeys /etc/ssh/opora_ca.pub" in host.lines
    assert "'opora-7-look' 'opora-7-user' > '/etc/ssh/opora_principals/support'" in host.lines
    assert (
        'cert-authority,principals="opora-7-look,opora-7-user",from="192.0.2.1",restrict,pty ssh-ed25519'
        in account.lines
    )
    assert "from=" not in rules.ways_in(Gateway("k"), system=7, login="root", levels=("superuser",))[1].lines
    assert host.undo and account.undo and windows.undo
    assert """'support') 'opora-7-look', 'opora-7-user'""" in windows.lines
    assert '"TrustedUserCAKeys $place/opora_ca.pub"' in windows.lines, "its sshd takes no backslash there"
    assert "($ours + $others)" in windows.lines, "what stands below a Match block would count for administrators alone"
    assert "$others = @(Get-Content" in windows.undo and "$ours" not in windows.undo
    assert host.lines.endswith("sshd -T | grep -i opora\n"), "it shows whether this sshd reads it at all"
    assert (
        'from="::1/128"' in rules.ways_in(gateway, system=7, login="a", levels=("look",), sources=("::1/128",))[1].lines
    )
