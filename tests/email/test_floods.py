"""Floods and loops: what is too much waits where colleagues see it, nothing is dropped, and no loop turns twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings

from opora.desk.channels.email import actions, chain, floods, queries
from opora.desk.channels.email.models import OutgoingLetter, RawLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.customers.models import Contact
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets.models import Ticket
from tests.cast import Cast
from tests.email.letters import letter

pytestmark = pytest.mark.django_db

Bring = Callable[..., list[RawLetter]]


@pytest.fixture
def bring(cast: Cast, monday: datetime) -> Bring:
    """These letters come and go through the chain, in batches."""

    def bring(raws: list[bytes], *, at: datetime | None = None, transport: str = "lmtp") -> list[RawLetter]:
        moment = at or monday
        keys = store([Arrived(raw, transport) for raw in raws], at=moment)
        while chain.process_due(at=moment).taken:
            pass
        return list(RawLetter.objects.filter(pk__in=keys).order_by("pk"))

    return bring


def letters(count: int, sender: str = "clara@bakery.example", first: int = 0, **more: str) -> list[bytes]:
    return [
        letter(f"Words {one}\n", sender=sender, message_id=f"{one}@{sender}", **more)
        for one in range(first, first + count)
    ]


def test_it_holds_back_what_one_sender_sends_beyond_its_share(bring: Bring, settings: LazySettings) -> None:
    settings.OPORA_MAIL_SENDER_CAP = 5
    came = bring(letters(8))
    assert [raw.state for raw in came] == ["done"] * 5 + ["held"] * 3
    assert {raw.held_for for raw in came[5:]} == {"sender:clara@bakery.example"}
    assert bring(letters(1, "dan@driftwood.example"))[0].outcome == "opened"


def test_it_lets_held_letters_go_by_themselves_when_their_hour_comes(
    bring: Bring, monday: datetime, settings: LazySettings
) -> None:
    settings.OPORA_MAIL_SENDER_CAP = 3
    came = bring(letters(7))
    assert floods.let_go(at=monday + timedelta(minutes=5)) == 0
    done = [3]
    for hour in (1, 2):
        at = monday + timedelta(hours=hour, minutes=hour)
        done.append(floods.let_go(at=at))
        while chain.process_due(at=at).taken:
            pass
    assert done == [3, 3, 1]
    assert set(RawLetter.objects.values_list("state", flat=True)) == {"done"}
    assert Ticket.objects.count() == len(came) == 7


def test_it_holds_back_a_flood_to_one_ticket(
    bring: Bring, cast: Cast, monday: datetime, settings: LazySettings
) -> None:
    settings.OPORA_MAIL_TICKET_CAP = 2
    ticket = cast.write(cast.clara, monday)
    came = bring(letters(4, subject=f"Re: [{ticket.mark}]"))
    assert [raw.outcome or raw.state for raw in came] == ["appended", "appended", "held", "held"]
    assert came[-1].held_for == f"ticket:{ticket.pk}"


def test_it_blows_the_fuse_of_the_desk_for_new_tickets_but_not_for_answers(
    bring: Bring, cast: Cast, monday: datetime, settings: LazySettings
) -> None:
    settings.OPORA_MAIL_FUSE = 10
    ticket = cast.write(cast.clara, monday)
    flood = [letter(sender=f"bot{one}@flood.example", message_id=f"{one}@flood.example") for one in range(30)]
    came = bring(flood)
    assert sum(raw.outcome == "opened" for raw in came) == 10
    assert {raw.held_for for raw in came if raw.state == "held"} == {"desk"}
    assert Contact.objects.filter(addresses__email__endswith="@flood.example").count() == 10
    assert bring(letters(1, subject=f"Re: [{ticket.mark}]"))[0].outcome == "appended"
    (pile,) = queries.held_piles(cast.anna)
    assert (pile.held_for, pile.count) == ("desk", 20)


def test_it_lets_colleagues_take_or_only_file_what_is_held(
    bring: Bring, cast: Cast, monday: datetime, settings: LazySettings
) -> None:
    settings.OPORA_MAIL_SENDER_CAP = 1
    one, two, three, four = bring(letters(4))
    actions.let_through(two, by=cast.anna, at=monday)
    chain.process_due(at=monday)
    assert RawLetter.objects.get(pk=two.pk).outcome == "opened"
    with pytest.raises(Refused):
        actions.only_file_all("sender:clara@bakery.example", by=cast.vera, at=monday)
    assert actions.only_file_all("sender:clara@bakery.example", by=cast.anna, at=monday) == 2
    assert [RawLetter.objects.get(pk=raw.pk).outcome for raw in (one, three, four)] == ["opened", "filed", "filed"]
    assert Ticket.objects.count() == 2


def test_it_lets_a_whole_pile_through(bring: Bring, cast: Cast, monday: datetime, settings: LazySettings) -> None:
    settings.OPORA_MAIL_SENDER_CAP = 1
    bring(letters(4))
    assert actions.let_through_all("sender:clara@bakery.example", by=cast.anna, at=monday) == 3
    chain.process_due(at=monday)
    assert Ticket.objects.count() == 4


def test_it_holds_nothing_of_what_is_brought_in_by_hand(bring: Bring, settings: LazySettings) -> None:
    settings.OPORA_MAIL_SENDER_CAP = 1
    assert {raw.outcome for raw in bring(letters(4), transport="import")} == {"opened"}
    assert bring(letters(1, first=9))[0].outcome == "opened"


def answers_to(raw: bytes, *, marked: bool, number: int) -> bytes:
    """What a robot that answers everything makes of a letter of ours; a well-behaved one marks it."""
    marks = {"auto_submitted": "auto-replied"} if marked else {}
    return letter(
        "I am away until Monday.\n",
        sender="robot@away.example",
        subject="Away",
        message_id=f"r{number}@away.example",
        **marks,
    )


@pytest.mark.parametrize("marked", [True, False])
def test_it_turns_a_loop_with_a_robot_at_most_once(bring: Bring, monday: datetime, marked: bool) -> None:
    bring([letter("Hello", sender="robot@away.example", message_id="r0@away.example")])
    turns = 0
    for number in range(1, 30):
        at = monday + timedelta(minutes=number)
        deliver_due(at=at)
        ours = list(OutgoingLetter.objects.order_by("pk")[turns:])
        if not ours:
            break
        turns += len(ours)
        bring([answers_to(bytes(one.raw), marked=marked, number=number) for one in ours], at=at)
    assert turns <= 2, f"{turns} letters went round"


def test_it_sends_no_second_acknowledgement_for_the_same_words(bring: Bring, monday: datetime) -> None:
    for number in range(4):
        bring([letter("The same", message_id=f"{number}@bakery.example")], at=monday + timedelta(hours=number * 2))
        deliver_due(at=monday + timedelta(hours=number * 2))
    assert Ticket.objects.count() == 4
    assert OutgoingLetter.objects.filter(kind="received").count() == 1
