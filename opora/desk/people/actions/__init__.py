"""Everything that changes who works here and who is on duty."""

from opora.desk.people.actions.availability import (
    change_hours,
    change_skills,
    import_absences,
    note_absence,
    withdraw_absence,
)
from opora.desk.people.actions.duty import (
    end_rotation,
    import_overrides,
    override,
    plan_rotation,
    revise_rotation,
    withdraw_override,
)
from opora.desk.people.actions.feeds import make_feed, revoke_feed
from opora.desk.people.actions.staffing import (
    change_roles,
    form_team,
    give_password,
    hire,
    join_team,
    leave_team,
    let_go,
    prefer,
    take_back,
)
from opora.desk.people.actions.swapping import answer_swap, ask_swap, withdraw_swap

__all__ = [
    "answer_swap",
    "ask_swap",
    "change_hours",
    "change_roles",
    "change_skills",
    "end_rotation",
    "form_team",
    "give_password",
    "hire",
    "import_absences",
    "import_overrides",
    "join_team",
    "leave_team",
    "let_go",
    "make_feed",
    "note_absence",
    "override",
    "plan_rotation",
    "prefer",
    "revise_rotation",
    "revoke_feed",
    "take_back",
    "withdraw_absence",
    "withdraw_override",
    "withdraw_swap",
]
