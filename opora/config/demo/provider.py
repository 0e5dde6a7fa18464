"""Borea Cloud: who works there, what it sells, when it is open. Only data and the actions that write it down."""

from dataclasses import dataclass
from datetime import datetime

from opora.desk.catalogue import actions as catalogue
from opora.desk.catalogue.models import Service
from opora.desk.kernel.actors import SYSTEM
from opora.desk.people import actions as people
from opora.desk.people.models import Role, Staff, Team
from opora.desk.sla.actions import make_standard_calendars
from opora.desk.sla.models import CalendarVersion

NAME = "Borea Cloud"
DOMAIN = "borea.example"


@dataclass(frozen=True, slots=True)
class Colleague:
    """One who works at the provider."""

    key: str
    name: str
    name_ru: str
    roles: tuple[Role, ...]
    team: str
    languages: tuple[str, ...] = ("ru", "en")
    language: str = "en"
    zone: str = "Europe/Moscow"
    lead: bool = False

    @property
    def email(self) -> str:
        """The address they sign in with."""
        return f"{self.key}@{DOMAIN}"


COLLEAGUES = (
    Colleague("anna", "Anna Petrova", "Анна Петрова", (Role.L1,), "l1"),
    Colleague("timur", "Timur Galiev", "Тимур Галиев", (Role.L1,), "l1", language="ru", zone="Asia/Yekaterinburg"),
    Colleague("lena", "Lena Sokolova", "Лена Соколова", (Role.L1,), "l1", language="ru"),
    Colleague("marko", "Marko Ilic", "Марко Илич", (Role.L1,), "l1", zone="Europe/Berlin"),
    Colleague("daria", "Daria Kim", "Дарья Ким", (Role.L1, Role.DEDICATED), "l1", lead=True),
    Colleague("boris", "Boris Orlov", "Борис Орлов", (Role.L2,), "l2", lead=True),
    Colleague("ilya", "Ilya Vetrov", "Илья Ветров", (Role.L2,), "l2", language="ru"),
    Colleague("sofia", "Sofia Brandt", "София Брандт", (Role.L2, Role.DEDICATED), "l2", zone="Europe/Berlin"),
    Colleague("pavel", "Pavel Zimin", "Павел Зимин", (Role.L2,), "l2", language="ru"),
    Colleague("oleg", "Oleg Stern", "Олег Штерн", (Role.L3,), "l3", lead=True),
    Colleague("nina", "Nina Aronova", "Нина Аронова", (Role.L3,), "l3"),
    Colleague("viktor", "Viktor Hale", "Виктор Хейл", (Role.L3,), "l3", zone="Europe/Berlin"),
    Colleague("hanna", "Hanna Weiss", "Ханна Вайс", (Role.HEAD, Role.ADMIN), ""),
    Colleague("vera", "Vera Lis", "Вера Лис", (Role.OPERATOR,), "contact_centre"),
    Colleague("gleb", "Gleb Noskov", "Глеб Носков", (Role.OPERATOR,), "contact_centre", language="ru"),
    Colleague("rita", "Rita Lunina", "Рита Лунина", (Role.BILLING,), "billing"),
    Colleague("konstantin", "Konstantin Rey", "Константин Рэй", (Role.SALES,), "sales"),
    Colleague("mila", "Mila Ostrova", "Мила Острова", (Role.PRODUCT,), "product"),
    Colleague("arkady", "Arkady Tal", "Аркадий Таль", (Role.RND,), "rnd"),
)
TEAMS = (
    ("first-line", "First line", "l1"),
    ("second-line", "Second line", "l2"),
    ("architects", "Architects", "l3"),
    ("contact-centre", "Contact centre", "contact_centre"),
    ("billing", "Billing", "billing"),
    ("sales", "Sales", "sales"),
    ("product", "Product managers", "product"),
    ("r-and-d", "R&D", "rnd"),
)
CATALOGUE: tuple[tuple[str, str, str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "compute", "Servers", "Серверы",
        (
            ("vps", "Virtual servers", "Виртуальные серверы", "Linux and Windows machines by the hour"),
            ("dedicated", "Dedicated servers", "Выделенные серверы", "Whole machines in our racks"),
            ("kubernetes", "Managed Kubernetes", "Управляемый Kubernetes", "Clusters whose control plane is ours"),
            ("private-cloud", "Private cloud", "Частное облако", "Built for one customer, run by us"),
        ),
    ),
    (
        "network", "Network", "Сеть",
        (
            ("network", "Private networks and VPN", "Частные сети и VPN", "Networks, addresses, tunnels, firewalls"),
            ("dns", "Domains and DNS", "Домены и DNS", "Registration, zones, certificates"),
            ("cdn", "CDN and DDoS protection", "CDN и защита от DDoS", "Delivery and filtering"),
        ),
    ),
    (
        "data", "Data", "Данные",
        (
            ("databases", "Managed databases", "Управляемые базы данных", "PostgreSQL, MySQL, Redis"),
            ("storage", "Object storage", "Объектное хранилище", "S3-compatible buckets"),
            ("backup", "Backup", "Резервное копирование", "Copies of machines and databases, restore tests"),
        ),
    ),
    (
        "applications", "Applications", "Приложения",
        (
            ("hosting", "Web hosting", "Веб-хостинг", "Sites without a server of one's own"),
            ("mail", "Mail", "Почта", "Mailboxes for a company's domain"),
            ("windows", "Remote desktops and Active Directory", "Удалённые столы и Active Directory",
             "Terminal servers, AD, Exchange, 1C on top"),
        ),
    ),
    (
        "account", "Contract and account", "Договор и кабинет",
        (("billing", "Bills and payments", "Счета и оплата", "Invoices, acts, payments, limits"),),
    ),
)  # fmt: skip
PREMIUM = {
    "first_reply": {"high": "15m", "medium": "1h", "low": "4h"},
    "next_update": {"high": "4h", "medium": "2d", "low": "5d"},
    "resolution": {"high": "12h", "medium": "5d", "low": "10d"},
    "objection": {"high": "1h", "medium": "2h", "low": "4h"},
    "root_cause": {"high": "3d"},
}
STANDARD = {
    "first_reply": {"high": "2h", "medium": "4h", "low": "8h"},
    "resolution": {"high": "18h", "medium": "45h", "low": "90h"},
}
PAUSES = {promise: ["waiting_on_customer", "waiting_on_vendor"] for promise in ("next_update", "resolution")}
INNER = {
    "premium": {
        "line": {
            "l1": {"high": "1h", "medium": "12h", "low": "1d"},
            "l2": {"high": "4h", "medium": "2d", "low": "3d"},
            "l3": {"high": "6h", "medium": "2d", "low": "4d"},
        }
    },
    "standard": {"line": {"l1": {"high": "2h", "medium": "9h", "low": "18h"}}},
}
"""What contracts of either plan promise, in which waits that time stands still, and what the lines promise within it."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider as it stands in the database, by the keys of the tables above."""

    staff: dict[str, Staff]
    teams: dict[str, Team]
    services: dict[str, Service]
    calendars: dict[str, CalendarVersion]

    def of_role(self, role: str, language: str) -> list[Staff]:
        """Those who may speak for a line or a department, and know the language."""
        team = {"operator": "contact_centre", "head": ""}.get(role, role)
        wanted = [c.key for c in COLLEAGUES if c.team == team and language in c.languages]
        return [self.staff[key] for key in wanted]


