"""The portal in a real browser, as customers meet it: in both lights and languages, by keyboard, on a phone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from opora.desk.customers.models import Contact
from opora.desk.kernel import clock
from opora.desk.people import actions as people
from opora.desk.tickets import actions
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import Ticket
from tests.cast import Cast
from tests.pages.browser import keep_picture, violations
from tests.portal.conftest import PIXEL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("desktop", "dark", "ru"), ("phone", "light", "ru"), ("phone", "dark", "en")]
MINUTE = timedelta(minutes=1)
LOG = "\n".join(f"2026-09-14 09:{n:02} nginx: upstream timed out (110)" for n in range(6))


@pytest.fixture
def lately() -> datetime:
    """An hour ago."""
    return clock.now() - 60 * MINUTE


@pytest.fixture
def desk(cast: Cast, lately: datetime) -> dict[str, Ticket]:
    """Clara's desk: one request in every state."""
    made = {}
    for number, (name, subject) in enumerate(
        [
            ("new", "Пятница: отчёт по нагрузке нужен раньше"),
            ("asked", "Backups of the accounting database fail since Sunday night"),
            ("solved", "The certificate of shop.bakery.example has expired"),
            ("ended", "How do I add a second disk?"),
        ]
    ):
        made[name] = cast.write(
            cast.carl if name == "new" else cast.clara,
            lately + number * MINUTE,
            subject=subject,
            system=cast.web1,
            copy_to=[cast.cleo],
            files=[
                NewFile("Снимок.png", "image/png", PIXEL),
                NewFile("отчёт за неделю.xlsx", "application/zip", b"PK\x03\x04"),
            ],
        )
    at = lately + 20 * MINUTE
    actions.reply_and_wait(
        made["asked"], by=cast.anna, text=f"Which host?\n\nThe log says:\n{LOG}\nhttps://status.example/", at=at
    )
    actions.change_priority(
        made["asked"],
        to="high",
        by=cast.boris,
        at=at + MINUTE,
        why="Nobody can book an invoice: the whole function is gone.",
    )
    actions.reply_and_resolve(made["solved"], by=cast.anna, text="We renewed it.", at=at)
    actions.reply_and_resolve(made["ended"], by=cast.anna, text="In the panel, under Disks.", at=at)
    actions.close(made["ended"], by=cast.clara.actor, at=at + 2 * MINUTE)
    return made


@pytest.fixture
def open_as(open_page: Callable[..., Any], settings: Any) -> Callable[..., Any]:
    """`open_as(cast.clara, "/requests/", size="phone", theme="dark", language="ru")`."""

    def opened(person: Contact, path: str, *, theme: str = "light", language: str = "en", size: str = "desktop") -> Any:
        assert person.account is not None
        people.prefer(person.account, theme=theme, language=language)
        client = Client()
        client.force_login(person.account)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        jar = {settings.SESSION_COOKIE_NAME: cookie}
        page = open_page("/requests/new", size=size, theme=theme, language=language, cookies=jar)
        page.route("**/live/events*", lambda route: route.fulfill(content_type="text/event-stream", body=": calm\n\n"))
        page.goto(page.url.removesuffix("/requests/new") + path)
        return page

    return opened


def check(page: Any, name: str) -> None:
    keep_picture(page, name)
    assert violations(page) == []
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_is_calm_in_every_light(
    open_as: Callable[..., Any], cast: Cast, desk: dict[str, Ticket], size: str, theme: str, language: str
) -> None:
    places = {
        "list": "/requests/",
        "list-ended": "/requests/?tab=ended",
        "list-nothing": "/requests/?q=zebra",
        "opening": "/requests/new",
        "organisation": "/organisation",
        "promises": "/organisation/promises",
        "why": f"/requests/{desk['new'].pk}/why",
        **{name: f"/requests/{ticket.pk}" for name, ticket in desk.items()},
    }
    page = open_as(cast.clara, "/requests/", theme=theme, language=language, size=size)
    root = page.url.removesuffix("/requests/")
    for name, path in places.items():
        page.goto(root + path)
        check(page, f"portal-{name}-{size}-{theme}")


def test_it_invites_who_has_nothing_yet(open_as: Callable[..., Any], cast: Cast) -> None:
    page = open_as(cast.dan, "/requests/")
    check(page, "portal-empty")
    page.get_by_role("link", name="Write the first request").click()
    page.wait_for_url("**/requests/new")


def stepped_to(page: Any, wanted: str, most: int = 40) -> None:
    """Press Tab until the element has the focus; fails when it cannot be reached."""
    for _step in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} cannot be reached with Tab")


