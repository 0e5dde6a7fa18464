"""A letter as its sender made it, in a real browser: framed, powerless, legible, and quiet towards the outside."""

import pytest
from django.test import Client

from opora.desk.kernel.clock import now
from opora.desk.tickets import actions
from tests.pages.browser import keep_picture, violations
from tests.portal.conftest import PIXEL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("desktop", "dark", "ru"), ("phone", "light", "ru"), ("phone", "dark", "en")]
HTML = """
<h2>Счёт № 118 / Invoice</h2><p>Dear support, the <b>sum</b> is wrong:</p>
<table border="1" cellpadding="6"><tr><th>Disk</th><th>Price</th></tr>
<tr><td>200 GB</td><td align="right">1 200,00</td></tr></table>
<p><img src="cid:logo@x" alt="Our logo" width="40"> <img src="https://pictures.example/spy.png" alt="A banner"></p>
<p>See <a href="https://shop.example/">the shop</a>.</p>
"""


@pytest.fixture
def ticket(cast):
    picture = actions.NewFile("logo.png", "image/png", PIXEL, "logo@x", True)
    words = {"subject": "The invoice is wrong", "text": "The sum is wrong.", "channel": "email"}
    return cast.write(cast.clara, now(), html=HTML, files=[picture], **words)


@pytest.fixture
def opened(ticket, open_page):
    """`opened(cast.anna, …)`: the ticket's page with the letter's frame open, and what was asked of the outside."""

    def show(person, *, theme="light", language="en", size="desktop"):
        person.account.theme, person.account.language = theme, language
        person.account.save(update_fields=["theme", "language"])
        client = Client()
        client.force_login(person.account)
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        area = "/desk/tickets" if person._meta.model_name == "staff" else "/requests"
        page = open_page(f"{area}/{ticket.pk}", cookies=cookies, theme=theme, language=language, size=size)
        asked = []

        def fetched(route):
            asked.append((route.request.url, route.request.headers.get("referer", "")))
            route.fulfill(body=PIXEL, content_type="image/png")

        page.route("https://pictures.example/**", fetched)
        page.click(".as-made > summary")
        page.frame_locator(".letter-frame").locator("h2").wait_for()
        return page, asked

    return show


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
@pytest.mark.parametrize("who", ["anna", "clara"])
def test_it_shows_the_letter_in_every_light(cast, opened, who, size, theme, language):
    page, asked = opened(getattr(cast, who), theme=theme, language=language, size=size)
    keep_picture(page, f"letter-{who}-{size}-{theme}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    assert asked == []


def test_it_fetches_pictures_from_outside_only_when_asked_and_says_nothing_of_us(cast, opened):
    page, asked = opened(cast.anna)
    with page.expect_request("https://pictures.example/**"):
        page.click("[data-frames]")
    page.frame_locator(".letter-frame").locator("img[alt='A banner']").wait_for()
    assert asked == [("https://pictures.example/spy.png", "")]
    assert page.locator(".letter-bar").count() == 0


def test_it_shows_the_pictures_that_came_along(cast, opened):
    page, _asked = opened(cast.clara)
    logo = page.frame_locator(".letter-frame").locator("img[alt='Our logo']")
    assert logo.get_attribute("src").startswith("data:image/png;base64,")
    assert logo.bounding_box()["width"] == 40
