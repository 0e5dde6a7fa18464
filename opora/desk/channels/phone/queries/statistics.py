"""The log of calls and its figures: what came, what was missed, how long callers waited and people talked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Extract, TruncDate

from opora.desk.channels.phone import states
from opora.desk.channels.phone.models import Call, Extension
from opora.desk.sla import states as clock_states
from opora.desk.sla.models import Clock

BY = ("day", "hour", "operator", "line")


@dataclass(frozen=True, slots=True)
class Day:
    """Figures of a period or of one of its parts: counts, and means in seconds."""

    answered: int
    missed: int
    outgoing: int
    waited: int
    talked: int

    @property
    def came(self) -> int:
        """How many rang."""
        return self.answered + self.missed


@dataclass(frozen=True, slots=True)
class Part:
    """A day, an hour of the day, an operator or a line, with its figures."""

    name: str
    figures: Day


_CAME = Q(outgoing=False)
_TAKEN = Q(answered_at__isnull=False)
_WAITED = ExpressionWrapper(F("answered_at") - F("began_at"), output_field=DurationField())
_TALKED = ExpressionWrapper(F("ended_at") - F("answered_at"), output_field=DurationField())
_FIGURES = {
    "taken": Count("id", filter=_CAME & _TAKEN),
    "missed": Count("id", filter=_CAME & Q(answered_at=None, state=states.ENDED)),
    "made": Count("id", filter=~_CAME),
    "waited": Avg(_WAITED, filter=_CAME & _TAKEN),
    "talked": Avg(_TALKED, filter=_TAKEN & Q(ended_at__isnull=False)),
}


def figures(since: datetime, until: datetime) -> Day:
    """Return how many calls were answered and missed in [since, until), how long callers waited and people talked."""
    return _day(Call.objects.filter(began_at__gte=since, began_at__lt=until).aggregate(**_FIGURES))


def figures_by(part: str, since: datetime, until: datetime, *, zone: str) -> list[Part]:
    """Return the figures of [since, until) for each `day` or `hour` in the zone, `operator` or `line` (queue), in order.

    An operator is whoever answered; calls nobody took belong to no operator.
    """
    rows = Call.objects.filter(began_at__gte=since, began_at__lt=until)
    if part == "operator":
        seat = Extension.objects.filter(connection=OuterRef("connection"), name=OuterRef("answered_by"))
        rows = rows.filter(_TAKEN).annotate(part=seat.values("staff__name")[:1])
    elif part == "line":
        rows = rows.annotate(part=F("queue"))
    elif part == "hour":
        rows = rows.annotate(part=Extract("began_at", "hour", tzinfo=ZoneInfo(zone)))
    else:
        rows = rows.annotate(part=TruncDate("began_at", tzinfo=ZoneInfo(zone)))
    told = rows.values("part").annotate(**_FIGURES).order_by("part")
    return [Part(_named(part, one["part"]), _day(one)) for one in told]


def log(*, caller: str = "", missed: bool = False) -> QuerySet[Call]:
    """Return the calls, the newest first; narrowed to a number, or to those nobody answered."""
    rows = Call.objects.select_related("contact__organisation", "organisation", "ticket", "handed_to", "connection")
    if caller:
        rows = rows.filter(Q(caller=caller) | Q(called=caller))
    if missed:
        rows = rows.filter(_CAME, answered_at=None, state=states.ENDED)
    return rows.order_by("-began_at", "-id")


def before(calls: QuerySet[Call], number: int) -> QuerySet[Call]:
    """Return those of the calls that began before this one: the next page of a log."""
    began = Call.objects.filter(pk=number).values_list("began_at", flat=True).first()
    return calls if began is None else calls.filter(Q(began_at__lt=began) | Q(began_at=began, pk__lt=number))


def kept_share(since: datetime, until: datetime, promise: str) -> tuple[int, int]:
    """Return (kept, judged) of the contact centre's promise among the clocks that began in [since, until)."""
    rows = Clock.objects.filter(promise=promise, started_at__gte=since, started_at__lt=until)
    told = rows.aggregate(
        kept=Count("id", filter=Q(state=clock_states.KEPT)),
        judged=Count("id", filter=Q(state__in=(clock_states.KEPT, clock_states.MISSED))),
    )
    return told["kept"], told["judged"]


def names_of_answerers(calls: list[Call]) -> dict[int, str]:
    """Return who answered each of the calls, by the call's number; extensions nobody sits at are left out."""
    seats = Extension.objects.filter(name__in={one.answered_by for one in calls} - {""}).select_related("staff")
    by_seat = {(seat.connection_id, seat.name): seat.staff.name for seat in seats}
    found = {one.pk: by_seat.get((one.connection_id, one.answered_by), "") for one in calls}
    return {number: name for number, name in found.items() if name}


def calls_of_ticket(ticket: int, *, limit: int = 10) -> list[Call]:
    """Return the calls about a ticket, the newest first."""
    return list(Call.objects.filter(ticket=ticket).select_related("contact").order_by("-began_at")[:limit])


def day_of(at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the day in the zone in which the moment lies."""
    local = at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return local, local + timedelta(days=1)


def _named(part: str, value: object) -> str:
    if value is None or value == "":
        return "—"
    return f"{value:02d}:00" if part == "hour" and isinstance(value, int) else str(value)


def _day(told: Mapping[str, object]) -> Day:
    seconds = {
        name: int(mean.total_seconds()) if isinstance(mean := told[name], timedelta) else 0
        for name in ("waited", "talked")
    }
    counts = [number if isinstance(number := told[name], int) else 0 for name in ("taken", "missed", "made")]
    return Day(*counts, **seconds)
