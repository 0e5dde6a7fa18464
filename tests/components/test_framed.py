"""A letter as its sender made it: in the console and the portal, on request, in a page that can do nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from opora.desk.tickets import actions
from tests.portal.conftest import PIXEL

pytestmark = pytest.mark.django_db
HTML = (
    '<h1>Invoice</h1><p>See <a href="https://shop.example/">the shop</a></p>'
    '<img src="cid:logo@x" alt="Logo"><img src="https://pictures.example/spy.png" alt="Spy">'
)


@pytest.fixture
def message(cast, monday):
    """Clara's message with HTML, a picture of its own and one from outside."""
    picture = actions.NewFile("logo.png", "image/png", PIXEL, "logo@x", True)
    ticket = cast.write(cast.clara, monday, html=HTML, channel="email", files=[picture])
    return ticket.messages.get()


@pytest.fixture
def ask(message):
    """`ask(cast.anna, "pictures")`: what this person gets of the letter."""

    def asked(person, query="", of=message, **headers):
        client = Client()
        client.force_login(person.account)
        area = "console" if person._meta.model_name == "staff" else "portal"
        where = reverse(f"{area}:formatted", args=[of.ticket_id, of.pk])
        return client.get(f"{where}?{query}", headers=headers)

    return asked


def test_it_can_do_nothing_wherever_it_is_opened(cast, ask):
    for person in (cast.anna, cast.clara):
        answer = ask(person)
        policy = answer["Content-Security-Policy"]
        assert "sandbox allow-popups" in policy and "allow-scripts" not in policy and "allow-same-origin" not in policy
        assert "default-src 'none'" in policy and "script-src" not in policy
        assert "frame-ancestors 'self'" in policy and answer["X-Frame-Options"] == "SAMEORIGIN"
        assert answer["Referrer-Policy"] == "no-referrer"


def test_it_writes_the_letters_own_pictures_in_and_leaves_those_from_outside_out(cast, ask):
    answer = ask(cast.anna)
    page = answer.content.decode()
    assert '<img src="data:image/png;base64,' in page
    assert "pictures.example" not in page
    assert "img-src data:;" in answer["Content-Security-Policy"]


def test_it_loads_pictures_from_outside_when_asked(cast, ask):
    answer = ask(cast.anna, "pictures")
    assert 'src="https://pictures.example/spy.png"' in answer.content.decode()
    assert "img-src data: https: http:;" in answer["Content-Security-Policy"]


def test_it_says_that_pictures_are_left_out_and_offers_them(cast, ask, message):
    where = reverse("console:formatted", args=[message.ticket_id, message.pk])
    frame = ask(cast.anna, "frame").content.decode()
    assert "A picture from outside is not loaded" in frame
    assert f'data-frames="{where}?pictures"' in frame
    assert f'src="{where}" sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    assert f'href="{where}?pictures"' in ask(cast.anna).content.decode()
    assert "?pictures" not in ask(cast.anna, **{"Sec-Fetch-Dest": "iframe"}).content.decode()


def test_it_opens_links_elsewhere_and_tells_them_nothing(cast, ask):
    page = ask(cast.clara).content.decode()
    assert '<a href="https://shop.example/" target="_blank" rel="noopener noreferrer nofollow">' in page


@pytest.mark.parametrize(
    ("html", "scheme"), [("<p>Plain</p>", "dark"), ('<p style="color:#222">Dark ink</p>', "light")]
)
def test_it_stays_legible_in_the_dark(cast, monday, ask, html, scheme):
    cast.anna.account.theme = "dark"
    cast.anna.account.save(update_fields=["theme"])
    other = cast.write(cast.clara, monday, html=html).messages.get()
    assert f":root {{ color-scheme: {scheme}; }}" in ask(cast.anna, of=other).content.decode()


def test_it_is_cleaned_once_more_whatever_was_kept(cast, monday, ask):
    other = cast.write(cast.clara, monday, html="<p>Hi<script>alert(1)</script></p>").messages.get()
    assert "alert" not in ask(cast.anna, of=other).content.decode()


def test_it_is_shown_to_those_who_may_see_the_ticket_only(cast, monday, ask, message):
    assert ask(cast.clara).status_code == ask(cast.carl).status_code == 200
    assert ask(cast.dan).status_code == 404
    plain = cast.write(cast.clara, monday).messages.get()
    assert ask(cast.clara, of=plain).status_code == 404
    client = Client()
    client.force_login(cast.clara.account)
    assert client.get(reverse("portal:formatted", args=[plain.ticket_id, message.pk])).status_code == 404


def test_it_is_offered_beside_the_words_which_stay_the_default(cast, message):
    for person, page in ((cast.anna, "console:ticket"), (cast.clara, "portal:request")):
        client = Client()
        client.force_login(person.account)
        shown = client.get(reverse(page, args=[message.ticket_id])).content.decode()
        assert "Pages take ten seconds" in shown
        assert "As it was made" in shown and "<h1>Invoice" not in shown