def found_provider(*, at: datetime) -> Provider:
    """Everybody hired, every team formed, everything put on sale. Nobody has a password yet (`signing_in.py`)."""
    staff = {
        c.key: people.hire(
            email=c.email,
            name=c.name,
            roles=c.roles,
            languages=c.languages,
            language=c.language,
            zone=c.zone,
            by=SYSTEM,
            at=at,
        )
        for c in COLLEAGUES
    }
    teams = {kind: people.form_team(slug=slug, name=name, kind=kind, by=SYSTEM, at=at) for slug, name, kind in TEAMS}
    for c in COLLEAGUES:
        if c.team:
            people.join_team(staff[c.key], teams[c.team], by=SYSTEM, at=at, lead=c.lead)
    return Provider(staff, teams, _put_on_sale(teams, at), make_standard_calendars(by=SYSTEM, at=at))


def _put_on_sale(teams: dict[str, Team], at: datetime) -> dict[str, Service]:
    services: dict[str, Service] = {}
    for shelf, shelf_name, shelf_ru, things in CATALOGUE:
        group = catalogue.add_group(slug=shelf, name=shelf_name, name_ru=shelf_ru, by=SYSTEM, at=at)
        for slug, name, name_ru, description in things:
            services[slug] = catalogue.add_service(
                group=group,
                slug=slug,
                name=name,
                name_ru=name_ru,
                description=description,
                line=teams["billing"] if slug == "billing" else None,
                by=SYSTEM,
                at=at,
            )
    return services


def first_name(staff: Staff, language: str) -> str:
    """The colleague's first name as it is written in the language."""
    c = next(c for c in COLLEAGUES if c.name == staff.name)
    return (c.name_ru if language == "ru" else c.name).split()[0]
