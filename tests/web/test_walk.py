"""Dan sees nothing of Clara's: every address of portal, console and API is walked as an outsider, as Dan, as Clara and
as each role, by GET and by POST, with Clara's things in its holes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponseBase
from django.test import Client

from opora.desk.channels.phone import actions as phone
from opora.desk.channels.phone.models import Call
from opora.desk.consent.actions import nominate
from opora.desk.customers.models import Contact
from opora.desk.kernel.models import Event
from opora.desk.people.models import Role, Staff
from opora.desk.people.policies import MAY, may
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.web.signin.actions import make_token
from opora.desk.workroom import recordings
from opora.desk.workroom.models import WorkSession
from tests.api.conftest import key_of
from tests.cast import Cast
from tests.consent.asking import asked as confirmation
from tests.web.addresses import Address, every_address
from tests.web.expectations import EXPECTED, Rule
from tests.workroom.worlds import Remembering, agreed, ended, opened

pytestmark = pytest.mark.django_db

SUBJECT = "Ovens of the bakery stand still"
PUBLIC = "The dough rises over the rim"
INTERNAL = "Between us: their invoice is late"
CLARAS_WORDS = (
    SUBJECT,
    PUBLIC,
    INTERNAL,
    "Clara Berg",
    "clara@bakery.example",
    "Northwind Bakery",
    "web1.bakery.example",
)
CLARA_SEES = {"requests/", "requests/<int:number>", "api/v1/tickets", "api/v1/tickets/<number>"}
METHODS = ("get", "post")
Judge = Callable[["Address", "Rule", str, HttpResponseBase], str]
ADDRESSES = every_address()
FORM = {
    "text": "Walked by",
    "subject": "Walked by",
    "email": "dan@driftwood.example",
    "kind": "question",
    "priority": "low",
}


@dataclass
class Ground:
    """What is walked over: the cast, Clara's ticket, and what fills the holes of addresses."""

    cast: Cast
    ticket: Ticket
    parts: dict[str, object]
    special: dict[str, dict[str, object]]

    def ask(self, browser: Client, method: str, address: Address) -> HttpResponseBase:
        """The answer to an ordinary request; whatever it changed is undone, so that every step meets the same ground."""
        place = address.filled(**self.parts | self.special.get(address.pattern, {}))
        with transaction.atomic():
            if method == "get":
                answer = browser.get(place)
            elif address.pattern.startswith("api/"):
                words = {"text": "Walked by"} if self.parts.keys() & address.holes else {"subject": "a", "text": "b"}
                answer = browser.post(place, words, content_type="application/json")
            else:
                answer = browser.post(place, FORM)
            answer.changed = self.history_length() - self.before
            transaction.set_rollback(True)
        return answer

    def history_length(self) -> int:
        """How much has happened to Clara's ticket, to her organisation and to its people."""
        people = [self.cast.clara.pk, self.cast.carl.pk, self.cast.cleo.pk]
        hers = Q(subject_kind="ticket", subject_id=self.ticket.pk) | Q(subject_kind="contact", subject_id__in=people)
        hers |= Q(subject_kind="organisation", subject_id=self.cast.bakery.pk)
        return Event.objects.filter(hers).count()

    def __post_init__(self) -> None:
        self.before = self.history_length()


