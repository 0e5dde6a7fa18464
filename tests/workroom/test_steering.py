"""Pause, stop, question, one-time links: whose they are, and that an order is carried out even when the gateway was away."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from opora.desk.consent import actions as consent
from opora.desk.customers.models import Contract
from opora.desk.kernel import jobs as kernel
from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people import actions as people
from opora.desk.workroom import actions, jobs, policies
from opora.desk.workroom.models import GatewayOrder, WorkSession
from tests.cast import Cast
from tests.workroom.worlds import NAME, Remembering, agreed, ended, opened

HOUR = timedelta(hours=1)


@pytest.fixture
def at(monday: datetime) -> datetime:
    """A moment within the window."""
    return monday + HOUR


@pytest.fixture
def session(cast: Cast, monday: datetime, at: datetime, remembering: Remembering) -> WorkSession:
    """Boris is at work on web1."""
    return opened(cast, agreed(cast, monday), at)


@pytest.mark.parametrize("do", ["pause", "resume", "stop"])
def test_it_carries_an_order_of_the_customer_at_once(
    cast: Cast, at: datetime, session: WorkSession, remembering: Remembering, do: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        kept = actions.order(session, do=do, by=cast.carl, words="Enough", at=at)
    kept.refresh_from_db()
    assert remembering.orders == [(NAME, do, "Carl Ness", "Enough")]
    assert kept.taken_at == at
    assert jobs.carry_orders(at) == 0, "what was taken is not sent again"


def test_it_carries_an_order_later_when_the_gateway_was_away(
    cast: Cast, at: datetime, session: WorkSession, remembering: Remembering,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    remembering.away = True
    with django_capture_on_commit_callbacks(execute=True):
        actions.order_by_staff(session, do="stop", by=cast.hanna, at=at)
    assert jobs.carry_orders(at) == 0
    remembering.away = False
    assert jobs.carry_orders(at) == 1
    assert [one[1] for one in remembering.orders] == ["stop"]


def test_it_keeps_what_the_gateway_declined(
    cast: Cast, at: datetime, session: WorkSession, remembering: Remembering
) -> None:
    kept = actions.order(session, do="stop", by=cast.clara, at=at)
    remembering.declines = "over"
    assert jobs.carry_orders(at) == 1
    kept.refresh_from_db()
    assert kept.answer == "declined by the test"


@pytest.mark.parametrize("who", ["dan", "sam", "cleo"])
def test_it_takes_no_order_from_others(cast: Cast, at: datetime, session: WorkSession, who: str) -> None:
    """Cleo is of the customer, but billing people see their own tickets only."""
    with pytest.raises(Refused) as refused:
        actions.order(session, do="stop", by=getattr(cast, who), at=at)
    assert refused.value.code == "workroom.not_yours"
    assert not GatewayOrder.objects.exists()


@pytest.mark.parametrize(
    ("who", "may"), [("boris", True), ("hanna", True), ("anna", False), ("oleg", False), ("vera", False)]
)
def test_colleagues_steer_who_work_there_or_lead(
    cast: Cast, at: datetime, session: WorkSession, who: str, may: bool
) -> None:
    person = getattr(cast, who)
    assert policies.may_steer_as_staff(person, session) is may
    if may:
        assert actions.order_by_staff(session, do="pause", by=person, at=at).pk
    else:
        with pytest.raises(Refused):
            actions.order_by_staff(session, do="pause", by=person, at=at)


def test_a_colleague_does_not_lift_the_customers_pause(
    cast: Cast, at: datetime, session: WorkSession, remembering: Remembering
) -> None:
    def told(number: int, what: str, **facts: object) -> None:
        actions.tell(session.name, number=number, what=what, facts=facts, happened=at, at=at)
        session.refresh_from_db()

    told(1, "paused", reason="viewer", by={"id": "contact:1", "name": "Clara"})
    for by in (cast.boris, cast.hanna):
        with pytest.raises(Refused) as refused:
            actions.order_by_staff(session, do="resume", by=by, at=at)
        assert refused.value.code == "workroom.customers_pause"
    assert actions.order(session, do="resume", by=cast.clara, at=at).pk
    told(2, "paused", reason="staff", by={"id": "staff:9", "name": "Hanna"})
    told(3, "resumed", reason="viewer", paused=True)
    assert session.state == "paused", "what Hanna paused still holds"
    assert actions.order_by_staff(session, do="resume", by=cast.hanna, at=at).pk
    told(4, "resumed", reason="staff", paused=False)
    assert session.state == "open"


def test_nothing_is_ordered_of_a_session_that_is_over(cast: Cast, at: datetime, session: WorkSession) -> None:
    ended(session, at)
    session.refresh_from_db()
    for do, code in (("stop", "workroom.over"), ("dance", "workroom.no_such_order")):
        with pytest.raises(Refused) as refused:
            actions.order(session, do=do, by=cast.clara, at=at)
        assert refused.value.code == code


def test_a_question_needs_words(cast: Cast, at: datetime, session: WorkSession) -> None:
    with pytest.raises(Refused):
        actions.order(session, do="question", by=cast.clara, words=" ", at=at)
    assert actions.order(session, do="question", by=cast.clara, words="Why nginx?", at=at).words == "Why nginx?"


def test_it_stops_when_the_yes_is_taken_back(cast: Cast, at: datetime, session: WorkSession) -> None:
    consent.withdraw(session.agreement.request, by=cast.clara, words="Stop it.", at=at)
    for _round in range(3):
        kernel.deliver_due(at=at)
    order = GatewayOrder.objects.get()
    assert (order.do, order.by_name, order.words) == ("stop", "Clara Berg", "Stop it.")


def test_it_stops_when_the_engineer_leaves(cast: Cast, at: datetime, session: WorkSession) -> None:
    people.let_go(cast.boris, by=SYSTEM, at=at, why="Left")
    for _round in range(3):
        kernel.deliver_due(at=at)
    assert GatewayOrder.objects.get().do == "stop"


def test_it_stops_once_when_the_contract_is_over(cast: Cast, at: datetime, session: WorkSession) -> None:
    assert jobs.stop_where_shut(at) == 0
    Contract.objects.filter(organisation=cast.bakery).update(ended_at=at)
    assert jobs.stop_where_shut(at) == 1
    assert jobs.stop_where_shut(at) == 0
    assert GatewayOrder.objects.get().do == "stop"


def test_a_link_is_good_once_for_one_colleague_until_the_window_ends(
    cast: Cast, at: datetime, session: WorkSession
) -> None:
    agreement = session.agreement
    token = actions.invite(agreement, guest="Nora of the auditors", by=cast.clara, at=at)
    link = actions.use_link(token, came_from="198.51.100.9", at=at)
    with pytest.raises(NotHere):
        actions.use_link(token, came_from="198.51.100.9", at=at)
    nobody = {"staff": None, "contact": None}
    seen = policies.watcher(NAME, **nobody, guest=link.pk, at=at)
    assert seen is not None
    assert (seen.name, seen.kind, seen.may_steer) == ("Nora of the auditors", "guest", False)
    assert policies.watcher(NAME, **nobody, guest=link.pk, at=agreement.ends_at) is None
    actions.revoke_link(link, by=cast.carl, at=at)
    assert policies.watcher(NAME, **nobody, guest=link.pk, at=at) is None


def test_links_are_the_customers_alone(cast: Cast, at: datetime, session: WorkSession) -> None:
    for who, guest, moment in ((cast.dan, "Nora", at), (cast.clara, " ", at), (cast.clara, "Nora", at + 5 * HOUR)):
        with pytest.raises(Refused):
            actions.invite(session.agreement, guest=guest, by=who, at=moment)
    with pytest.raises(NotHere):
        actions.use_link("no such word", came_from="", at=at)


@pytest.mark.parametrize(
    ("who", "steers"),
    [("clara", True), ("carl", True), ("dan", None), ("cleo", None), ("boris", True), ("hanna", True), ("anna", None)],
)
def test_only_the_customers_people_those_at_work_and_leads_watch(
    cast: Cast, at: datetime, session: WorkSession, who: str, steers: bool | None
) -> None:
    person = getattr(cast, who)
    side = {"staff": None, "contact": None, "guest": None} | {person.actor.kind: person}
    seen = policies.watcher(NAME, **side, at=at)
    assert (seen.may_steer if seen else None) is steers
    assert policies.watcher("ff" * 16, **side, at=at) is None


def test_a_terminal_in_the_browser_opens_by_the_same_gate(
    cast: Cast, at: datetime, monday: datetime, session: WorkSession, settings: object
) -> None:
    mark = session.ticket.mark
    assert policies.typist(mark, "web1", staff=cast.boris, at=at)
    assert not policies.typist(mark, "web1", staff=cast.boris, at=monday)
    assert not policies.typist(mark, "web1", staff=cast.oleg, at=at)
    settings.OPORA_GATEWAY_TERMINAL = False  # type: ignore[attr-defined]
    assert not policies.typist(mark, "web1", staff=cast.boris, at=at)
