"""What a queue is, how a filter is written, where a ticket goes, and when somebody must be told. Pure."""

from opora.desk.dispatch.rules.filters import DUE_SOON_HOURS, QUEUES, Filters, read_filters
from opora.desk.dispatch.rules.routing import (
    CHOOSING,
    CONDITIONS,
    Candidate,
    Considered,
    Decision,
    Passed,
    Rule,
    RuleFault,
    decide,
    read_rules,
    write_rule,
)

__all__ = [
    "CHOOSING",
    "CONDITIONS",
    "DUE_SOON_HOURS",
    "QUEUES",
    "Candidate",
    "Considered",
    "Decision",
    "Filters",
    "Passed",
    "Rule",
    "RuleFault",
    "decide",
    "read_filters",
    "read_rules",
    "write_rule",
]
