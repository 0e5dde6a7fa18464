"""Works that are told beforehand."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.catalogue.models import Service
from opora.desk.incidents import events, states
from opora.desk.incidents.actions.declaring import permit
from opora.desk.incidents.models import PlannedWork
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff


@transaction.atomic
def plan_work(
    *,
    title: str,
    title_ru: str,
    starts_at: datetime,
    ends_at: datetime,
    services: Sequence[Service],
    by: Staff,
    at: datetime,
    text: str = "",
    text_ru: str = "",
) -> PlannedWork:
    """A window for everybody to read. Raises Refused for one that ends before it starts, or is over already."""
    permit(by)
    if ends_at <= starts_at or ends_at <= at:
        raise Refused("incidents.window", _("The window must end after it starts, and lie ahead."))
    work = PlannedWork.objects.create(
        title=title,
        title_ru=title_ru,
        text=text,
        text_ru=text_ru,
        starts_at=starts_at,
        ends_at=ends_at,
        planned_by=by,
        planned_at=at,
    )
    work.services.set(services)
    announce(events.WORK_PLANNED, subject=("work", work.pk), by=by.actor, at=at)
    return work


@transaction.atomic
def cancel_work(work: PlannedWork, *, by: Staff, at: datetime, why: str = "") -> None:
    """It will not take place. Raises Refused when it was cancelled before."""
    permit(by)
    move(work, to=states.CANCELLED, table=states.WORKS)
    announce(events.WORK_CANCELLED, subject=("work", work.pk), by=by.actor, at=at, why=why)
