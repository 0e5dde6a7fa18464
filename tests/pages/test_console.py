"""The console in a real browser: every page in every light, keys alone, nothing typed lost."""

from datetime import timedelta

import pytest
from django.test import Client

from opora.desk.kernel.clock import now
from opora.desk.tickets import actions
from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("desktop", "dark", "ru"), ("phone", "light", "ru"), ("phone", "dark", "en")]
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\r"
    b"IDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def site(whole_port):
    """The program's own web port: these pages listen to the live stream, and nothing they ask for is missing."""
    return whole_port


@pytest.fixture
def signed_in(transactional_db, cast):
    """`signed_in(cast.anna, theme="dark", language="ru")`: the cookies of a browser in which the person is at home."""

    def enter(person, *, theme="light", language="en"):
        account = person.account
        account.theme, account.language = theme, language
        account.save(update_fields=["theme", "language"])
        client = Client()
        client.force_login(account)
        return {name: morsel.value for name, morsel in client.cookies.items()}

    return enter


@pytest.fixture
def desk(cast, transactional_db):
    """A morning of work: tickets in every state, a conversation with a note, a file, a history."""
    at = now() - timedelta(hours=3)
    subjects = [
        ("The shop answers slowly since the morning", "medium", cast.clara),
        ("Не приходят письма на ящик бухгалтерии", "high", cast.carl),
        ("Please raise the disk of web1 to 200 GB", "low", cast.clara),
        ("Certificate of the portal runs out on Friday", "medium", cast.dan),
        ("Как настроить резервное копирование раз в час?", "low", cast.dan),
    ]
    tickets = [
        cast.write(
            person, at + timedelta(minutes=7 * i), subject=subject, priority=priority, text=f"{subject}.\n\nThank you!"
        )
        for i, (subject, priority, person) in enumerate(subjects * 4)
    ]
    first = tickets[0]
    file = actions.NewFile("screen.png", "image/png", PICTURE)
    at += timedelta(hours=2)
    actions.take(first, by=cast.anna, at=at)
    actions.reply(
        first,
        by=cast.anna,
        text="Good morning, Clara!\n\nWe see it too: https://status.example/web1 shows the load.\nWhich pages are slow?",
        at=at,
    )
    actions.customer_wrote(
        first,
        by=cast.clara,
        text="The catalogue, above all. See the picture.",
        at=at + timedelta(minutes=9),
        files=[file],
    )
    actions.note(
        first,
        by=cast.boris.actor,
        text="The disk queue of node 4 is at 60. I move the neighbour away tonight.",
        at=at + timedelta(minutes=12),
    )
    actions.change_priority(
        first, to="high", by=cast.anna, at=at + timedelta(minutes=15), why="Orders cannot be placed at all by now."
    )
    actions.add_participant(first, contact=cast.carl, by=cast.anna.actor, at=at + timedelta(minutes=16))
    actions.tag(first, word="disk", by=cast.anna.actor, at=at + timedelta(minutes=17))
    actions.reply_and_wait(tickets[2], by=cast.anna, text="Shall we do it tonight?", at=at)
    actions.reply_and_resolve(tickets[4], by=cast.boris, text="Так: …", at=at)
    actions.assign(tickets[3], to=cast.boris, by=cast.boris, at=at)
    return tickets


PAGES = [
    ("queue-line", "/desk/queue/line"),
    ("queue-all", "/desk/queue/all?priority=medium"),
    ("queue-mine-empty", "/desk/queue/ended"),
    ("ticket", "/desk/tickets/{first}?queue=line"),
    ("search", "/desk/search?q=shop"),
    ("new", "/desk/new"),
    ("letters", "/desk/letters/unsent"),
    ("notices", "/desk/notices"),
]


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
@pytest.mark.parametrize(("name", "path"), PAGES)
def test_it_has_no_violation_in_any_light(desk, cast, signed_in, open_page, name, path, size, theme, language):
    cookies = signed_in(cast.anna, theme=theme, language=language)
    page = open_page(path.format(first=desk[0].pk), size=size, theme=theme, language=language, cookies=cookies)
    keep_picture(page, f"console-{name}-{size}-{theme}")
    assert violations(page) == []
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"


def test_it_explains_the_promise_in_words(desk, cast, signed_in, open_page):
    page = open_page(f"/desk/tickets/{desk[1].pk}", cookies=signed_in(cast.anna))
    page.locator("a.why").first.click()
    page.wait_for_selector(".steps")
    keep_picture(page, "console-promise")
    assert violations(page) == []


