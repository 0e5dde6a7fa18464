"""A ticket's windows of work and who is at work in them, as part of the one statement of a ticket's page."""

from datetime import datetime
from typing import NamedTuple

from opora.desk.kernel.asking import Part


class AtWork(NamedTuple):
    """A window, with a session that runs in it if there is one."""

    agreement: int
    starts_at: datetime
    ends_at: datetime
    session: int | None
    engineer: str | None
    host: str | None
    withdrawn: bool


AT_WORK = Part(
    AtWork,
    """
    select agreed.id as agreement, agreed.starts_at, agreed.ends_at,
        work.id as session, engineer.name as engineer, host.name as host,
        agreed.withdrawn_at is not null as withdrawn
    from workroom_agreement agreed
        left join workroom_worksession work on work.agreement_id = agreed.id and work.state <> 'ended'
        left join people_staff engineer on engineer.id = work.staff_id
        left join workroom_hostentry host on host.id = work.host_id
    where agreed.ticket_id = %(ticket)s and (
        agreed.withdrawn_at is null
        or exists (select from workroom_worksession was where was.agreement_id = agreed.id)
    ) order by agreed.id desc limit 5""",
)
"""The newest windows; one that was taken back only if somebody had worked in it, for its record stays."""


def shown(found: list[AtWork], *, at: datetime) -> list[tuple[AtWork, str]]:
    """Return each window with its phase: before, now, after, withdrawn."""
    return [(one, _phase(one, at)) for one in found]


def _phase(one: AtWork, at: datetime) -> str:
    if one.withdrawn:
        return "withdrawn"
    return "before" if at < one.starts_at else "now" if at < one.ends_at else "after"
