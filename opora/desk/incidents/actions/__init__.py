"""The verbs of the room."""

from opora.desk.incidents.actions.declaring import declare, join, leave, suggest_incident
from opora.desk.incidents.actions.explaining import (
    approve_letter,
    hold_letter,
    owe_letter,
    propose_letter,
    return_letter,
    write_letter,
)
from opora.desk.incidents.actions.planning import cancel_work, plan_work
from opora.desk.incidents.actions.subscribing import ask_subscription, confirm_subscription, end_subscription
from opora.desk.incidents.actions.telling import end_incident, say_update, tell_all

__all__ = [
    "approve_letter",
    "ask_subscription",
    "cancel_work",
    "confirm_subscription",
    "declare",
    "end_incident",
    "end_subscription",
    "hold_letter",
    "join",
    "leave",
    "owe_letter",
    "plan_work",
    "propose_letter",
    "return_letter",
    "say_update",
    "suggest_incident",
    "tell_all",
    "write_letter",
]
