"""What hit many at the demo provider, and what it led to: a mass incident that goes on, older ones and planned works on the
status page, an objection, cases at vendors, outages with their causes and root-cause letters. Only data and the actions.
"""

from datetime import datetime, timedelta

from opora.config.demo.clients import Customer
from opora.config.demo.provider import Provider
from opora.desk.catalogue import actions as catalogue
from opora.desk.catalogue import vendors
from opora.desk.catalogue.models import Vendor
from opora.desk.incidents import actions as incidents
from opora.desk.incidents import events as incident_events
from opora.desk.incidents.models import MassIncident, RootCauseLetter
from opora.desk.incidents.wording import first_words
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.listeners import unheard
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions as tickets
from opora.desk.tickets import events as ticket_events
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.outages import outage_of
from opora.desk.vendors import actions as cases

TICKETS = 9
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DOWN = {
    "en": (
        "The VPN tunnel to our office is down",
        "Hello, the VPN tunnel dropped and the private network is not reachable.",
    ),
    "ru": (
        "Упал VPN-туннель в офис",
        "Здравствуйте! Отвалился VPN-туннель, частная сеть недоступна из офиса, VPN не поднимается.",
    ),
}
PAST = (
    (
        12, "Object storage answered slowly", "Объектное хранилище отвечало медленно", "storage", 3,
        "A node rebuilt itself during the day. Rebuilding waits for the night from now on.",
        "Узел восстанавливался днём. Теперь восстановление ждёт ночи.",
    ),
    (
        41, "Mail was delivered late", "Почта приходила с задержкой", "mail", 2,
        "A queue grew behind a full disk. The disk is larger, and we are warned at half of it.",
        "Очередь выросла из-за полного диска. Диск увеличен, предупреждение приходит на половине.",
    ),
)  # fmt: skip


def stage(provider: Provider, customers: list[Customer], *, at: datetime) -> None:
    """Everything, as of `at`."""
    with unheard():
        _say_what_high_means(provider, at - timedelta(days=300))
        _past(provider, at)
        _works(provider, at)
        halden, meridian = _vendors(provider, at - timedelta(days=300))
        _explained(provider, customers[2], at - timedelta(days=2))
        _owed(provider, customers[0], meridian, at - 9 * HOUR)
    _at_the_vendor(provider, customers[5], halden, at - 5 * HOUR)
    _objected(provider, customers[1], at - 95 * MINUTE)
    _many(provider, [one for one in customers if one.contacts][:9], at - 50 * MINUTE)


def _say_what_high_means(provider: Provider, at: datetime) -> None:
    catalogue.define_priority(
        provider.services["mail"],
        priority="high",
        meaning="Nobody of the company can send or receive.",
        meaning_ru="Никто в компании не может ни отправить, ни получить письмо.",
        example="For example: every mailbox answers with an error.",
        example_ru="Например: все ящики отвечают ошибкой.",
        by=SYSTEM,
        at=at,
    )


def _past(provider: Provider, at: datetime) -> None:
    for days, title, title_ru, service, hours, text, text_ru in PAST:
        began = at - timedelta(days=days, hours=hours)
        boris = provider.staff["boris"]
        incident = incidents.declare(
            title=title, title_ru=title_ru, service=provider.services[service], by=boris, at=began, began_at=began
        )
        incidents.tell_all(
            incident,
            stage="investigating",
            text="We see it and look for the cause.",
            text_ru="Видим и ищем причину.",
            by=boris,
            at=began + 10 * MINUTE,
        )
        incidents.end_incident(incident, text=text, text_ru=text_ru, by=boris, at=began + hours * HOUR)


