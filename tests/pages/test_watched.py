"""Pages of work on customers' systems in a real browser: before, during and after it, for both sides."""

from datetime import datetime, timedelta

import pytest

from opora.desk.kernel import clock
from opora.desk.workroom import actions, recordings
from opora.desk.workroom.actions import steering
from opora.desk.workroom.models import Agreement, GatewayOrder, WorkSession
from tests.cast import Cast
from tests.consent.asking import asked
from tests.pages.browser import keep_picture, violations
from tests.workroom.worlds import NAME, Remembering, agreed, ended, key_of_boris, opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("phone", "dark", "ru")]
HOUR = timedelta(hours=1)


@pytest.fixture
def signed_in(transactional_db, cast, client, monkeypatch):
    """The cookies of a browser in which the person is at home; the gateway only remembers."""
    fake = Remembering()
    monkeypatch.setattr(recordings, "gateway", lambda: fake)
    monkeypatch.setattr(steering, "gateway", lambda: fake)

    def enter(person, *, theme="light", language="en"):
        account = person.account
        account.theme, account.language = theme, language
        account.save(update_fields=["theme", "language"])
        client.force_login(account)
        return {name: morsel.value for name, morsel in client.cookies.items()}

    return enter


def worked(cast: Cast, at: datetime) -> tuple[Agreement, WorkSession, Agreement]:
    """Work that is over and known in all its parts; and a window that comes tomorrow, with a guest."""
    key_of_boris(cast, at)
    over = agreed(cast, at - 3 * HOUR, starts=at - 2 * HOUR, ends=at + HOUR)
    session = opened(cast, over, at - 2 * HOUR, name="ab" * 16)
    left = {"difference": {"keys": {"added": ["root: ssh-ed25519 AAAA left@behind"]}, "ports": {"added": ["tcp 8081"]}}}
    actions.tell(session.name, number=1, what="residue", facts=left, happened=at, at=at)
    ended(session, at - HOUR)
    actions.summarise(over, by=cast.boris, text="The limit of workers is 4.\nIt wants 64.", at=at)
    actions.choose(over, way="order", by=cast.clara, at=at)
    offer = {"starts": at + 24 * HOUR, "ends": at + 26 * HOUR, "what": "Raise the limit.", "price": "9 000 ₽"}
    actions.estimate(over, minutes=90, **offer, by=cast.boris, at=at)
    began = at - 2 * HOUR
    actions.book_time(
        over.ticket, system=cast.web1, began=began, minutes=30, words="Found the limit", by=cast.boris, at=at
    )
    coming = agreed(cast, at, starts=at + 20 * HOUR, ends=at + 22 * HOUR)
    actions.invite(coming, guest="Nora of the auditors", by=cast.clara, at=at)
    asked(cast, at, ticket=over.ticket)
    return over, session, coming


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_has_no_violation_on_any_page(cast, signed_in, open_page, size, theme, language):
    over, session, coming = worked(cast, clock.now())
    sides = (
        (
            cast.boris,
            {
                "ticket": f"/desk/tickets/{over.ticket_id}",
                "windows": f"/desk/tickets/{over.ticket_id}/windows",
                "record": f"/desk/work/sessions/{session.pk}",
                "keys": "/desk/ssh-keys/",
                "hosts": f"/desk/customers/{cast.bakery.pk}/systems/{cast.web1.pk}/hosts",
            },
        ),
        (
            cast.clara,
            {
                "request": f"/requests/{coming.ticket_id}",
                "coming": f"/watched/{coming.pk}",
                "after": f"/watched/{over.pk}",
                "replay": f"/watched/sessions/{session.pk}",
                "organisation": "/organisation",
            },
        ),
    )
    for person, places in sides:
        cookies = signed_in(person, theme=theme, language=language)
        page = open_page(next(iter(places.values())), size=size, theme=theme, language=language, cookies=cookies)
        site = "/".join(page.url.split("/")[:3])
        for name, place in places.items():
            page.goto(site + place)
            assert violations(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                f"{name} is wider than it may be"
            )
            keep_picture(page, f"watched-{name}-{size}-{theme}")


def test_clara_stops_by_one_press_of_the_keyboard(cast, signed_in, open_page):
    at = clock.now()
    agreement = agreed(cast, at - HOUR, starts=at - HOUR, ends=at + HOUR)
    opened(cast, agreement, at, name=NAME)
    page = open_page(f"/watched/{agreement.pk}", cookies=signed_in(cast.clara))
    assert violations(page) == []
    keep_picture(page, "watched-live-desktop-light")
    page.locator("form.steer button[value=stop]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast")
    assert [(one.do, one.by_name) for one in GatewayOrder.objects.all()] == [("stop", "Clara Berg")]
