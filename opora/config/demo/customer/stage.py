"""Clara's request with a window for today that waits for her word; Boris's key and his app; how her host is reached."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from opora.config.demo.customer.sshd import HOST, level, login
from opora.desk.consent import actions as consent
from opora.desk.consent import states
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.consent.rules import Named, Terms
from opora.desk.customers.models import Contact, System
from opora.desk.people.models import Staff
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.web.signin.actions import begin_totp, confirm_totp
from opora.desk.web.signin.queries import factors_of
from opora.desk.web.signin.rules import hotp, totp_step
from opora.desk.workroom import actions
from opora.desk.workroom.models import EngineerKey, HostEntry

SUBJECT = "web1: the shop answers slowly at noon"
STILL_GOOD_FOR = timedelta(hours=2)
LASTS = timedelta(hours=10)


@transaction.atomic
def set_up(address: tuple[str, int], *, host_key: str, engineer_key: str, at: datetime) -> Ticket:
    """Return the ticket whose window is asked for or open; whatever of it stands already is left as it is."""
    clara = Contact.objects.select_related("organisation", "account").get(addresses__email="clara@northwind.example")
    boris = Staff.objects.select_related("account").get(account__email="boris@borea.example")
    system = System.objects.get(organisation=clara.organisation_id, name=HOST)
    _know_boris(boris, engineer_key, at)
    _know_host(system, address, host_key, boris, at)
    ticket = Ticket.objects.filter(requester=clara, subject=SUBJECT).order_by("-id").first()
    if ticket is None:
        ticket = _written(clara, system, boris, at)
    _ask(ticket, boris, system, at)
    return ticket


def principals(system: int) -> list[str]:
    """Return the names that certificates for the demo's host may carry."""
    return [f"opora-{system}-{one}" for one in (("superuser",) if os.getuid() == 0 else ("look", "user"))]


def keys_folder(state: Path) -> Path:
    """Return where the demo keeps the keys of its people."""
    return state / "people"


def _know_boris(boris: Staff, engineer_key: str, at: datetime) -> None:
    if not EngineerKey.objects.filter(staff=boris, public_key=engineer_key, revoked_at=None).exists():
        actions.add_key(by=boris, name="laptop", pasted=engineer_key, at=at)
    if not factors_of(boris.account):
        before = at - timedelta(minutes=5)
        number = hotp(begin_totp(boris.account, at=before), totp_step(before))
        confirm_totp(boris.account, number=number, by=boris.actor, at=before)


def _know_host(system: System, address: tuple[str, int], host_key: str, boris: Staff, at: datetime) -> None:
    host, port = address
    same = HostEntry.objects.filter(system=system, retired_at=None, address=host, port=port, host_keys=[host_key])
    if not same.exists():
        name = login()
        ways = {"login": "nobody" if name == "root" else name, "superuser_login": name}
        actions.enter_host(
            system,
            name=HOST,
            address=host,
            port=port,
            **ways,
            host_keys=[host_key],
            road="certificate",
            by=boris,
            at=at,
        )


def _written(clara: Contact, system: System, boris: Staff, at: datetime) -> Ticket:
    ticket = tickets.open_ticket(
        requester=clara,
        by=clara.actor,
        subject=SUBJECT,
        text="Every day at noon the shop takes ten seconds to open. Could you have a look on the server itself?",
        kind="incident",
        priority="medium",
        service=system.service,
        system=system,
        at=at,
    )
    tickets.take(ticket, by=boris, at=at)
    text = "I would like to look at the server itself. You can watch everything I do there, and stop me at any moment."
    tickets.reply(ticket, by=boris, text=text, at=at)
    return ticket


def _ask(ticket: Ticket, boris: Staff, system: System, at: datetime) -> None:
    """A window that is open now and waits for Clara's word, unless one stands that is good for some hours yet."""
    if not any(_is_good(one, system, at) for one in _live(ticket)):
        start = at.replace(second=0, microsecond=0)
        what = "Look at the load, the slow requests and the limits of nginx."
        consent.ask(ticket, terms=_terms(ticket, boris, system, what, start, start + LASTS), by=boris, at=at)


def _live(ticket: Ticket) -> list[ConfirmationRequest]:
    return list(ticket.confirmation_requests.filter(state__in=(states.ASKED, states.CONFIRMED)))


def _is_good(one: ConfirmationRequest, system: System, at: datetime) -> bool:
    terms = one.asked_terms
    if not terms.starts <= at < terms.ends - STILL_GOOD_FOR:
        return False
    if one.state == states.ASKED:
        return True
    made = getattr(one, "agreement", None)
    holding = set(HostEntry.objects.filter(system=system, retired_at=None).values_list("pk", flat=True))
    return made is not None and bool(holding & set(made.host_ids))


def _terms(ticket: Ticket, boris: Staff, system: System, what: str, start: datetime, end: datetime) -> Terms:
    organisation = system.organisation
    return Terms(
        ticket=ticket.mark,
        customer=organisation.name,
        systems=(Named(system.pk, system.name),),
        actions=("look", "change", "transfer_files"),
        what=what,
        level=level(),
        starts=start,
        ends=end,
        zone=organisation.zone,
        engineers=(Named(boris.pk, boris.name),),
        watching="notify",
    )