@pytest.fixture
def ground(cast: Cast, monday: datetime, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """Clara's ticket with a message and a note, and work on her system that is over."""
    html = f"<p>{PUBLIC}</p>"
    ticket = cast.write(cast.clara, monday, subject=SUBJECT, text=PUBLIC, html=html, system=cast.web1)
    tickets.note(ticket, by=cast.anna.actor, text=INTERNAL, at=monday)
    row, _secret = make_token(
        cast.clara.account, name="Clara's own", scopes=["tickets:read"], by=cast.clara.actor, at=monday
    )
    parts = {
        "rest": "events/call",
        "number": ticket.pk,
        "key": row.pk,
        "ticket": ticket.pk,
        "message": ticket.messages.get().pk,
        "view": "all",
        "organisation": cast.bakery.pk,
        "contact": cast.clara.pk,
        "staff": cast.anna.pk,
        "team": cast.first.pk,
        "slug": "office",
        "name": "all",
        "verb": "take",
        "shelf": "quarantine",
        "token": "no-such-token",
        "clock": ticket.pk,
        "objection": 1,
        "vendor": 1,
        "rotation": 1,
        "place": 1,
        "policy": 1,
        "swap": 1,
        "answer": "yes",
        "case": 1,
        "incident": 1,
        "work": 1,
        "letter": 1,
        "call": call_of(cast, monday).pk,
        "task": 1,
        "what": "knock",
        "system": cast.web1.pk,
        "host": "web1",
        "part": "index.json",
        "link": 1,
    }
    worked = work_of(cast, monday, monkeypatch)
    parts |= {"agreement": worked.agreement_id, "session": worked.pk}
    asked = confirmation(cast, monday, ticket=ticket)
    nomination = nominate(cast.cleo.addresses.all()[0], by=cast.anna, why=INTERNAL[:7], at=monday)
    parts["asked"] = asked.pk
    special: dict[str, dict[str, object]] = {
        "organisation/people/<int:number>/roles": {"number": cast.carl.pk},
        "organisation/nominations/<int:number>": {"number": nomination.pk},
        "confirmations/<int:number>": {"number": asked.pk},
        "confirmations/<int:number>/withdraw": {"number": asked.pk},
        "watched/<int:number>": {"number": worked.agreement_id},
        "watched/<int:number>/now": {"number": worked.agreement_id},
        "watched/<int:number>/roads": {"number": worked.agreement_id},
        "watched/<int:number>/words/<slug:host>": {"number": worked.agreement_id},
        "watched/<int:number>/words/<slug:host>/revoke": {"number": worked.agreement_id},
        "watched/<int:number>/choose": {"number": worked.agreement_id},
        "watched/<int:number>/invite": {"number": worked.agreement_id},
        "watched/<int:number>/links/<int:link>/revoke": {"number": worked.agreement_id},
    }
    return Ground(cast, ticket, parts, special)


def work_of(cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch) -> WorkSession:
    """Work on Clara's system that was agreed, done and is over, with its record at hand."""
    monkeypatch.setattr(recordings, "gateway", Remembering)
    session = opened(cast, agreed(cast, at), at + timedelta(hours=1))
    ended(session, at + timedelta(hours=2))
    session.refresh_from_db()
    return session


def call_of(cast: Cast, at: datetime) -> Call:
    """Clara's call at the office."""
    made, _token = phone.connect(name="Office", preset="generic", region="RU", secret="", by=cast.hanna, at=at)
    return Call.objects.create(
        connection=made, key="c1", caller="+74951234567", began_at=at, contact=cast.clara, organisation=cast.bakery
    )


def browser_of(person: Staff | Contact, rule: Rule) -> Client:
    if rule.kind in {"key", "staff_key"}:
        return key_of(person).client
    browser = Client(raise_request_exception=False)
    browser.force_login(person.account)
    return browser


def leads_to(answer: HttpResponseBase, door: str) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].split("?")[0] == door


def told(answer: HttpResponseBase) -> str:
    return answer.getvalue().decode(errors="replace") + str(answer.headers)


def walk(ground: Ground, person: Staff | Contact | None, judge: Judge) -> list[str]:
    """Every address by every method; one line for each answer that is not as it should be."""
    wrong: list[str] = []
    for address in ADDRESSES:
        rule = EXPECTED[address.pattern]
        browser = browser_of(person, rule) if person else Client(raise_request_exception=False)
        for method in METHODS:
            answer = ground.ask(browser, method, address)
            fault = "breaks" if answer.status_code >= 500 else judge(address, rule, method, answer)
            if rule.kind == "nowhere" and answer.status_code != 404:
                fault = "exists outside the demo"
            if answer.status_code == 405 and not answer.changed and len(told(answer)) < 2000:
                continue
            if fault:
                place = answer.headers.get("Location", "")
                wrong.append(f"{method} /{address.pattern}: {fault} ({answer.status_code} {place})")
    return wrong


