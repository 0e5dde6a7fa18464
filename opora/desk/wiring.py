"""When X happens, Y reacts: the whole list, on one page. Nobody else registers listeners.

Each reaction runs in the worker, in its own transaction, exactly once per event; it may call any room's actions.
"""

from opora.desk.channels.email import colleagues as email_colleagues
from opora.desk.channels.email import confirming
from opora.desk.channels.email import outbox as email
from opora.desk.channels.email import status as email_status
from opora.desk.channels.email import vendors as email_vendors
from opora.desk.channels.email import work as email_work
from opora.desk.consent import events as consent_events
from opora.desk.dispatch import actions as dispatch
from opora.desk.dispatch import escalations, pressing, routing
from opora.desk.dispatch import events as dispatch_events
from opora.desk.incidents import actions as incidents
from opora.desk.incidents import events as incident_events
from opora.desk.kernel.listeners import listen, listen_together
from opora.desk.sla import events as sla_events
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import events as ticket_events
from opora.desk.vendors import actions as vendors
from opora.desk.vendors import events as vendor_events
from opora.desk.web.signin import events as signin_events
from opora.desk.web.signin import jobs as signin
from opora.desk.workroom import actions as workroom
from opora.desk.workroom import events as work_events


def wire() -> None:
    """Register every reaction. Called once when Django is ready; calling it again changes nothing."""
    listen(ticket_events.OPENED, "dispatch.notice_opened", routing.receive_opened)
    listen(ticket_events.CUSTOMER_WROTE, "dispatch.notice_customer_wrote", dispatch.notice_customer_wrote)
    listen(ticket_events.ASSIGNED, "dispatch.notice_assigned", dispatch.notice_assigned)
    listen(ticket_events.HANDED_OVER, "dispatch.notice_handed_over", routing.receive_handed_over)
    listen_together(sla_events.CLOCK_WARNED, "dispatch.notice_warned", pressing.notice_clocks)
    listen_together(sla_events.CLOCK_MISSED, "dispatch.notice_missed", pressing.notice_clocks)
    listen(ticket_events.OPENED, "email.opened", email.mail_opened)
    listen(ticket_events.REPLIED, "email.reply", email.mail_reply)
    listen(ticket_events.CUSTOMER_WROTE, "email.copy", email.mail_copy)
    listen(ticket_events.PARTICIPANT_ADDED, "email.welcome", email.mail_welcome)
    listen(ticket_events.MERGED, "email.merged", email.mail_merged)
    listen(ticket_events.PRIORITY_CHANGED, "email.priority", email.mail_priority_changed)
    listen(ticket_events.OBJECTION_DECIDED, "email.objection", email.mail_objection_decided)
    listen(ticket_events.OBJECTED, "dispatch.notice_objected", dispatch.notice_objected)
    listen(ticket_events.OUTAGE_REPORTED, "dispatch.notice_outage", dispatch.notice_outage)
    for ending in (ticket_events.RESOLVED, ticket_events.CLOSED, ticket_events.MERGED, ticket_events.PRIORITY_CHANGED):
        listen(ending, "tickets.settle_objections", tickets.settle_objections)
    listen(vendor_events.ASKED, "email.vendor", email_vendors.mail_vendor)
    listen(vendor_events.ANSWERED, "dispatch.notice_vendor", dispatch.notice_vendor)
    listen(vendor_events.SILENT, "dispatch.notice_vendor_silent", dispatch.notice_vendor)
    for ending in (ticket_events.RESOLVED, ticket_events.CLOSED, ticket_events.MERGED):
        listen(ending, "vendors.follow_ticket", vendors.follow_ticket)
    listen(ticket_events.PRIORITY_CHANGED, "dispatch.route_changed", routing.receive_changed)
    for high in (ticket_events.OPENED, ticket_events.PRIORITY_CHANGED):
        listen(high, "dispatch.escalate_high", escalations.begin_high)
    for near in (sla_events.CLOCK_WARNED, sla_events.CLOCK_MISSED):
        listen_together(near, "dispatch.escalate_promise", escalations.begin_clocks)
    for over in (ticket_events.RESOLVED, ticket_events.CLOSED, ticket_events.MERGED, ticket_events.PRIORITY_CHANGED):
        listen(over, "dispatch.end_escalation", escalations.follow_ticket)
    for settled in (sla_events.CLOCK_KEPT, sla_events.CLOCK_STOPPED_LATE, sla_events.CLOCK_CANCELLED):
        listen(settled, "dispatch.end_promise_escalation", escalations.follow_clock)
    listen(ticket_events.ASSIGNED, "dispatch.escalation_taken", escalations.follow_assigned)
    listen(dispatch_events.ESCALATED, "email.escalated", email_colleagues.mail_escalated)
    listen(ticket_events.LETTER_SENT, "email.letter", email.mail_reply)
    listen(ticket_events.OPENED, "incidents.suggest", incidents.suggest_incident)
    listen(ticket_events.RESOLVED, "incidents.owe_letter", incidents.owe_letter)
    listen(ticket_events.REOPENED, "incidents.hold_letter", incidents.hold_letter)
    listen(incident_events.UPDATED, "email.status", email_status.mail_update)
    listen(incident_events.WORK_PLANNED, "email.work", email_status.mail_work)
    listen(incident_events.WORK_CANCELLED, "email.work", email_status.mail_work)
    listen(incident_events.SUBSCRIPTION_ASKED, "email.status_question", email_status.mail_question)
    listen(incident_events.WORD, "incidents.say_update", incidents.say_update)
    listen(signin_events.CODE_ASKED, "signin.send_code", signin.send_asked_code)
    listen(consent_events.ASKED, "email.confirmation", confirming.mail_confirmation_asked)
    listen(consent_events.REMINDED, "email.confirmation_reminder", confirming.mail_confirmation_asked)
    for settled in (consent_events.CONFIRMED, consent_events.DECLINED, consent_events.WITHDRAWN):
        listen(settled, "email.confirmation_settled", confirming.mail_confirmation_settled)
    for told in (*consent_events.ANSWERED, consent_events.EXPIRED):
        listen(told, "dispatch.notice_confirmation", dispatch.notice_confirmation)
    listen(consent_events.CONFIRMED, "tickets.confirmed", tickets.confirm_by_consent)
    listen(consent_events.CONFIRMED, "workroom.confirmed", workroom.follow_confirmed)
    for ending in (consent_events.WITHDRAWN, consent_events.REPLACED):
        listen(ending, "workroom.withdrawn", workroom.follow_ended)
    listen(work_events.OPENED, "email.work_opened", email_work.mail_opened)
    listen(work_events.ENDED, "email.work_ended", email_work.mail_ended)
    listen("people.let_go", "workroom.left", workroom.follow_left)
    listen(consent_events.SILENT, "dispatch.notice_no_answer", dispatch.notice_no_answer)
