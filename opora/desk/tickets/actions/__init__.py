"""Everything that changes a ticket. Each verb is one whole thing in one transaction: change, move, event."""

from opora.desk.tickets.actions.adding import NewWords, customers_wrote
from opora.desk.tickets.actions.causes import Cause, check_cause, name_cause
from opora.desk.tickets.actions.conversation import (
    NewFile,
    confirm,
    confirm_by_consent,
    customer_wrote,
    note,
    reply,
    reply_and_resolve,
    reply_and_wait,
    send_letter,
)
from opora.desk.tickets.actions.drafts import drop_draft, keep_draft
from opora.desk.tickets.actions.handing import hand_back, hand_over, hand_up
from opora.desk.tickets.actions.joining import admit, follow_up, link, merge, split, unlink
from opora.desk.tickets.actions.marking import change_kind, change_priority, change_subject, tag, untag
from opora.desk.tickets.actions.moving import (
    close,
    reopen,
    resolve,
    resume,
    vendor_spoke,
    wait_for_customer,
    wait_for_vendor,
)
from opora.desk.tickets.actions.objecting import (
    drop_objections,
    give_priority_back,
    object_to_priority,
    settle_objections,
    uphold_change,
)
from opora.desk.tickets.actions.opening import NewTicket, open_tickets
from opora.desk.tickets.actions.opening_one import open_ticket
from opora.desk.tickets.actions.people import (
    add_participant,
    assign,
    release,
    remove_participant,
    take,
)
from opora.desk.tickets.actions.placing import place
from opora.desk.tickets.actions.planning import plan_reply, say_planned, take_back
from opora.desk.tickets.actions.repinning import repin_calendar, repin_contract, repin_some, repin_ticket

__all__ = [
    "Cause",
    "NewFile",
    "NewTicket",
    "NewWords",
    "add_participant",
    "admit",
    "assign",
    "change_kind",
    "change_priority",
    "change_subject",
    "check_cause",
    "close",
    "confirm",
    "confirm_by_consent",
    "customer_wrote",
    "customers_wrote",
    "drop_draft",
    "drop_objections",
    "follow_up",
    "give_priority_back",
    "hand_back",
    "hand_over",
    "hand_up",
    "keep_draft",
    "link",
    "merge",
    "name_cause",
    "note",
    "object_to_priority",
    "open_ticket",
    "open_tickets",
    "place",
    "plan_reply",
    "release",
    "remove_participant",
    "reopen",
    "repin_calendar",
    "repin_contract",
    "repin_some",
    "repin_ticket",
    "reply",
    "reply_and_resolve",
    "reply_and_wait",
    "resolve",
    "resume",
    "say_planned",
    "send_letter",
    "settle_objections",
    "split",
    "tag",
    "take",
    "take_back",
    "unlink",
    "untag",
    "uphold_change",
    "vendor_spoke",
    "wait_for_customer",
    "wait_for_vendor",
]
