"""Signing in, in a real browser: passkeys with a virtual device, codes, keyboard only, no violation axe can find."""

import re

import pytest

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.kernel.clock import now
from opora.desk.kernel.jobs import deliver_due
from opora.desk.web.signin.models import Passkey
from tests.cast import PASSWORD
from tests.pages.browser import keep_picture, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [("desktop", "dark", "ru"), ("phone", "light", "en")]


@pytest.fixture
def site(whole_port):
    """Clara comes out on a page that listens to the live stream."""
    return whole_port


def check(page, name: str) -> None:
    keep_picture(page, f"signin-{name}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"


def come_in(page, email: str) -> None:
    """The password step, by keyboard alone."""
    page.wait_for_selector("input[name=email]:focus")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_it_shows_every_page_of_signing_in_without_a_violation(cast, open_page, size, theme, language):
    look = f"{size}-{theme}"
    for path in ("/desk/sign-in/", "/sign-in/", "/sign-in/password/"):
        page = open_page(path, size=size, theme=theme, language=language)
        check(page, f"{path.strip('/').replace('/', '-')}-{look}")
        assert page.complaints == []
    page = open_page("/desk/sign-in/", size=size, theme=theme, language=language)
    come_in(page, "anna@provider.example")
    page.wait_for_url("**/desk/second-factor/")
    check(page, f"newcomer-{look}")
    page.click("a[href='/desk/second-factor/app/']")
    page.wait_for_url("**/desk/second-factor/app/")
    check(page, f"app-{look}")
    assert page.evaluate("document.querySelector('main img').naturalWidth") > 0
    assert page.complaints == []


def test_it_makes_a_passkey_and_comes_in_with_it(cast, open_page):
    page = open_page("/desk/sign-in/")
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    device |= {"hasResidentKey": True, "automaticPresenceSimulation": True}
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    come_in(page, "anna@provider.example")
    page.fill("#passkey-name", "Laptop")
    page.click("[data-passkey=make]")
    page.wait_for_selector("text=Your second factor is set up.")
    assert Passkey.objects.get().name == "Laptop"
    check(page, "second-factor")
    page.goto(page.url.replace("/desk/second-factor/", "/profile/"))
    check(page, "profile")
    page.goto(page.url + "keys/")
    page.fill("input[name=name]", "Nightly report")
    page.check("input[value='tickets:read']")
    page.click("main .card button.primary")
    page.wait_for_selector("code:has-text('opora_')")
    check(page, "keys")
    page.click("header button:has-text('Sign out')")
    come_in(page, "anna@provider.example")
    page.wait_for_url("**/second-step/")
    check(page, "second-step")
    page.click("[data-passkey=use]")
    page.wait_for_url(re.compile(r"/desk/(queue/.*)?$"))
    assert page.complaints == []


def test_it_lets_clara_in_with_the_code_from_her_letter(cast, open_page):
    page = open_page("/sign-in/", size="phone")
    page.wait_for_selector("input[name=email]:focus")
    page.keyboard.type("clara@bakery.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code/")
    check(page, "code-phone")
    deliver_due(at=now())
    letter = OutgoingLetter.objects.get()
    code = re.search(rb"\b\d{6}\b", bytes(letter.raw))[0].decode()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/")
    assert page.complaints == []
