"""The proof as a sheet: CSV with a heading line, moments in ISO 8601 with their offset, lengths in whole seconds."""

import csv
import io
from datetime import UTC, datetime, tzinfo

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from opora.desk.web.portal.proof.rows import Proof, Row

ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula (OWASP, CSV injection)."""


def as_csv(proof: Proof) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it."""
    out = io.StringIO()
    writer = csv.writer(out)
    zone = get_current_timezone()
    writer.writerow(_heading())
    writer.writerows([_cell(value) for value in _line(row, zone)] for row in proof.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _heading() -> list[str]:
    return [
        _("Request"),
        _("Subject"),
        _("Asked by"),
        _("Priority"),
        _("Opened"),
        _("Promise"),
        _("Working hours"),
        _("Promised within, s"),
        _("Counted from"),
        _("Promised by"),
        _("Answered"),
        _("Outcome"),
        _("Counted, s"),
        _("Late, s"),
        _("Why"),
    ]


def _line(row: Row, zone: tzinfo) -> list[object]:
    return [
        row.mark,
        row.subject,
        row.requester,
        row.priority,
        _moment(row.opened, zone),
        row.promise,
        row.calendar,
        row.target,
        _moment(row.started, zone),
        _moment(row.due, zone),
        _moment(row.ended, zone),
        row.outcome,
        row.counted,
        row.late,
        row.why,
    ]


def _moment(moment: datetime | None, zone: tzinfo) -> str:
    return moment.astimezone(UTC).astimezone(zone).isoformat(timespec="seconds") if moment else ""


def _cell(value: object) -> object:
    """Words that begin like a formula get an apostrophe before them, so that no program reckons with them."""
    return f"'{value}" if isinstance(value, str) and value.startswith(ACTIVE) else value
