"""What comes of it: summary, the fork, a written order, and hours that only a confirmed window lets be booked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from opora.desk.consent import actions as consent
from opora.desk.kernel.errors import Refused
from opora.desk.workroom import actions
from opora.desk.workroom.models import Agreement, Choice, RepairOrder, WorkTime
from tests.cast import Cast
from tests.consent.asking import yes
from tests.workroom.worlds import Remembering, agreed, ended, opened

HOUR = timedelta(hours=1)


@pytest.fixture
def agreement(cast: Cast, monday: datetime) -> Agreement:
    """Boris may work on web1 from an hour from now for two hours."""
    return agreed(cast, monday)


def book(cast: Cast, agreement: Agreement, **changed: Any) -> WorkTime:
    words: dict[str, Any] = {
        "system": cast.web1,
        "began": agreement.starts_at,
        "minutes": 30,
        "words": "Raised the limit",
        "by": cast.boris,
        "at": agreement.ends_at + HOUR,
    }
    return actions.book_time(agreement.ticket, **words | changed)


def test_time_is_booked_with_the_proof_it_rests_on(cast: Cast, agreement: Agreement) -> None:
    booked = book(cast, agreement)
    assert (booked.request, booked.answer.by_name) == (agreement.request, "Clara Berg")


@pytest.mark.parametrize(
    ("minutes_on", "minutes", "code"),
    [
        (-1, 30, "consent.too_early"),
        (100, 30, "consent.too_late"),
        (0, 121, "consent.too_late"),
        (0, 0, "workroom.no_time"),
        (0, 1441, "workroom.no_time"),
    ],
)
def test_no_time_is_booked_outside_of_the_window(
    cast: Cast, agreement: Agreement, minutes_on: int, minutes: int, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        book(cast, agreement, began=agreement.starts_at + timedelta(minutes=minutes_on), minutes=minutes)
    assert refused.value.code == code
    assert not WorkTime.objects.exists()


def test_the_whole_window_may_be_booked(cast: Cast, agreement: Agreement) -> None:
    assert book(cast, agreement, minutes=120).minutes == 120


def test_nobody_books_the_same_time_twice(cast: Cast, agreement: Agreement) -> None:
    book(cast, agreement)
    for minutes_on, minutes in ((0, 30), (29, 1), (10, 5), (0, 120)):
        with pytest.raises(Refused) as refused:
            book(cast, agreement, began=agreement.starts_at + timedelta(minutes=minutes_on), minutes=minutes)
        assert refused.value.code == "workroom.booked_already"
    assert book(cast, agreement, began=agreement.starts_at + timedelta(minutes=30)).minutes == 30
    assert WorkTime.objects.count() == 2


def test_no_time_is_booked_by_others_elsewhere_before_it_is_over_or_after_it_was_taken_back(
    cast: Cast, agreement: Agreement, monday: datetime
) -> None:
    other = agreed(cast, monday).ticket
    tries: list[tuple[dict[str, Any], str]] = [
        ({"by": cast.anna}, "consent.not_this_person"),
        ({"words": ""}, "workroom.no_words"),
        ({"at": agreement.starts_at}, "workroom.not_worked_yet"),
    ]
    for changed, code in tries:
        with pytest.raises(Refused) as refused:
            book(cast, agreement, **changed)
        assert refused.value.code == code
    consent.withdraw(agreement.request, by=cast.clara, at=monday)
    with pytest.raises(Refused) as refused:
        book(cast, agreement)
    assert refused.value.code == "workroom.other_ticket", "only the other ticket's window stands now"
    assert not WorkTime.objects.filter(ticket=other).exists()


def test_the_customer_chooses_only_when_it_knows_what_was_found(cast: Cast, agreement: Agreement) -> None:
    at = agreement.ends_at
    for who, way, code in (
        (cast.clara, "ourselves", "workroom.no_summary"),
        (cast.clara, "later", "workroom.no_such_way"),
        (cast.dan, "ourselves", "workroom.not_yours"),
    ):
        with pytest.raises(Refused) as refused:
            actions.choose(agreement, way=way, by=who, at=at)
        assert refused.value.code == code
    assert not Choice.objects.exists()


def test_we_fix_it_ourselves_hands_record_and_findings_over(
    cast: Cast, agreement: Agreement, remembering: Remembering
) -> None:
    ended(opened(cast, agreement, agreement.starts_at), agreement.ends_at)
    actions.summarise(agreement, by=cast.boris, text="The limit of workers is 4; it wants 64.", at=agreement.ends_at)
    actions.choose(agreement, way="ourselves", by=cast.clara, at=agreement.ends_at)
    said = agreement.ticket.messages.order_by("-id")[0]
    assert "it wants 64" in said.text
    assert "12 frames" in said.text and "ab" * 32 in said.text
    assert said.author_staff == cast.boris


def test_a_repair_is_ordered_in_writing_and_its_hours_are_bounded(
    cast: Cast, agreement: Agreement, remembering: Remembering
) -> None:
    at = agreement.ends_at
    actions.summarise(agreement, by=cast.boris, text="The limit is too low.", at=at)
    assert actions.choose(agreement, way="order", by=cast.clara, at=at).way == "order"
    window = {"starts": at + HOUR, "ends": at + 5 * HOUR}
    words: dict[str, Any] = {"minutes": 90, "price": "9 000 ₽", "what": "Raise the limit to 64.", **window}
    with pytest.raises(Refused):
        actions.estimate(agreement, **words, by=cast.anna, at=at)
    order = actions.estimate(agreement, **words, by=cast.boris, at=at)
    assert "9 000 ₽, at most 1 h 30 min" in order.request.text
    later = at + 6 * HOUR
    with pytest.raises(Refused):
        book(cast, agreement, began=at + HOUR, minutes=60, at=later)
    consent.answer_in_portal(order.request, by=cast.clara, told=yes(order.request), at=at)
    assert book(cast, agreement, began=at + HOUR, minutes=60, at=later).request == order.request
    with pytest.raises(Refused) as refused:
        book(cast, agreement, began=at + 2 * HOUR, minutes=31, at=later)
    assert refused.value.code == "workroom.more_than_ordered"
    assert "30 min" in refused.value.message
    assert book(cast, agreement, began=at + 2 * HOUR, minutes=30, at=later).pk
    assert RepairOrder.objects.get().minutes == 90


def test_a_summary_is_written_by_those_who_were_there(cast: Cast, agreement: Agreement) -> None:
    for who, text in ((cast.anna, "I was not there."), (cast.boris, "  ")):
        with pytest.raises(Refused):
            actions.summarise(agreement, by=who, text=text, at=agreement.ends_at)
    assert actions.summarise(agreement, by=cast.hanna, text="They found the limit.", at=agreement.ends_at).pk
