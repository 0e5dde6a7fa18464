"""First step: note what the letter says of itself, and what was odd about its octets."""

from opora.desk.channels.email.case import Case, Verdict, go_on


def read(case: Case) -> Verdict:
    """Always continues: any octets are a letter of some kind."""
    case.raw.subject = case.letter.subject[:250]
    case.raw.sender = case.sender_key[:320]
    return go_on("; ".join(case.letter.defects))
