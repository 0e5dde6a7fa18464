"""What a queue is, how a filter is written, where a ticket goes, and when somebody must be told. Pure."""

from opora.desk.dispatch.rules.escalating import (
    KINDS,
    TRIGGERS,
    Policy,
    PolicyFault,
    Step,
    following,
    moment_of,
    read_policy,
    write_policy,
)
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
    "KINDS",
    "QUEUES",
    "TRIGGERS",
    "Candidate",
    "Considered",
    "Decision",
    "Filters",
    "Passed",
    "Policy",
    "PolicyFault",
    "Rule",
    "RuleFault",
    "Step",
    "decide",
    "following",
    "moment_of",
    "read_filters",
    "read_policy",
    "read_rules",
    "write_policy",
    "write_rule",
]
