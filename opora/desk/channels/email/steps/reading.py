"""First step: understand the octets."""

from opora.desk.channels.email.case import Case, Verdict, go_on
from opora.desk.channels.email.parsing import read_letter


def read(case: Case) -> Verdict:
    """Always continues: any octets are a letter of some kind."""
    case.letter = read_letter(bytes(case.raw.raw))
    case.raw.subject = case.letter.subject[:250]
    case.raw.sender = case.sender_key[:320]
    return go_on("; ".join(case.letter.defects))
