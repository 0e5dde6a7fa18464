"""A talk by mail as colleagues see it, in a real browser: folded quotations, replies taken back, sent later, asked about."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Route, expect

from opora.desk.channels.email import chain
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.kernel.clock import now
from opora.desk.tickets import actions
from opora.desk.tickets.models import Draft, PlannedReply, Ticket
from tests.email.shapes import LINES, SHAPES, answer, newest
from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("desktop", "dark", "ru"), ("phone", "light", "ru"), ("phone", "dark", "en")]


@pytest.fixture
def opened(cast, open_page):
    """`opened(ticket, …)`: the ticket's page as Anna sees it."""

    def show(ticket, *, theme="light", language="en", size="desktop"):
        account = cast.anna.account
        account.theme, account.language = theme, language
        account.save(update_fields=["theme", "language"])
        client = Client()
        client.force_login(account)
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        return open_page(f"/desk/tickets/{ticket.pk}", cookies=cookies, theme=theme, language=language, size=size)

    return show


def talk_by_mail(cast, language):
    """Anna asks, and Clara answers from four programs, the quotation below each answer."""
    at = now() - timedelta(hours=1)
    ticket = cast.write(cast.clara, at, channel="email")
    Ticket.objects.filter(pk=ticket.pk).update(language=language)
    ticket.refresh_from_db()
    for minutes, shape in enumerate(SHAPES, start=1):
        moment = at + timedelta(minutes=10 * minutes)
        actions.reply(ticket, by=cast.anna, text={"ru": "Какие страницы?", "en": "Which pages?"}[language], at=moment)
        _, ours = newest(moment)
        raw = answer(ours, shape, language, moment, f"{LINES[language]} ({shape})")
        store([Arrived(raw, "lmtp", "clara@bakery.example", [])], at=moment)
        chain.process_due(at=moment)
    return ticket


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_folds_the_quotation_of_every_mail_program(cast, opened, size, theme, language):
    ticket = talk_by_mail(cast, language)
    page = opened(ticket, theme=theme, language=language, size=size)
    words = page.locator("main").inner_text()
    for shape in SHAPES:
        assert f"({shape})" in words
    folded = page.locator("details.quoted")
    assert folded.count() == len(SHAPES)
    assert not re.search("страницы|pages", folded.first.inner_text())
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    keep_picture(page, f"talk-{size}-{theme}-{language}")
    folded.last.locator("summary").click()
    assert re.search("страницы|pages", folded.last.inner_text())
    keep_picture(page, f"talk-unfolded-{size}-{theme}-{language}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"


@pytest.mark.parametrize(("size", "theme", "language"), [LOOKS[0], LOOKS[2]])
def test_it_counts_down_and_takes_the_words_back(cast, opened, settings, size, theme, language):
    settings.OPORA_UNDO_SECONDS = 90
    ticket = cast.write(cast.clara, now(), channel="email")
    page = opened(ticket, theme=theme, language=language, size=size)
    page.fill("#say", "The wrong words")
    page.click("[data-for=reply] button[value='']")
    counting = page.locator("count-down")
    counting.wait_for()
    first = int(counting.inner_text())
    assert 0 < first <= 90
    expect(counting).not_to_have_text(str(first))
    assert int(counting.inner_text()) < first
    keep_picture(page, f"undo-{size}-{theme}-{language}")
    assert violations(page) == []
    page.click("form.planned button")
    expect(page.locator("#say")).to_have_value("The wrong words")
    assert page.locator("count-down").count() == 0
    assert Draft.objects.get().text == "The wrong words"
    assert not ticket.messages.filter(author_staff__isnull=False).exists()


def test_it_sends_no_words_while_their_draft_is_still_on_its_way(cast, opened, settings):
    settings.OPORA_UNDO_SECONDS = 90
    page = opened(cast.write(cast.clara, now(), channel="email"), theme="light", language="en", size="desktop")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/draft", hold)
    page.fill("#say", "Only once")
    with page.expect_request("**/draft"):
        page.locator("#say").blur()
    page.click("[data-for=reply] button[value='']")
    assert not PlannedReply.objects.exists()
    held[0].continue_()
    page.locator("count-down").wait_for()
    assert PlannedReply.objects.get().text == "Only once"
    assert not Draft.objects.exists()


@pytest.mark.parametrize(("size", "theme", "language"), [LOOKS[1], LOOKS[3]])
def test_it_asks_about_a_forgotten_file_and_sends_at_the_moment_chosen(cast, opened, size, theme, language):
    ticket = cast.write(cast.clara, now(), channel="email")
    page = opened(ticket, theme=theme, language=language, size=size)
    page.fill("#say", {"en": "The log is attached.", "ru": "Журнал во вложении."}[language])
    page.click("[data-for=reply] button[value='']")
    page.locator("input[name=no_file_meant]").wait_for(state="attached")
    keep_picture(page, f"forgotten-{size}-{theme}-{language}")
    assert violations(page) == []
    page.click("details.menu:has(#later) > summary")
    page.fill("#later", (now() + timedelta(days=2)).strftime("%Y-%m-%dT10:00"))
    keep_picture(page, f"later-{size}-{theme}-{language}")
    page.click("[data-for=reply] button[value='']")
    page.locator("form.planned").wait_for()
    keep_picture(page, f"planned-{size}-{theme}-{language}")
    assert violations(page) == []
    assert PlannedReply.objects.get().due_at > now() + timedelta(days=1)
    assert not ticket.messages.filter(author_staff__isnull=False).exists()
