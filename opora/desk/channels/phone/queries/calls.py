"""What goes on: calls, at whom they ring, who is to be called back, what is written down of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from opora.desk.channels.phone import rules, states
from opora.desk.channels.phone.models import Call, CallBack, Connection, Extension, Script, SupportPin, TakingDown
from opora.desk.customers.models import Contact
from opora.desk.kernel.errors import NotHere
from opora.desk.people.models import Role, Staff

MOST_AT_ONCE = 100


def operators() -> list[int]:
    """Return the colleagues of the contact centre."""
    rows = Staff.objects.filter(active=True, roles__contains=[Role.OPERATOR])
    return list(rows.order_by("pk").values_list("pk", flat=True))


def staff_behind_extensions(connection: int, names: Sequence[str]) -> list[int]:
    """Return the colleagues who sit at these extensions."""
    rows = Extension.objects.filter(connection=connection, name__in=names, staff__active=True)
    return list(rows.order_by("staff_id").values_list("staff", flat=True).distinct())


def who_is_told(call: Call) -> list[int]:
    """Return the colleagues at whom the call rings in the desk: operators first, whoever's extension it is."""
    return rules.who_is_told(
        outgoing=call.outgoing,
        operators=operators(),
        at_extensions=staff_behind_extensions(call.connection_id, [*call.rung, call.answered_by]),
        handed_to=call.handed_to_id,
    )


def going_on(at: datetime) -> QuerySet[Call]:
    """Return every call that rings or is talked, the newest first; those nobody told the end of are left out."""
    rows = Call.objects.exclude(state=states.ENDED).filter(began_at__gt=at - rules.TALKS_AT_MOST)
    rows = rows.exclude(state=states.RINGING, began_at__lte=at - rules.RINGS_AT_MOST)
    return rows.select_related("contact__organisation", "organisation", "ticket", "connection").order_by(
        "-began_at", "-id"
    )


def at_me(staff: Staff, at: datetime) -> list[Call]:
    """Return the calls that ring at this colleague, were answered by it, or were handed to it; the newest first."""
    return [call for call in going_on(at)[:MOST_AT_ONCE] if staff.pk in who_is_told(call)]


def find(number: int) -> Call:
    """Return the call with all a page shows of it. Raises NotHere."""
    rows = Call.objects.select_related(
        "contact__organisation", "organisation", "ticket", "connection", "handed_to", "proved"
    )
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotHere
    return found


def taking_down_of(call: Call) -> TakingDown | None:
    """Return what was written down of the call so far."""
    return TakingDown.objects.filter(call=call).select_related("ticket", "by").first()


def scripts() -> list[Script]:
    """Return the scripts in use."""
    return list(Script.objects.filter(active=True))


def call_backs() -> QuerySet[CallBack]:
    """Return the people to be called back, who has waited longest first."""
    return CallBack.objects.filter(state=states.OPEN).select_related("contact__organisation").order_by("first_at", "id")


def call_back(number: int) -> CallBack:
    """Return a task. Raises NotHere."""
    found = CallBack.objects.filter(pk=number).first()
    if found is None:
        raise NotHere
    return found


def spoken_back(contact: Contact, *, since: datetime) -> Call | None:
    """Return our answered call to a number we have of this person, made since then."""
    numbers = list(contact.phones.values_list("number", flat=True))
    rows = Call.objects.filter(outgoing=True, called__in=numbers, answered_at__gte=since)
    return rows.order_by("-answered_at").first()


def has_recording(call: Call) -> bool:
    """Return whether there is something to listen to: a reference, and words that were spoken."""
    talked = call.answered_at is not None and call.ended_at is not None and call.ended_at > call.answered_at
    return bool(call.recording) and talked


def recordings_to_forget(at: datetime) -> QuerySet[Call]:
    """Return the calls whose recording was kept for its time."""
    over = Q(pk__in=())
    for days in set(Connection.objects.values_list("recordings_days", flat=True)):
        over |= Q(connection__recordings_days=days, ended_at__lte=at - timedelta(days=days))
    rows = Call.objects.select_for_update(skip_locked=True, of=("self",)).exclude(recording="")
    return rows.filter(over).order_by("ended_at", "id")


def script(number: int) -> Script:
    """Return a script. Raises NotHere."""
    found = Script.objects.filter(pk=number).first()
    if found is None:
        raise NotHere
    return found


def every_script() -> list[Script]:
    """Return all scripts, those not in use as well."""
    return list(Script.objects.all())


def pin_of(contact: Contact) -> SupportPin | None:
    """Return when a person made its support PIN, and how often it was said wrong; nobody can read the PIN itself."""
    return SupportPin.objects.filter(contact=contact).first()


def exchanges() -> list[Connection]:
    """Return every exchange with its seats."""
    return list(Connection.objects.select_related("calendar").prefetch_related("extensions__staff").order_by("name"))


def exchange(number: int) -> Connection:
    """Return an exchange. Raises NotHere."""
    found = Connection.objects.select_related("calendar").prefetch_related("extensions__staff").filter(pk=number)
    if (row := found.first()) is None:
        raise NotHere
    return row
