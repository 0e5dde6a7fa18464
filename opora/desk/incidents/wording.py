"""The root-cause letter as it begins: filled from what we know, in the customer's language, for the author to go on."""

from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from opora.desk.sla.words import say_length
from opora.desk.tickets import definitions
from opora.desk.tickets.outages import Outage


def first_words(outage: Outage) -> str:
    """What happened, how long, why, what shows it, what is owed, and a place for what we change."""
    ticket = outage.ticket
    with translation.override("ru" if ticket.language.startswith("ru") else "en"):
        zone = ZoneInfo(ticket.requester.zone)
        began, ended = (
            f"{date_format(one, 'j E Y, H:i' if translation.get_language() == 'ru' else 'j F Y, H:i')} ({zone.key})"
            for one in (moment.astimezone(zone) for moment in (outage.began, outage.began + outage.lasted))
        )
        named = {"name": ticket.requester.name, "mark": ticket.mark, "subject": ticket.subject}
        cause = str(definitions.CAUSES.get(ticket.cause, ""))
        parts = [
            _("Hello %(name)s,") % named,
            _("This is our account of the outage %(mark)s, “%(subject)s”.") % named,
            _("It began on %(began)s and ended on %(ended)s; it lasted %(length)s.")
            % {"began": began, "ended": ended, "length": say_length(int(outage.lasted.total_seconds()) // 60 * 60)},
            _("The cause: %(cause)s.") % {"cause": cause[:1].lower() + cause[1:]}
            + (f" {ticket.cause_words}" if ticket.cause_words else ""),
            _("What shows it: %(evidence)s") % {"evidence": outage.finding.evidence} if outage.finding else "",
            _("What we change so that it does not come again:") + "\n– ",
            _owed(outage),
            _("We are sorry for the trouble. If something remains unclear, just answer."),
        ]
        return "\n\n".join(part for part in parts if part)


def _owed(outage: Outage) -> str:
    credit = outage.credit
    if not credit.amount:
        return ""
    said = {"percent": credit.percent, "amount": f"{credit.amount // 100}.{credit.amount % 100:02d}"}
    return _("By the contract we owe you %(percent)s %% of the monthly fee, %(amount)s %(currency)s.") % {
        **said,
        "currency": credit.currency,
    }
