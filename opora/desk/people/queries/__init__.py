"""Questions about colleagues, lines and duty."""

from opora.desk.people.queries.colleagues import (
    colleague_names,
    colleagues,
    first_line,
    heads,
    leads_of,
    line_names,
    lines,
    staff_behind,
    staff_of_account,
    team_ids_of,
)
from opora.desk.people.queries.duty import (
    OnDuty,
    feed_behind,
    gaps,
    on_duty,
    open_swaps_of,
    reachable_ids,
    roster_of,
    rosters_of,
    stints_of,
    who_is_reachable,
)

__all__ = [
    "OnDuty",
    "colleague_names",
    "colleagues",
    "feed_behind",
    "first_line",
    "gaps",
    "heads",
    "leads_of",
    "line_names",
    "lines",
    "on_duty",
    "open_swaps_of",
    "reachable_ids",
    "roster_of",
    "rosters_of",
    "staff_behind",
    "staff_of_account",
    "stints_of",
    "team_ids_of",
    "who_is_reachable",
]
