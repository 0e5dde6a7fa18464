"""`opora sla repin`: running tickets go under the newest terms of a contract, or under the newest version of a calendar."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from opora.desk.customers.models import Contract
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.sla.models import WorkingCalendar
from opora.desk.sla.queries import latest_version
from opora.desk.sla.rules import Fault, Faulty
from opora.desk.tickets.actions.repinning import repin_calendar, repin_contract, repin_some
from opora.desk.tickets.models import Repin, Repinning


def repin(
    *, contract: str, calendar: str, by: str, why: str, now: Callable[[], datetime]
) -> tuple[str, dict[str, Any]]:
    """Ask for it and do it, telling how far it is on standard error; return the outcome as text and as facts.

    Raises `Faulty` with a line per fault. Stopped in between, the worker goes on with it.
    """
    repinning = _asked(contract=contract, calendar=calendar, by=by, why=why, at=now())
    while not Repinning.objects.filter(pk=repinning.pk, ended_at__isnull=False).exists():
        repin_some(at=now())
        repinning.refresh_from_db()
        _tell(repinning)
    repinning.refresh_from_db()
    troubles = dict(Repin.objects.filter(repinning=repinning).exclude(trouble="").values_list("ticket", "trouble"))
    failed = "".join(f"\nT-{ticket}: {trouble}" for ticket, trouble in troubles.items())
    facts = {"repinning": repinning.pk, "total": repinning.total, "done": repinning.done}
    return f"{repinning.done} tickets dealt with, {len(troubles)} could not be.{failed}", {
        **facts,
        "troubles": troubles,
    }


def _asked(*, contract: str, calendar: str, by: str, why: str, at: datetime) -> Repinning:
    faults: list[Fault] = []
    colleague = Staff.objects.filter(account__email=by.strip().lower(), active=True).first()
    contracts = list(Contract.objects.filter(number=contract)[:2]) if contract else []
    working = WorkingCalendar.objects.filter(slug=calendar).first() if calendar else None
    if colleague is None:
        faults.append(Fault("--by", "no colleague has the address %(by)s", {"by": by[:80]}))
    if not why.strip():
        faults.append(Fault("--why", "write the reason; it stays with the promises"))
    if contract and len(contracts) != 1:
        found = "several contracts have" if contracts else "no contract has"
        faults.append(Fault("--contract", "%(found)s the number %(number)s", {"found": found, "number": contract[:40]}))
    if calendar and working is None:
        faults.append(Fault("--calendar", "there is no calendar %(slug)s", {"slug": calendar[:60]}))
    if faults or colleague is None:
        raise Faulty(faults)
    try:
        if working is not None:
            return repin_calendar(latest_version(working), by=colleague.actor, at=at, why=why)
        return repin_contract(contracts[0], by=colleague.actor, at=at, why=why)
    except Refused as refused:
        raise Faulty([Fault("", "%(words)s", {"words": refused.message})]) from None


def _tell(repinning: Repinning) -> None:
    print(f"opora: {repinning.done:,} of {repinning.total:,} tickets", file=sys.stderr, flush=True)  # noqa: T201
