"""The console live: what others do arrives by itself, in place, through the program's own web port and publisher."""

import pytest

from opora.desk.kernel import clock, live
from opora.desk.kernel.models import Event
from opora.desk.tickets import actions
from tests.pages.browser import keep_picture, violations
from tests.pages.test_console import signed_in  # noqa: F401
from tests.runs.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(whole_port):
    """These pages need the live stream."""
    return whole_port


def test_it_changes_a_row_in_place_and_says_how_many_are_new(cast, signed_in, open_page):  # noqa: F811
    at = clock.now()
    first = cast.write(cast.clara, at, subject="The first")
    second = cast.write(cast.clara, at, subject="The second")
    page = open_page("/desk/queue/all", cookies=signed_in(cast.anna))
    with page.expect_response("**/rows?*"):
        _until_open(page)
        actions.take(first, by=cast.boris, at=clock.now())
    page.wait_for_selector(f'[data-row="{first.pk}"].changed >> text=Boris Orlov')
    order = page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.dataset.row)")
    assert order == [str(second.pk), str(first.pk)]
    cast.write(cast.dan, clock.now(), subject="Quite new")
    page.wait_for_selector("[data-fresh]:not([hidden]) >> text=1 new")
    keep_picture(page, "live-fresh")
    assert violations(page) == []
    assert page.locator('[data-count="all"]').inner_text() == "3"
    page.click("[data-fresh]")
    page.wait_for_selector("text=Quite new")
    assert page.complaints == []


def test_it_shows_the_others_words_and_who_is_writing(cast, signed_in, open_page):  # noqa: F811
    ticket = cast.write(cast.clara, clock.now())
    where = f"/desk/tickets/{ticket.pk}"
    annas = open_page(where, cookies=signed_in(cast.anna))
    boris = open_page(where, cookies=signed_in(cast.boris))
    annas.wait_for_selector(".presence >> text=Boris Orlov is here")
    boris.fill("#say", "We are looking")
    annas.wait_for_selector(".presence.typing >> text=Boris Orlov is writing a reply")
    annas.fill("#say", "My own unfinished words")
    keep_picture(annas, "live-presence")
    assert violations(annas) == []
    boris.keyboard.press("Control+Enter")
    annas.wait_for_selector(".message.ours.changed >> text=We are looking")
    annas.wait_for_selector(".panel >> text=kept")
    assert annas.input_value("#say") == "My own unfinished words"
    actions.customer_wrote(ticket, by=cast.clara, text="Thank you both!", at=clock.now())
    annas.wait_for_selector(".message.customer >> text=Thank you both!")
    assert annas.complaints == []


def test_a_tab_nobody_looks_at_lets_its_stream_go_and_then_gets_what_it_missed(cast, site, signed_in, open_page):  # noqa: F811
    ticket = cast.write(cast.clara, clock.now())
    page = open_page("/desk/queue/all", cookies=signed_in(cast.anna))
    _until_open(page)
    _show(page, hidden=True)
    wait_until(lambda: site.streams.count() == 0, "six such tabs would use up the browser's connections")
    actions.take(ticket, by=cast.boris, at=clock.now())
    _show(page, hidden=False)
    page.wait_for_selector(f'[data-row="{ticket.pk}"] >> text=Boris Orlov')
    assert page.complaints == []


@pytest.mark.parametrize("where", ["/desk/queue/all", "/desk/tickets/{number}"])
def test_it_misses_nothing_between_the_page_and_its_stream(cast, signed_in, open_page, where):  # noqa: F811
    ticket = cast.write(cast.clara, clock.now())
    page = open_page(where.format(number=ticket.pk), cookies=signed_in(cast.anna))
    _until_open(page)

    def meanwhile(route):
        if page.locator("text=Boris Orlov").count() == 0 and ticket.assignee is None:
            actions.take(ticket, by=cast.boris, at=clock.now())
            newest = Event.objects.latest("pk").pk
            wait_until(lambda: live.published().id >= newest, "the stream shall begin behind the change")
        route.continue_()

    page.route("**/live/events?*", meanwhile)
    page.reload()
    page.wait_for_selector("main >> text=Boris Orlov" if "queue" in where else ".ticket-bar >> text=Boris Orlov")
    assert page.complaints == []


def _show(page, *, hidden: bool) -> None:
    """As if the reader went to another tab, or came back."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def _until_open(page) -> None:
    """Waits until the stream said hello."""
    page.wait_for_selector("body[data-live-open]")
