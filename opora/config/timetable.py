"""All timers of the program, on one page: what runs by itself, how often, and whether in one place only.

`every` is the pause in seconds after a run that found nothing to do; see `loops.Loop`.
"""

from datetime import datetime, timedelta

from django.conf import settings

from opora.config import housekeeping
from opora.config.loops import Loop
from opora.desk.channels.email import jobs as email
from opora.desk.channels.phone import clouds
from opora.desk.channels.phone import jobs as phone
from opora.desk.consent import jobs as consent
from opora.desk.dispatch import jobs as dispatch
from opora.desk.kernel import jobs as kernel
from opora.desk.kernel import live
from opora.desk.sla import jobs as sla
from opora.desk.tickets import jobs as tickets
from opora.desk.vendors import jobs as vendors
from opora.desk.workroom import jobs as workroom


def deliver_events(at: datetime) -> int:
    """Tell the listeners of what happened."""
    return kernel.deliver_due(at=at)


def close_silent_tickets(at: datetime) -> int:
    """Close what was resolved and not objected to for so many days; a later letter opens a linked follow-up."""
    return tickets.close_silent(at=at, after=timedelta(days=settings.OPORA_CLOSE_AFTER_DAYS))


def escalate(at: datetime) -> int:
    """Tell the next people of what nobody has yet."""
    return dispatch.escalate(at=at)


def chase_vendors(at: datetime) -> int:
    """Ask vendors again that owe us an answer."""
    return vendors.chase_due(at=at)


TIMETABLE: tuple[Loop, ...] = (
    Loop("publish events", 0.05, live.Publisher().publish, leader=True),
    Loop("deliver events", 1.0, deliver_events, woken_by=(live.EVENTS_CHANNEL,)),
    Loop("read letters", 0.5, email.read_letters),
    Loop("let go of held letters", 30.0, email.let_go_of_held, leader=True),
    Loop("teach the spam filter", 60.0, email.teach_filter, leader=True),
    Loop("say planned answers", 1.0, tickets.say_planned),
    Loop("send letters", 1.0, email.send_letters, woken_by=(live.EVENTS_CHANNEL,)),
    Loop("remind of confirmations", 20.0, consent.take_next_steps, leader=True),
    Loop("hand agreements to the ledger", 2.0, workroom.hand_to_ledger, leader=True, woken_by=(live.EVENTS_CHANNEL,)),
    Loop("carry orders to the gateway", 1.0, workroom.carry_orders, leader=True, woken_by=(live.EVENTS_CHANNEL,)),
    Loop("stop work without a contract", 10.0, workroom.stop_where_shut, leader=True),
    Loop("close unheard tunnels", 10.0, workroom.close_unheard_tunnels, leader=True),
    Loop("settle calls", 5.0, phone.settle_calls, leader=True),
    Loop("ask exchanges to call", 1.0, clouds.run_errands, woken_by=(live.EVENTS_CHANNEL,)),
    Loop("end silent calls", 60.0, phone.end_silent_calls, leader=True),
    Loop("forget recordings", 3600.0, phone.forget_recordings, leader=True),
    Loop("escalate", 1.0, escalate, leader=True),
    Loop("judge promises", 1.0, sla.sweep, leader=True),
    Loop("re-pin tickets", 2.0, tickets.repin_some, leader=True),
    Loop("close silent tickets", 300.0, close_silent_tickets, leader=True),
    Loop("chase vendors", 30.0, chase_vendors, leader=True),
    Loop("keep house", 3600.0, housekeeping.keep_house, leader=True),
)
