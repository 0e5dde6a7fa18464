"""How systems are reached, whose keys open the gateway, and the customer's key to what is typed."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact, System
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff
from opora.desk.workroom import events, policies, rules
from opora.desk.workroom.models import EngineerKey, HostEntry, SealingKey

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_LOGIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.$\\@-]{0,63}")
_ADDRESS = re.compile(r"[A-Za-z0-9.:-]{1,253}")


@transaction.atomic
def enter_host(
    system: System, *, name: str, address: str, port: int, login: str, superuser_login: str,
    host_keys: Sequence[str], road: str, by: Staff, at: datetime,
) -> HostEntry:  # fmt: skip
    """Return a new way to a system; the entry of the same name that held until now is retired by it.

    Raises Refused for roles that do not do this, names and addresses that cannot be one, and no readable host key.
    """
    if not policies.may_enter_hosts(by):
        raise Refused("workroom.not_yours", _("Your role does not say how systems are reached."))
    _refuse_words(name, address, port, login, superuser_login, road)
    keys = [_host_key(line) for line in host_keys if line.strip()]
    if not keys:
        raise Refused("workroom.no_host_key", _("Give at least one key of the host: nothing is learnt on the way."))
    old = HostEntry.objects.filter(organisation=system.organisation_id, name=name, retired_at=None).first()
    if old is not None and old.system_id != system.pk:
        raise Refused("workroom.name_taken", _("Another system of this customer has a host of this name."))
    if old is not None:
        retire_host(old, by=by, at=at)
    entry = HostEntry.objects.create(
        system=system,
        organisation_id=system.organisation_id,
        name=name,
        address=address,
        port=port,
        login=login,
        superuser_login=superuser_login,
        host_keys=keys,
        road=road,
        entered_by=by,
        entered_at=at,
    )
    announce(
        events.HOST_ENTERED, subject=("system", system.pk), by=by.actor, at=at, host=entry.pk, name=name, road=road
    )
    return entry


@transaction.atomic
def retire_host(entry: HostEntry, *, by: Staff, at: datetime) -> None:
    """The entry holds no more; agreements that name it let nobody in from now on. Raises Refused."""
    if not policies.may_enter_hosts(by):
        raise Refused("workroom.not_yours", _("Your role does not say how systems are reached."))
    compare_and_set(entry, {"retired_at": None}, retired_at=at)
    announce(events.HOST_RETIRED, subject=("system", entry.system_id), by=by.actor, at=at, host=entry.pk)


@transaction.atomic
def add_key(*, by: Staff, name: str, pasted: str, at: datetime) -> EngineerKey:
    """Register one's own public key. Raises Refused for what is none, a weak or a private one, or somebody's already."""
    if not policies.may_work(by):
        raise Refused("workroom.not_yours", _("Only engineers who work on customers’ systems need a key here."))
    try:
        key = rules.read_public_key(pasted)
    except rules.NoKey as no_key:
        raise Refused(f"workroom.key_{no_key.code}", why_no_key(no_key.code)) from None
    if EngineerKey.objects.filter(fingerprint=key.fingerprint, revoked_at=None).exists():
        raise Refused("workroom.key_known", _("This key is registered already."))
    made = EngineerKey.objects.create(
        staff=by,
        name=(name.strip() or key.comment or _("SSH key"))[:80],
        public_key=key.line,
        fingerprint=key.fingerprint,
        added_at=at,
    )
    announce(events.KEY_GIVEN, subject=("staff", by.pk), by=by.actor, at=at, fingerprint=key.fingerprint)
    return made


@transaction.atomic
def revoke_key(number: int, *, by: Staff, at: datetime) -> None:
    """One's own key opens nothing any more. Raises NotHere for others'."""
    found = EngineerKey.objects.filter(pk=number, staff=by, revoked_at=None).first()
    if found is None:
        raise NotHere
    compare_and_set(found, {"revoked_at": None}, revoked_at=at)
    announce(events.KEY_REVOKED, subject=("staff", by.pk), by=by.actor, at=at, fingerprint=found.fingerprint)


@transaction.atomic
def give_seal(*, by: Contact, pasted: str, at: datetime) -> SealingKey:
    """The customer's key to what is typed from the next agreement on. Raises Refused for others than owners."""
    if not policies.may_give_seal(by) or by.organisation_id is None:
        raise Refused("workroom.not_yours", _("Only an owner of your organisation gives this key."))
    try:
        public = rules.read_sealing_key(pasted)
    except rules.NoKey as no_key:
        raise Refused(f"workroom.key_{no_key.code}", why_no_key(no_key.code)) from None
    SealingKey.objects.filter(organisation=by.organisation_id, retired_at=None).update(retired_at=at)
    made = SealingKey.objects.create(
        organisation_id=by.organisation_id, public_key=public, by_name=by.name, given_at=at
    )
    announce(events.SEAL_GIVEN, subject=("organisation", by.organisation_id), by=by.actor, at=at, key=public)
    return made


def why_no_key(code: str) -> str:
    """Return in words why something pasted is no key, and what to do."""
    return {
        "private": _("This is a private key! It was not kept. Make a new pair, and paste the .pub file."),
        "unreadable": _("This is no public key. Paste the one line of the .pub file."),
        "kind": _("Keys of this kind are not taken. Use Ed25519: ssh-keygen -t ed25519"),
        "weak": _("This RSA key is too short (3072 bits at least). Use Ed25519: ssh-keygen -t ed25519"),
    }[code]


def _host_key(line: str) -> str:
    try:
        return rules.read_public_key(line).line
    except rules.NoKey as no_key:
        raise Refused(f"workroom.key_{no_key.code}", why_no_key(no_key.code)) from None


def _refuse_words(name: str, address: str, port: int, login: str, superuser_login: str, road: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refused("workroom.host_name", _("A host’s name has small letters, digits and hyphens: web1."))
    if not _ADDRESS.fullmatch(address) or not 0 < port < 65536:
        raise Refused("workroom.host_address", _("Give a host name or an address, and a port from 1 to 65535."))
    if not _LOGIN.fullmatch(login) or not _LOGIN.fullmatch(superuser_login):
        raise Refused("workroom.host_login", _("Give both logins: the ordinary one and the one with full rights."))
    if road not in HostEntry.Road.values:
        raise Refused("workroom.host_road", _("Choose how the gateway comes in."))
