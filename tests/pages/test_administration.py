"""Administration in a real browser: every page in light and dark, on the phone, by keyboard."""

import pytest

from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("desktop", "light", "en"), ("phone", "dark", "ru")]


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


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_has_no_violation_on_any_page(cast, signed_in, open_page, size, theme, language):
    cookies = signed_in(cast.hanna, theme=theme, language=language)
    places = {
        "people": "/desk/people/",
        "colleague": f"/desk/people/{cast.anna.pk}/",
        "customers": "/desk/customers/",
        "customer": f"/desk/customers/{cast.bakery.pk}/",
        "catalogue": "/desk/catalogue/",
        "calendars": "/desk/calendars/",
        "calendar": "/desk/calendars/office/",
        "hours": "/desk/calendars/office/hours/",
    }
    page = open_page("/desk/people/", size=size, theme=theme, language=language, cookies=cookies)
    for name, place in places.items():
        page.goto(page.url.split("/desk/")[0] + place)
        page.evaluate("document.querySelectorAll('.deeds details').forEach((one) => (one.open = true))")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"
        page.evaluate("[...document.querySelectorAll('.deeds details')].slice(1).forEach((one) => (one.open = false))")
        keep_picture(page, f"administration-{name}-{size}-{theme}")


def test_it_hires_by_keyboard_alone(cast, signed_in, open_page):
    page = open_page("/desk/people/", cookies=signed_in(cast.hanna))
    page.locator(".deeds details summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Nina Ray")
    page.keyboard.press("Tab")
    page.keyboard.type("nina@provider.example")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("code:has-text('nina@provider.example')")
    assert page.locator("a:has-text('Nina Ray')").count() == 1


def test_it_fills_in_hours_by_keyboard_and_says_at_once_what_is_wrong(cast, signed_in, open_page):
    page = open_page("/desk/calendars/office/hours/", cookies=signed_in(cast.hanna))
    saturday = page.locator(".weekdays li").nth(5)
    saturday.locator("[data-puts-in]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("15:00")
    page.keyboard.press("Tab")
    page.keyboard.type("10:00")
    page.wait_for_selector("[data-checked] >> text=“15:00-10:00” ends before it begins")
    keep_picture(page, "administration-hours-wrong")
    assert violations(page) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("18:00")
    page.wait_for_selector(".fortnight >> text=15:00-18:00")
    page.locator("[data-puts-in]").last.click()
    page.keyboard.press("Tab")
    assert page.locator(".date-row").count() == 1
    page.locator(".date-row [data-takes-out]").click()
    assert page.locator(".date-row").count() == 0
    page.fill("#id_why", "Saturdays too")
    page.keyboard.press("Enter")
    page.wait_for_selector(".facts >> text=15:00–18:00")
    page.wait_for_selector("text=version 2")