def _works(provider: Provider, at: datetime) -> None:
    night = at.replace(hour=22, minute=0, second=0, microsecond=0)
    for days, title, title_ru, service in (
        (-20, "New firmware of the routers", "Новая прошивка маршрутизаторов", "network"),
        (4, "Databases move to new storage", "Базы данных переезжают на новые диски", "databases"),
    ):
        starts = night + timedelta(days=days)
        incidents.plan_work(
            title=title,
            title_ru=title_ru,
            text="Up to two breaks of a minute each. Nothing to do on your side.",
            text_ru="До двух перерывов по минуте. С вашей стороны ничего не нужно.",
            starts_at=starts,
            ends_at=starts + 3 * HOUR,
            services=[provider.services[service]],
            by=provider.staff["oleg"],
            at=starts - timedelta(days=7),
        )


def _vendors(provider: Provider, at: datetime) -> tuple[Vendor, Vendor]:
    made = []
    for name, email, contract, calendar in (
        ("Halden Storage", "support@halden.example", "HS-2291", "always"),
        ("Meridian Networks", "noc@meridian.example", "MN-77/4", "berlin"),
    ):
        vendor = vendors.add_vendor(name=name, emails=[email], by=SYSTEM, at=at)
        vendors.agree_vendor_terms(
            vendor,
            contract=contract,
            calendar_version=provider.calendars[calendar],
            targets={"high": "6h", "medium": "12h", "low": "3d"},
            valid_from=at,
            by=SYSTEM,
            at=at,
        )
        made.append(vendor)
    return made[0], made[1]


def _outage(customer: Customer, subject: str, text: str, at: datetime) -> Ticket:
    person, system = customer.contacts[0], customer.systems[0]
    return tickets.open_ticket(
        requester=person,
        subject=subject,
        text=text,
        kind="incident",
        priority="high",
        channel="email",
        system=system,
        service=system.service,
        by=person.actor,
        at=at,
    )


def _explained(provider: Provider, customer: Customer, at: datetime) -> None:
    """An outage of two days ago: its letter was written by Boris, approved by Hanna, and read by the customer."""
    boris, hanna = provider.staff["boris"], provider.staff["hanna"]
    ticket = _outage(
        customer, "Both ETL machines are gone", "Since 03:10 neither of them answers, not even to ping.", at
    )
    tickets.take(ticket, by=boris, at=at + 3 * MINUTE)
    tickets.reply(
        ticket, by=boris, text="I see it: their host lost power. Starting them elsewhere.", at=at + 4 * MINUTE
    )
    found = tickets.Cause(
        "infrastructure",
        "A power strip of rack 14 failed.",
        "Power log of rack 14: feed A lost at 03:09, feed B not wired.",
    )
    ended = "Both run again on another host. We will write to you why this could happen."
    tickets.reply_and_resolve(ticket, by=boris, text=ended, at=at + 70 * MINUTE, found=found)
    letter = _letter(ticket, at + 70 * MINUTE)
    begun = first_words(outage_of(ticket)).replace(f"{ticket.mark}, ", "")
    words = begun.replace("\n– ", "\n– every rack gets both feeds; the last one on Friday.")
    incidents.write_letter(letter, text=words, by=boris, at=at + 5 * HOUR)
    incidents.propose_letter(letter, by=boris, at=at + 5 * HOUR)
    incidents.approve_letter(letter, by=hanna, at=at + 7 * HOUR)


def _owed(provider: Provider, customer: Customer, vendor: Vendor, at: datetime) -> None:
    """An outage of this morning, caused by a vendor: its letter is still to be written."""
    oleg = provider.staff["oleg"]
    ticket = _outage(
        customer, "The shop cannot be reached from outside", "Customers get a timeout; inside all is well.", at
    )
    tickets.take(ticket, by=oleg, at=at + 2 * MINUTE)
    tickets.reply(
        ticket, by=oleg, text="The fault is in the line of our carrier; we are asking it.", at=at + 5 * MINUTE
    )
    case = cases.ask_vendor(ticket, vendor=vendor, text="Our prefix is not announced.", by=oleg, at=at + 6 * MINUTE)
    cases.note_number(case, number="MN-410077", by=oleg.actor, at=at + 20 * MINUTE)
    answer = "A filter of ours was wrong after last night's change. Corrected at 06:40 UTC."
    cases.vendor_answered(case, text=answer, by=SYSTEM, at=at + HOUR, sender=vendor.emails[0])
    found = tickets.Cause("vendor", "A wrong filter at the carrier.", f"MN-410077: {answer}", vendor=vendor)
    ended = "It is reachable again: our carrier corrected a filter."
    tickets.reply_and_resolve(ticket, by=oleg, text=ended, at=at + HOUR + 10 * MINUTE, found=found)
    cases.settle_case(case, by=oleg.actor, at=at + HOUR + 11 * MINUTE)
    _letter(ticket, at + 70 * MINUTE)


