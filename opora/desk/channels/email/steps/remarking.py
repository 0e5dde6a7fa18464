"""What colleagues should know of a letter before they answer: an invitation, a seal, a letter within."""

from opora.desk.channels.email import rules
from opora.desk.channels.email.case import Case, Verdict, go_on


def remark(case: Case) -> Verdict:
    """Always continues: what is worth a remark is noted beside the words, for colleagues only."""
    case.hints += rules.remarks(case.letter)
    return go_on()