def test_it_goes_from_nothing_to_a_closed_request_by_keyboard_alone(open_as: Callable[..., Any], cast: Cast) -> None:
    page = open_as(cast.clara, "/requests/")
    keys = page.keyboard
    keys.press("c")
    page.wait_for_url("**/requests/new")
    stepped_to(page, "#id_subject")
    keys.type("The shop is down")
    stepped_to(page, "#id_text")
    keys.type("Since nine, for everybody.")
    stepped_to(page, "[name=priority]")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    stepped_to(page, "[data-send]")
    keys.press("Enter")
    page.wait_for_selector(".talk .letter")
    ticket = Ticket.objects.get()
    assert (ticket.priority, ticket.subject) == ("high", "The shop is down")
    assert "answer" in page.locator(".state-line").inner_text()

    actions.change_priority(ticket, to="medium", by=cast.anna, at=clock.now(), why="One page of many.")
    actions.reply_and_resolve(ticket, by=cast.anna, text="A disk was full.", at=clock.now())
    page.reload()
    stepped_to(page, "#id_text")
    keys.type("Thank you!")
    keys.press("Control+Enter")
    page.locator(".letter.mine", has_text="Thank you!").wait_for()

    ticket.refresh_from_db()
    actions.reply_and_resolve(ticket, by=cast.anna, text="You are welcome.", at=clock.now())
    page.reload()
    stepped_to(page, ".confirm button")
    keys.press("Enter")
    page.wait_for_selector(".state-line.closed")
    assert page.complaints == []


def test_it_shows_our_answer_as_it_comes_and_leaves_the_typed_words_alone(
    open_as: Callable[..., Any], cast: Cast, lately: datetime
) -> None:
    ticket = cast.write(cast.clara, lately)
    page = open_as(cast.clara, f"/requests/{ticket.pk}")
    page.fill("#id_text", "Half a sen")
    actions.reply(ticket, by=cast.anna, text="We found it: a full disk.", at=clock.now())
    change = f'retry: 100\nevent: change\nid: 7\ndata: {{"ticket": {ticket.pk}}}\n\n'
    page.unroute("**/live/events*")
    page.route("**/live/events*", lambda route: route.fulfill(content_type="text/event-stream", body=change))
    page.locator(".letter.ours", has_text="a full disk").wait_for(timeout=15000)
    page.locator(".promise.good").wait_for()
    assert page.input_value("#id_text") == "Half a sen"
    assert page.locator(".letter").count() == 2
    assert page.complaints == []


def test_it_keeps_what_was_typed_and_chosen_when_the_server_says_no(open_as: Callable[..., Any], cast: Cast) -> None:
    page = open_as(cast.clara, "/requests/new")
    page.evaluate("document.querySelector('form[data-sends]').noValidate = true")
    page.fill("#id_text", "Since nine.")
    page.set_input_files("#files", [{"name": "журнал.log", "mimeType": "text/plain", "buffer": b"line"}])
    page.click("[data-send]")
    page.wait_for_selector(".kept")
    page.complaints.clear()  # the browser remarks on the 422 itself
    check(page, "portal-mended")
    assert page.input_value("#id_text") == "Since nine."
    page.fill("#id_subject", "The shop is down")
    page.click("[data-send]")
    page.locator(".letter .file", has_text="журнал.log").wait_for()


def test_it_downloads_a_file_under_its_own_name_and_runs_nothing_in_it(
    open_as: Callable[..., Any], cast: Cast, lately: datetime
) -> None:
    nasty = b"<!doctype html><script>document.title='taken'</script>"
    ticket = cast.write(cast.clara, lately, files=[NewFile("отчёт за май.html", "text/html", nasty)])
    page = open_as(cast.clara, f"/requests/{ticket.pk}")
    with page.expect_download() as coming:
        page.click(".letter .file")
    assert coming.value.suggested_filename == "отчёт за май.html"
    assert page.title() != "taken"


def test_it_takes_no_more_files_than_the_server_would(open_as: Callable[..., Any], cast: Cast, tmp_path: Path) -> None:
    page = open_as(cast.clara, "/requests/new")
    sizes = {"one.bin": 20, "two.bin": 20, "huge.bin": 26}
    for name, megabytes in sizes.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)
    page.set_input_files("#files", [tmp_path / name for name in sizes])
    assert page.locator(".drop .file .cut").all_inner_texts() == ["one.bin"]
    said = page.locator(".toast p").all_inner_texts()
    assert any("two.bin was not added: all files together" in one for one in said)
    assert any("huge.bin is larger than 25 MB" in one for one in said)


def test_it_lets_the_owner_name_a_colleague(open_as: Callable[..., Any], cast: Cast) -> None:
    page = open_as(cast.clara, "/organisation", size="phone")
    page.locator(".adding summary", has_text="Add a person").click()
    page.locator(".roles summary").first.click()
    check(page, "portal-naming")
    page.fill("#id_name", "Nils Holm")
    page.fill("#id_email", "nils@bakery.example")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(".members li", has_text="Nils Holm").wait_for()
    assert page.complaints == []


def test_it_loses_no_word_when_the_session_has_run_out(
    open_as: Callable[..., Any], cast: Cast, lately: datetime, settings: Any
) -> None:
    ticket = cast.write(cast.clara, lately)
    page = open_as(cast.clara, f"/requests/{ticket.pk}")
    place = page.url
    at_home = page.context.cookies()
    page.locator("#id_text").press_sequentially("Half an hour of words")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.click("[data-send]")
    page.wait_for_url("**/sign-in/**")
    page.context.add_cookies(at_home)
    page.goto(place)
    assert page.input_value("#id_text") == "Half an hour of words"
    page.click("[data-send]")
    page.locator(".letter.mine", has_text="Half an hour of words").wait_for()
    page.goto(place)
    assert page.input_value("#id_text") == ""