def _letter(ticket: Ticket, at: datetime) -> RootCauseLetter:
    resolved = Event.objects.filter(name=ticket_events.RESOLVED, subject_kind="ticket", subject_id=ticket.pk)
    incidents.owe_letter(resolved.latest("pk"), at)
    return RootCauseLetter.objects.select_related("ticket__requester").get(ticket=ticket)


def _at_the_vendor(provider: Provider, customer: Customer, vendor: Vendor, at: datetime) -> None:
    oleg = provider.staff["oleg"]
    ticket = _outage(customer, "Lobby servers freeze every ten minutes", "Both hang for a minute, again and again.", at)
    tickets.take(ticket, by=oleg, at=at + 4 * MINUTE)
    words = "The disk controllers reset themselves. I am asking their maker and will write to you by noon."
    tickets.reply(ticket, by=oleg, text=words, at=at + 12 * MINUTE)
    asked = "Controllers HX-12, firmware 7.1: reset every ten minutes since 04:00 UTC. Is this known, and what helps?"
    case = cases.ask_vendor(ticket, vendor=vendor, text=asked, by=oleg, at=at + 15 * MINUTE)
    cases.note_number(case, number="HS-88213", by=oleg.actor, at=at + 30 * MINUTE)


def _objected(provider: Provider, customer: Customer, at: datetime) -> None:
    anna = provider.staff["anna"]
    ticket = _outage(customer, "Nobody can order in the web shop", "The basket shows an error for every customer.", at)
    tickets.take(ticket, by=anna, at=at + 6 * MINUTE)
    why = "The shop is open and products are shown; one function, the basket, fails. That is our medium priority."
    tickets.change_priority(ticket, to="medium", by=anna, at=at + 10 * MINUTE, why=why)
    words = "A shop without a basket sells nothing. For us that is an outage."
    tickets.object_to_priority(ticket, by=customer.contacts[0], at=at + 25 * MINUTE, words=words)


def _many(provider: Provider, customers: list[Customer], at: datetime) -> None:
    """The network fails for many: five tickets, three of them already one incident, with one update said."""
    boris, network = provider.staff["boris"], provider.services["network"]
    hit = []
    for number, customer in enumerate(customers[4:9]):
        subject, text = DOWN[customer.client.language]
        person, moment = customer.contacts[0], at + number * 3 * MINUTE
        hit.append(
            tickets.open_ticket(
                requester=person,
                subject=subject,
                text=text,
                kind="incident",
                priority="medium",
                channel="email",
                service=network,
                by=person.actor,
                at=moment,
            )
        )
    incident = incidents.declare(
        title="VPN tunnels and private networks",
        title_ru="VPN-туннели и частные сети",
        service=network,
        tickets=hit[:3],
        by=boris,
        at=at + 20 * MINUTE,
    )
    text = "A router in our second zone lost its routes. We are moving the tunnels to another one; about half are back."
    text_ru = "Маршрутизатор во второй зоне потерял маршруты. Переносим туннели на другой; около половины уже работают."
    incidents.tell_all(incident, stage="identified", text=text, text_ru=text_ru, by=boris, at=at + 28 * MINUTE)
    _say(incident, at + 28 * MINUTE)


def _say(incident: MassIncident, at: datetime) -> None:
    """What the worker would do a moment later."""
    members = list(incident.members.values_list("pk", flat=True))
    for event in Event.objects.filter(name=incident_events.WORD, subject_id__in=members).order_by("pk"):
        incidents.say_update(event, at)
