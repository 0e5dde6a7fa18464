"""The operators' pages in a real browser: light and dark, desktop and phone, by keyboard, in both languages."""

from datetime import timedelta

import pytest

from opora.desk.channels.phone import actions, jobs
from opora.desk.channels.phone.models import Connection, Script, TakingDown
from opora.desk.channels.phone.parsing import CallWord as Word
from opora.desk.customers.models import Phone
from opora.desk.dispatch.models import OwnEngineer
from opora.desk.incidents import actions as incidents
from opora.desk.kernel import clock
from tests.cast import Cast
from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("phone", "dark", "ru")]
CLARAS = "+74951234567"


@pytest.fixture
def site(whole_port):
    """The program's own web port: these pages listen to the live stream."""
    return whole_port


@pytest.fixture
def signed_in(transactional_db, cast, client):
    """The cookies of a browser in which the person is at home."""

    def enter(person, *, theme="light", language="en"):
        account = person.account
        account.theme, account.language = theme, language
        account.save(update_fields=["theme", "language"])
        client.force_login(account)
        return {name: morsel.value for name, morsel in client.cookies.items()}

    return enter


def heard(office: Connection, phase: str, at, *, call="c1", caller=CLARAS, recording=""):
    word = Word(call, phase, False, caller, caller, "+74957654321", "+74957654321", ("101",), recording=recording)
    return actions.hear(office, body=f"{call}{phase}{at}".encode(), query="", word=word, trouble="", at=at)


def office_of(cast: Cast) -> dict[str, int]:
    """One of everything at the contact centre; the numbers by which the pages are found."""
    now = clock.now()
    office, _token = actions.connect(name="Office", preset="generic", region="RU", secret="", by=cast.hanna, at=now)
    actions.seat(office, extension="101", staff=cast.vera)
    Phone.objects.create(contact=cast.clara, number=CLARAS)
    OwnEngineer.objects.create(organisation=cast.bakery, staff=cast.oleg)
    actions.note_caller(cast.clara, text="Speaks fast and likes it brief. Never say “calm down”.", by=cast.vera, at=now)
    actions.write_script(
        None,
        title="Mail does not arrive",
        title_ru="Не приходит почта",
        questions="Since when?\nTo all addresses or to one?",
        questions_ru="С каких пор?\nНа все адреса или на один?",
        active=True,
        by=cast.hanna,
        at=now,
    )
    hit = [cast.write(one, now, subject="The control panel shows error 502") for one in (cast.carl, cast.dan)]
    known = incidents.declare(
        title="Control panel shows errors", title_ru="Панель управления: ошибки", tickets=hit, by=cast.boris, at=now
    )
    told = {"text": "We know.", "text_ru": "Знаем."}
    incidents.tell_all(known, stage="identified", by=cast.boris, at=now, next_at=now + timedelta(minutes=30), **told)
    heard(office, "ringing", now - timedelta(hours=1), call="missed", caller="+74959999999")
    heard(office, "ended", now - timedelta(minutes=59), call="missed", caller="+74959999999")
    done = heard(office, "answered", now - timedelta(minutes=30), call="done")
    heard(office, "ended", now - timedelta(minutes=25), call="done", recording="https://exchange.example/r/7")
    jobs.settle_calls(now)
    ringing = heard(office, "ringing", now)
    stranger = heard(office, "ringing", now, call="c2", caller="+74958888888")
    words = {"happened": "Panel shows error 502", "works": "part", "hit": "many", "ask": "yes", "topic": "1"}
    actions.keep_words(ringing, words=words | {"topic": str(Script.objects.get().pk)}, by=cast.vera, at=now)
    said = {"happened": "The shop is gone", "works": "nothing", "hit": "everybody", "system": str(cast.web1.pk)}
    actions.take_down(done, words=said | {"ask": "yes"}, by=cast.vera, at=now)
    return {"ringing": ringing.pk, "stranger": stranger.pk, "done": done.pk, "office": office.pk}


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_has_no_violation_on_any_page(cast, signed_in, open_page, size, theme, language):
    made = office_of(cast)
    places = {
        "desk": ("/desk/calls/", cast.vera),
        "call": (f"/desk/calls/{made['ringing']}/", cast.vera),
        "stranger": (f"/desk/calls/{made['stranger']}/", cast.vera),
        "taken": (f"/desk/calls/{made['done']}/", cast.vera),
        "log": ("/desk/calls/log?by=operator", cast.hanna),
        "exchanges": ("/desk/exchanges/", cast.hanna),
        "exchange": (f"/desk/exchanges/{made['office']}/?edit=1", cast.hanna),
        "scripts": ("/desk/scripts/", cast.hanna),
        "pin": ("/support-pin", cast.clara),
    }
    found = {}
    for name, (place, person) in places.items():
        page = open_page(
            place, size=size, theme=theme, language=language, cookies=signed_in(person, theme=theme, language=language)
        )
        keep_picture(page, f"calls-{name}-{size}-{theme}-{language}")
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found[name] = [*violations(page), *page.complaints, *(["wider than the window"] if wide else [])]
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_it_is_filled_and_sent_by_the_keyboard_alone_and_keeps_every_letter(cast, signed_in, open_page):
    made = office_of(cast)
    page = open_page(f"/desk/calls/{made['stranger']}/", cookies=signed_in(cast.vera))
    assert page.evaluate("document.activeElement.id") == "happened"
    page.keyboard.type("Control panel shows errors to all of us")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_text("We know:").wait_for()
    page.get_by_text("Draft kept").wait_for()
    assert TakingDown.objects.get(call=made["stranger"]).words["happened"].startswith("Control panel")
    assert page.locator("[data-live-slot=reckoned] strong").first.inner_text() == "Incident, high"
    page.reload()
    assert page.locator("#happened").input_value() == "Control panel shows errors to all of us"
    page.fill("#email", "new@somewhere.example")
    page.locator("#email").press("Control+Enter")
    page.wait_for_selector("h2 a[href*='/desk/tickets/']")
    assert TakingDown.objects.get(call=made["stranger"]).ticket.state == "waiting_confirmation"
    assert page.complaints == []


def test_it_shows_the_script_of_the_topic(cast, signed_in, open_page):
    made = office_of(cast)
    page = open_page(f"/desk/calls/{made['stranger']}/", cookies=signed_in(cast.vera))
    assert not page.get_by_text("To all addresses or to one?").is_visible()
    page.select_option("#topic", label="Mail does not arrive")
    assert page.get_by_text("To all addresses or to one?").is_visible()


def test_it_shows_a_new_pin_once_and_the_operator_believes_it(cast, signed_in, open_page):
    made = office_of(cast)
    page = open_page("/support-pin", cookies=signed_in(cast.clara))
    page.get_by_role("button", name="Make a PIN").click()
    pin = page.locator(".big-pin").inner_text().strip()
    page.goto(page.url)
    assert page.locator(".big-pin").count() == 0
    desk = open_page(f"/desk/calls/{made['ringing']}/", cookies=signed_in(cast.vera))
    desk.fill("#pin", pin)
    desk.get_by_role("button", name="Check").click()
    desk.get_by_text("said the support PIN").wait_for()
    assert desk.get_by_text("A number is no proof").count() == 0
