"""The public status: for everybody, in both languages, with no customer's name; by mail only after a yes."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from opora.desk.channels.email.models import OutgoingLetter, Recipient
from opora.desk.incidents import actions
from opora.desk.incidents.models import Subscriber
from opora.desk.kernel import clock
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def told(cast: Cast):
    """An incident of Clara's and Dan's that everybody may read about, and a work ahead."""
    at = clock.now() - HOUR
    tickets = [cast.write(person, at, subject="Panel gone") for person in (cast.clara, cast.dan)]
    incident = actions.declare(
        title="Control panel down", title_ru="Не работает панель", tickets=tickets, by=cast.boris, at=at
    )
    actions.tell_all(
        incident, stage="identified", text="A switch broke.", text_ru="Сломался коммутатор.", by=cast.boris, at=at
    )
    actions.plan_work(
        title="New switches",
        title_ru="Новые коммутаторы",
        text="A short break.",
        text_ru="Короткий перерыв.",
        starts_at=at + 30 * HOUR,
        ends_at=at + 32 * HOUR,
        services=[cast.hosting],
        by=cast.boris,
        at=at,
    )
    return incident


def page(client: Client, place: str = "/status/", **headers: str) -> str:
    answer = client.get(place, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_everybody_what_goes_on_and_names_nobody(cast, told):
    said = page(Client())
    for words in ("Control panel down", "A switch broke.", "New switches", "Virtual servers"):
        assert words in said
    for name in ("Northwind", "Driftwood", "Clara", "Dan", "Boris", "T-", "Panel gone"):
        assert name not in said
    russian = page(Client(), **{"accept-language": "ru"})
    assert "Сломался коммутатор." in russian
    assert "Новые коммутаторы" in russian


def test_it_hides_what_is_not_public(cast):
    at = clock.now() - HOUR
    actions.declare(title="Between us", title_ru="Между нами", by=cast.boris, at=at, public=False)
    assert "Between us" not in page(Client())
    assert "Everything works" in page(Client())


def test_it_keeps_a_history(cast, told):
    actions.end_incident(told, text="Replaced.", text_ru="Заменили.", by=cast.boris, at=clock.now())
    said = page(Client())
    assert "Replaced." in said
    assert "Everything works" in said


def test_it_feeds_readers_of_atom(cast, told):
    answer = Client().get("/status/feed.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = answer.content.decode()
    assert "The cause is known: Control panel down" in feed
    assert "Planned: New switches" in feed
    assert "Northwind" not in feed


def test_it_writes_to_an_address_only_after_its_yes_and_stops_by_one_click(cast, told, settings):
    settings.OPORA_SITE_URL = "https://desk.example"
    client = Client()
    deliver_due(at=clock.now(), limit=200)
    client.post("/status/subscribe", {"email": "Reader@elsewhere.example"})
    deliver_due(at=clock.now(), limit=200)
    actions.tell_all(told, stage="watching", text="Works.", text_ru="Работает.", by=cast.boris, at=clock.now())
    deliver_due(at=clock.now(), limit=200)
    letters = [row.letter for row in Recipient.objects.filter(email="reader@elsewhere.example").order_by("pk")]
    assert [letter.kind for letter in letters] == ["status"]
    link = re.search(r"/status/confirm/[\w:%-]+", _text(letters[0]))
    assert link is not None
    assert client.get(link[0]).status_code == 200
    assert Subscriber.objects.get().confirmed_at is None
    client.post(link[0])
    actions.end_incident(told, text="Over.", text_ru="Всё.", by=cast.boris, at=clock.now(), resolve=False)
    deliver_due(at=clock.now(), limit=200)
    news = OutgoingLetter.objects.filter(recipients__email="reader@elsewhere.example").latest("pk")
    raw = bytes(news.raw).decode()
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
    leave = re.search(r"List-Unsubscribe: <https://desk\.example(/status/leave/[^>]+)>", raw)
    assert leave is not None
    one_click = Client(enforce_csrf_checks=True).post(leave[1], {"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert not Subscriber.objects.exists()


def test_it_asks_an_address_at_most_once_an_hour_and_not_too_many_at_once(cast):
    at = clock.now()
    for _ in range(3):
        actions.ask_subscription(email="a@elsewhere.example", language="en", at=at)
    assert Subscriber.objects.count() == 1
    Subscriber.objects.bulk_create(
        Subscriber(email=f"r{number}@elsewhere.example", asked_at=at) for number in range(100)
    )
    with pytest.raises(Refused, match="Too many"):
        actions.ask_subscription(email="b@elsewhere.example", language="en", at=at)


def test_it_opens_no_door_by_another_doors_word(cast):
    from opora.desk.incidents.tokens import LEAVE, token_of

    actions.ask_subscription(email="a@elsewhere.example", language="en", at=clock.now())
    number = Subscriber.objects.get().pk
    assert Client().post(f"/status/confirm/{token_of(LEAVE, number)}").status_code == 404
    assert Client().post("/status/leave/forged:word").status_code == 404


def test_it_says_on_a_new_request_that_we_know(cast, told):
    client = Client()
    client.force_login(cast.clara.account)
    assert "We know: Control panel down" in page(client, "/requests/new")


def _text(letter: OutgoingLetter) -> str:
    return bytes(letter.raw).decode().replace("=\r\n", "").replace("=3D", "=")
