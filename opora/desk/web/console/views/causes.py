"""Total outages by cause and period: how many, how long, what is owed. A page, and the same as CSV."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from opora.desk.sla.words import say_length
from opora.desk.tickets import definitions
from opora.desk.tickets.outages import Outage, by_cause, outages_between
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail

SINCE = timedelta(days=30)
COLUMNS = ("ticket", "customer", "began", "ended", "seconds", "cause", "words", "evidence", "missed", "hours")


@require_safe
@for_staff("tickets:read")
def causes(request: StaffRequest) -> HttpResponse:
    """The report; `?from=2026-09-01&to=2026-09-30`, both days whole in the reader's zone; `&as=csv` for a table."""
    first, last, start, end = _period(request)
    outages = outages_between(request.staff, start, end)
    if request.GET.get("as") == "csv":
        return _table(outages)
    context = rail.uncounted(request, current="causes") | {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "sums": [
            {
                "name": definitions.CAUSES[one.cause],
                "row": one,
                "lasted": length(one.lasted),
                "owed": [money(amount, currency) for currency, amount in sorted(one.owed.items())],
            }
            for one in by_cause(outages)
        ],
        "outages": [
            {
                "row": one,
                "cause": definitions.CAUSES[one.ticket.cause],
                "lasted": length(one.lasted),
                "owed": money(one.credit.amount, one.credit.currency) if one.credit.amount else "",
            }
            for one in outages
        ],
    }
    return render(request, "console/causes.html", context)


def length(lasted: timedelta) -> str:
    """In whole minutes."""
    return say_length(int(lasted.total_seconds()) // 60 * 60)


def money(amount: int, currency: str) -> str:
    """1,234.50 RUB, whatever the currency; the amount is in its hundredths."""
    return f"{amount // 100:,}.{amount % 100:02d} {currency}".replace(",", "\u202f")


def _period(request: StaffRequest) -> tuple[date, date, datetime, datetime]:
    zone = ZoneInfo(request.reader.zone)
    today = request.at.astimezone(zone).date()
    first = _day(request.GET.get("from", "")) or today - SINCE
    last = max(_day(request.GET.get("to", "")) or today, first)
    start = datetime.combine(first, time(), zone).astimezone(UTC)
    return first, last, start, datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)


def _day(words: str) -> date | None:
    try:
        day = parse_date(words)
    except ValueError:
        return None
    return day if day is not None and 1970 < day.year < 9000 else None


def _table(outages: list[Outage]) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="outages.csv"'
    answer.write("\ufeff")
    rows = csv.writer(answer)
    rows.writerow([*COLUMNS, "owed_percent", "owed", "currency"])
    for one in outages:
        rows.writerow(_safe(cell) for cell in _row(one))
    return answer


def _row(one: Outage) -> list[object]:
    ticket, credit, finding = one.ticket, one.credit, one.finding
    return [
        ticket.mark,
        ticket.organisation or "",
        one.began.isoformat(),
        ticket.resolved_at.isoformat() if ticket.resolved_at else "",
        int(one.lasted.total_seconds()),
        ticket.cause,
        ticket.cause_words,
        finding.evidence if finding else "",
        credit.missed,
        credit.hours,
        credit.percent,
        f"{credit.amount // 100}.{credit.amount % 100:02d}",
        credit.currency,
    ]


def _safe(cell: object) -> str:
    """A cell no spreadsheet takes for a formula."""
    said = str(cell)
    return f"'{said}" if said[:1] in ("=", "+", "-", "@", "\t", "\r") else said
