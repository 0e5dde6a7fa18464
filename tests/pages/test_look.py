"""The shared look in a real browser: no complaint of the content policy, no violation axe can find, keys that work."""

import pytest

from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.pages.specimen")]

LOOKS = [("desktop", "light", "en"), ("desktop", "dark", "ru"), ("phone", "light", "ru"), ("phone", "dark", "en")]


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
@pytest.mark.parametrize("name", ["portal", "console"])
def test_it_has_no_violation_in_any_light(open_page, name, size, theme, language):
    page = open_page(f"/specimen/{name}", size=size, theme=theme, language=language)
    keep_picture(page, f"specimen-{name}-{size}-{theme}")
    assert violations(page) == []
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"


@pytest.mark.parametrize("path", ["/closed", "/refusing", "/nowhere"])
def test_it_shows_troubles_as_calm_pages(open_page, path):
    page = open_page(path, theme="dark")
    keep_picture(page, f"trouble-{path[1:]}")
    assert violations(page) == []
    assert page.locator("h1").count() == 1


def test_it_swaps_with_htmx_under_the_strict_policy(open_page):
    page = open_page("/specimen/portal")
    page.click("#swap")
    page.wait_for_selector("#swapped")
    assert page.complaints == []


def test_it_draws_icons_from_the_sprite(open_page):
    page = open_page("/specimen/console")
    drawn = page.evaluate("document.querySelector('.rail-link .icon use').getBBox().width")
    assert drawn > 5


def test_it_changes_theme_and_language_by_one_press(open_page):
    page = open_page("/specimen/portal")
    page.click("details.menu summary")
    page.click("button[value=dark]")
    page.wait_for_selector('html[data-theme="dark"]')
    page.click("details.menu summary")
    page.click("button[value=ru]")
    page.wait_for_selector('html[lang="ru"]')
    assert page.locator(".skip").inner_text() == "К содержанию"


def test_it_opens_help_and_palette_by_keys(open_page):
    page = open_page("/specimen/console")
    page.keyboard.press("?")
    page.wait_for_selector("#keys-help[open]")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.wait_for_selector(".palette[open]")
    page.keyboard.type("line")
    searching = "Search tickets, people and words for “line”"
    assert page.locator(".palette [role=option]").all_inner_texts() == ["My line", searching]
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/specimen/console?q=line")
    page.keyboard.press("Control+k")
    page.keyboard.type("line")
    page.keyboard.press("Enter")
    page.wait_for_url("**/specimen/portal")


def test_it_takes_files_and_lets_them_go(open_page):
    page = open_page("/specimen/portal")
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"a"} for name in ("a.txt", "b.txt")]
    page.set_input_files("#files", files)
    assert page.locator(".file .cut").all_inner_texts() == ["a.txt", "b.txt"]
    page.locator(".file button").first.click()
    assert page.evaluate("[...document.querySelector('#files').files].map(one => one.name)") == ["b.txt"]


def test_it_opens_the_rail_on_a_phone(open_page):
    page = open_page("/specimen/console", size="phone")
    page.click(".menu-button")
    page.locator(".rail .name").first.wait_for(state="visible")
    keep_picture(page, "specimen-rail-phone")
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.get_attribute(".menu-button", "aria-expanded") == "false"