def test_it_knows_who_may_open_every_address(ground: Ground) -> None:
    unknown = [
        f"/{one.pattern} is new: say in tests/web/expectations.py who may open it, then walk again."
        for one in ADDRESSES
        if one.pattern not in EXPECTED
    ]
    unfilled = [
        f"/{one.pattern}: say in Ground.parts what fills {one.holes}"
        for one in ADDRESSES
        if one.holes - ground.parts.keys()
    ]
    assert unknown + unfilled == []
    assert EXPECTED.keys() - {one.pattern for one in ADDRESSES} == set(), "expected, but gone"
    assert {rule.act for rule in EXPECTED.values() if rule.kind == "staff"} <= MAY.keys()


def test_it_leads_outsiders_to_a_door_and_shows_them_nothing(ground: Ground) -> None:
    def judge(address: Address, rule: Rule, method: str, answer: HttpResponseBase) -> str:
        if answer.changed or any(words in told(answer) for words in CLARAS_WORDS):
            return "shows or changes something of Clara's"
        if rule.kind in {"contact", "person"} and not leads_to(answer, "/sign-in/"):
            return "does not lead to the customers' door"
        if rule.kind in {"staff", "newcomer"} and not leads_to(answer, "/desk/sign-in/"):
            return "does not lead to the colleagues' door"
        if rule.kind in {"key", "staff_key"} and answer.status_code not in {401, 405}:
            return "asks for no key"
        return ""

    assert walk(ground, None, judge) == []


def test_it_shows_dan_nothing_of_claras(ground: Ground) -> None:
    def judge(address: Address, rule: Rule, method: str, answer: HttpResponseBase) -> str:
        if answer.changed or any(words in told(answer) for words in CLARAS_WORDS):
            return "shows or changes something of Clara's"
        if rule.kind in {"staff", "newcomer"} and not leads_to(answer, "/desk/sign-in/"):
            return "does not lead to the colleagues' door"
        if rule.kind == "staff_key" and answer.status_code not in {403, 405}:
            return "is not for customers"
        if address.holes and rule.kind not in {"staff", "staff_key"} and answer.status_code not in {404, 405}:
            return "does not say: not here"
        return ""

    assert walk(ground, ground.cast.dan, judge) == []


def test_it_opens_claras_own_things_to_clara_and_never_a_note(ground: Ground) -> None:
    seen: set[str] = set()

    def judge(address: Address, rule: Rule, method: str, answer: HttpResponseBase) -> str:
        if SUBJECT in told(answer):
            seen.add(address.pattern)
        if INTERNAL in told(answer):
            return "shows a note"
        if rule.kind in {"staff", "newcomer"} and not leads_to(answer, "/desk/sign-in/"):
            return "does not lead to the colleagues' door"
        if rule.kind == "staff_key" and answer.status_code not in {403, 405}:
            return "is not for customers"
        if rule.kind in {"contact", "person"} and leads_to(answer, "/sign-in/"):
            return "does not know Clara"
        if rule.kind == "contact" and address.holes and method == "get" and answer.status_code == 404:
            return "does not open to Clara"
        return ""

    assert walk(ground, ground.cast.clara, judge) == []
    assert seen & EXPECTED.keys() >= {one for one in CLARA_SEES if one in EXPECTED}


@pytest.mark.parametrize("role", list(Role.values))
def test_it_lets_each_role_do_what_policy_says_and_no_more(role: str, ground: Ground) -> None:
    person = ground.cast.anna
    Staff.objects.filter(pk=person.pk).update(roles=[role])
    person.refresh_from_db()

    def judge(address: Address, rule: Rule, method: str, answer: HttpResponseBase) -> str:
        if rule.kind == "contact":
            return "" if leads_to(answer, "/sign-in/") else "lets a colleague in as a customer"
        if rule.kind == "staff" and not may(person, rule.act):
            return "" if answer.status_code == 403 else f"is open without {rule.act}"
        if rule.kind in {"staff", "newcomer", "person"} and method == "get" and answer.status_code == 403:
            return "is shut to a role that may"
        return ""

    assert walk(ground, person, judge) == []