def test_it_works_a_ticket_by_keys_alone(desk, cast, signed_in, open_page):
    page = open_page("/desk/queue/line", cookies=signed_in(cast.anna))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_selector("html[data-ready] desk-composer")
    page.keyboard.press("n")
    page.keyboard.type("Looked at the log")
    keep_picture(page, "console-note")
    assert "is-note" in page.get_attribute("desk-composer", "class")
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("html[data-ready] li.note >> text=Looked at the log")
    page.keyboard.press("r")
    page.keyboard.type("We are on it")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("html[data-ready] li.message.ours >> text=We are on it")
    page.keyboard.press("a")
    page.wait_for_selector("[data-narrowed]")
    keep_picture(page, "console-assign")
    assert violations(page) == []
    page.keyboard.type("Boris")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-ready] summary >> text=Boris Orlov")
    page.keyboard.press("p")
    page.wait_for_selector("dialog#priority[open]")
    keep_picture(page, "console-priority")
    assert violations(page) == []
    page.locator("input[name=priority]:not(:checked)").first.check()
    page.fill("#priority-why", "Only the pictures are slow.")
    page.click("#priority button.primary")
    page.wait_for_selector("html[data-ready] .told >> text=Only the pictures are slow.")
    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    keep_picture(page, "console-state")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.wait_for_selector("table.queue")
    assert page.complaints == []


def test_it_understands_keys_of_the_russian_layout(desk, cast, signed_in, open_page):
    page = open_page(f"/desk/tickets/{desk[0].pk}", cookies=signed_in(cast.anna))
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'т', bubbles: true, cancelable: true}))")
    assert "is-note" in page.get_attribute("desk-composer", "class")


def test_it_leaves_letters_alone_when_shortcuts_are_off(desk, cast, signed_in, open_page):
    cookies = signed_in(cast.anna)
    cast.anna.account.shortcuts = False
    cast.anna.account.save(update_fields=["shortcuts"])
    page = open_page(f"/desk/tickets/{desk[0].pk}", cookies=cookies)
    page.keyboard.press("n")
    assert "is-note" not in page.get_attribute("desk-composer", "class")


def test_it_keeps_each_draft_apart_and_by_itself(desk, cast, signed_in, open_page):
    page = open_page(f"/desk/tickets/{desk[0].pk}", cookies=signed_in(cast.anna))
    page.keyboard.press("r")
    page.keyboard.type("Dear Clara, it is")
    with page.expect_response("**/draft"):
        page.keyboard.type(" the disk")
    page.locator("desk-composer .for-note").click()
    with page.expect_response("**/draft"):
        page.keyboard.type("Only between us")
    assert page.input_value("#say") == "Only between us"
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    page.locator("desk-composer .composer-kind").first.click()
    assert page.input_value("#say") == "Dear Clara, it is the disk"
    page.locator("desk-composer .for-note").click()
    assert page.input_value("#say") == "Only between us"


def test_it_changes_picked_rows_together(desk, cast, signed_in, open_page):
    page = open_page("/desk/queue/unassigned", cookies=signed_in(cast.anna))
    boxes = page.locator("[data-row] input[type=checkbox]")
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    keep_picture(page, "console-bulk")
    assert page.locator("[data-bulk-count]").inner_text() == "4 chosen"
    assert violations(page) == []
    page.click("[data-bulk] button[value=take]")
    page.wait_for_selector(".toast >> text=4 tickets changed.")


def test_it_pastes_a_picture_into_the_answer(desk, cast, signed_in, open_page):
    page = open_page(f"/desk/tickets/{desk[0].pk}", cookies=signed_in(cast.anna))
    page.evaluate(
        """() => {
            const held = new DataTransfer();
            held.items.add(new File(["x"], "image.png", {type: "image/png"}));
            const paste = new ClipboardEvent("paste", {clipboardData: held, bubbles: true, cancelable: true});
            document.querySelector("#say").dispatchEvent(paste);
        }"""
    )
    page.wait_for_selector(".attach .file >> text=image.png")
    page.fill("#say", "See here")
    page.click("button[data-send]:visible")
    page.wait_for_selector(".message.ours .file >> text=image.png")


def test_it_offers_a_menu_on_a_phone_and_the_details_behind_a_button(desk, cast, signed_in, open_page):
    page = open_page(f"/desk/tickets/{desk[0].pk}", size="phone", cookies=signed_in(cast.anna))
    page.click("[data-panel-toggle]")
    keep_picture(page, "console-panel-phone")
    assert page.locator("#panel").is_visible()
    assert violations(page) == []
    page.click(".menu-button")
    page.locator(".rail .name").first.wait_for(state="visible")
    keep_picture(page, "console-rail-phone")
    assert violations(page) == []
