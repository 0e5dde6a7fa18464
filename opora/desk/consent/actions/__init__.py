"""The verbs of this room."""

from opora.desk.consent.actions.answering import (
    Told,
    answer_by_letter,
    answer_by_page,
    answer_in_portal,
    withdraw,
    withdraw_by_desk,
)
from opora.desk.consent.actions.asking import ask, ask_again, invite, take_next_step
from opora.desk.consent.actions.nominating import decide_nomination, nominate

__all__ = [
    "Told",
    "answer_by_letter",
    "answer_by_page",
    "answer_in_portal",
    "ask",
    "ask_again",
    "decide_nomination",
    "invite",
    "nominate",
    "take_next_step",
    "withdraw",
    "withdraw_by_desk",
]
