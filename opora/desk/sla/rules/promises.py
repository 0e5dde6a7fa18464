"""When a promise is due, when its warning comes, and whether it was kept: the rules every clock is judged by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.working import add_work

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """The target in working seconds, and the warning: after whole percent of it, or so long before its end."""

    target_seconds: int
    warn_share: int | None = None
    warn_before: int | None = None

    @property
    def warn_after(self) -> int | None:
        """Return the working seconds until the warning, or None when there is none to give."""
        after = None
        if self.warn_share is not None:
            after = self.target_seconds * self.warn_share // 100
        elif self.warn_before is not None:
            after = self.target_seconds - self.warn_before
        return after if after is not None and 0 < after < self.target_seconds else None


def lay_out(calendar: Calendar, terms: Terms, started_at: datetime) -> tuple[datetime | None, datetime]:
    """Return (warn_at, due_at) in UTC, on whole seconds; a part of a second is given to the one who promised."""
    due_at = to_whole_second(add_work(calendar, started_at, terms.target_seconds))
    after = terms.warn_after
    warn_at = None if after is None else to_whole_second(add_work(calendar, started_at, after))
    return (warn_at if warn_at is not None and warn_at < due_at else None), due_at


def is_kept(due_at: datetime, stopped_at: datetime) -> bool:
    """Return whether a promise answered at this moment was kept.

    The due second itself still belongs to the promise: due 12:00:00, answered 12:00:00.9 is kept, 12:00:01 is missed.
    The due moment decides, not the working time used: due at Friday's closing, answered on Sunday is missed.
    """
    return stopped_at < broken_from(due_at)


def broken_from(due_at: datetime) -> datetime:
    """Return the first moment at which an unanswered promise counts as missed: the end of the due second."""
    return due_at + SECOND


def to_whole_second(moment: datetime) -> datetime:
    """Return the moment in UTC on a whole second; a part of a second is given to the one who promised."""
    floor = moment.astimezone(UTC).replace(microsecond=0)
    return floor if floor == moment else floor + SECOND
