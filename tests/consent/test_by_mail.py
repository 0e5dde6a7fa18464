"""The whole road by mail: the letter that asks, the answer that comes back through the chain, what colleagues are told."""

import re
from datetime import datetime, timedelta

import pytest

from opora.desk.channels.email import chain
from opora.desk.channels.email.models import OutgoingLetter, RawLetter
from opora.desk.channels.email.parsing import Letter, read_letter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.consent import actions, jobs, states
from opora.desk.consent.models import Answer, ConfirmationRequest, Invitation
from opora.desk.dispatch.models import Notice
from opora.desk.kernel.jobs import deliver_due
from opora.desk.tickets import actions as tickets
from tests.cast import Cast
from tests.consent.asking import asked
from tests.email.letters import letter

BORDER = "mx.provider.example"


@pytest.fixture(autouse=True)
def border(settings: object) -> None:
    """Letters pass our own border, whose stamp is believed."""
    settings.OPORA_MAIL_BORDER = BORDER  # type: ignore[attr-defined]


@pytest.fixture
def request_(cast: Cast, monday: datetime) -> ConfirmationRequest:
    request = asked(cast, monday)
    deliver_due(at=monday)
    return request


def sent(kind: str) -> list[Letter]:
    return [read_letter(bytes(row.raw)) for row in OutgoingLetter.objects.filter(kind=kind).order_by("id")]


def answer(
    to: str, body: str, at: datetime, *, stamp: str = "dmarc=pass header.from=bakery.example", **headers: str
) -> RawLetter:
    if stamp:
        headers["Authentication_Results"] = f"{BORDER}; {stamp}"
    raw = letter(body, subject="Re: Please confirm", to=to, message_id=f"{at.timestamp()}@bakery.example", **headers)
    (key,) = store([Arrived(raw, "lmtp", "clara@bakery.example", (to,))], at=at)
    chain.process_due(at=at)
    return RawLetter.objects.get(pk=key)


def test_it_sends_the_exact_text_to_everybody_who_may_confirm(request_: ConfirmationRequest) -> None:
    may_confirm = {"clara@bakery.example", "carl@bakery.example"} & set(
        Invitation.objects.values_list("email", flat=True)
    )
    letters = sent("confirm")
    assert (
        {one.to[0].email for one in letters} == set(Invitation.objects.values_list("email", flat=True)) == may_confirm
    )
    for one in letters:
        assert request_.text.strip() in one.text.replace("\r\n", "\n")
        assert "/confirm/" in one.text
        assert re.search(r"\+c\+[a-z2-7]{26}@", one.reply_to[0].email)


def test_it_opens_the_gate_by_a_proved_yes_in_the_thread(request_: ConfirmationRequest, monday: datetime) -> None:
    to = sent("confirm")[0].reply_to[0].email
    raw = answer(to, "Yes, I confirm.\n\nBest regards,\nClara Berg\n", monday)
    request_.refresh_from_db()
    assert request_.state == states.CONFIRMED
    kept = Answer.objects.get()
    assert (kept.proof["letter"], kept.proof["sha256"], kept.proof["verdict"]) == (raw.pk, raw.sha256, "pass")
    assert raw.ticket_id == request_.ticket_id
    deliver_due(at=monday)
    assert len(sent("settled")) == Invitation.objects.count()
    notice = Notice.objects.get(kind="confirmation")
    assert notice.staff_id == request_.asked_by_id


def quoted(one: Letter) -> str:
    """Our letter as mail programs quote it below an answer."""
    return "\n\nOn Mon, 23 Nov 2026 at 10:15, Support <support@opora.example> wrote:\n> " + one.text.replace(
        "\n", "\n> "
    )


def test_it_takes_a_yes_from_a_telephone_above_our_text(request_: ConfirmationRequest, monday: datetime) -> None:
    ours = sent("confirm")[0]
    answer(ours.reply_to[0].email, f"Да\n\nОтправлено с iPhone{quoted(ours)}", monday)
    request_.refresh_from_db()
    assert request_.state == states.CONFIRMED
    assert Answer.objects.get().words == "Да\n\nОтправлено с iPhone"


def test_it_takes_no_yes_above_our_text_put_right(request_: ConfirmationRequest, monday: datetime) -> None:
    ours = sent("confirm")[0]
    below = quoted(ours).replace("an ordinary user", "look only, please")
    assert below != quoted(ours)
    answer(ours.reply_to[0].email, f"Yes{below}", monday)
    assert Answer.objects.get().why_not == "changed_text"
    assert "quotes our text with changes" in request_.ticket.notes.get().text


@pytest.mark.parametrize(
    ("stamp", "body", "headers"),
    [
        ("", "Yes", {}),
        ("dmarc=fail header.from=bakery.example", "Yes", {}),
        ("dmarc=pass header.from=evil.example", "Yes", {}),
        ("dmarc=pass header.from=bakery.example", "Yes, but not on Friday", {}),
        ("dmarc=pass header.from=bakery.example", "Yes", {"Auto_Submitted": "auto-replied"}),
        ("dmarc=pass header.from=driftwood.example", "Yes", {"sender": "Dan <dan@driftwood.example>"}),
        ("dmarc=pass header.from=bakery.example", "> Yes\n", {}),
    ],
    ids=["unproved", "failed", "of another domain", "with a but", "by a program", "by Dan", "quoted only"],
)
def test_it_stays_shut_and_keeps_the_letter(
    request_: ConfirmationRequest, monday: datetime, stamp: str, body: str, headers: dict[str, str]
) -> None:
    to = sent("confirm")[0].reply_to[0].email
    raw = answer(to, body, monday, stamp=stamp, **headers)
    request_.refresh_from_db()
    assert request_.state == states.ASKED
    assert raw.state == "done"
    assert Answer.objects.get().counts is False


def test_it_tells_colleagues_why_an_answer_does_not_count(request_: ConfirmationRequest, monday: datetime) -> None:
    answer(sent("confirm")[0].reply_to[0].email, "Yes, but not on Friday", monday)
    assert "no plain yes or no" in request_.ticket.notes.get().text
    assert "not on Friday" in request_.ticket.messages.order_by("-id")[0].text


def test_it_reminds_and_then_has_somebody_call(cast: Cast, request_: ConfirmationRequest, monday: datetime) -> None:
    first = len(sent("confirm"))
    for minutes in (31, 121):
        moment = monday + timedelta(minutes=minutes)
        jobs.take_next_steps(moment)
        deliver_due(at=moment)
    assert len(sent("confirm")) == 2 * first
    told = set(Notice.objects.filter(kind="no_answer").values_list("staff", flat=True))
    assert told == {cast.boris.pk, cast.vera.pk}


def test_it_sends_nothing_for_a_request_that_is_settled_already(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    actions.withdraw_by_desk(request, by=cast.boris, why="Solved.", at=monday)
    deliver_due(at=monday)
    assert sent("confirm") == []
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(
    ("stamp", "state", "messages", "told"),
    [
        ("dmarc=pass header.from=bakery.example", "new", 2, False),
        ("dmarc=fail header.from=bakery.example", "waiting_confirmation", 1, False),
        ("", "waiting_confirmation", 2, True),
    ],
    ids=["proved", "forged", "unproved"],
)
def test_it_lets_a_call_be_confirmed_by_a_proved_letter_only(
    cast: Cast, monday: datetime, stamp: str, state: str, messages: int, told: bool
) -> None:
    """A forged letter lies in quarantine; one nobody can prove stands on the ticket, and colleagues are told."""
    ticket = tickets.open_ticket(
        requester=cast.clara, subject="Gone", text="All gone.", channel="phone", by=cast.vera.actor, at=monday
    )
    deliver_due(at=monday)
    (taken_down,) = sent("received")
    assert "answer this letter that it is right" in taken_down.text
    answer(taken_down.reply_to[0].email, "That is right.", monday, stamp=stamp)
    ticket.refresh_from_db()
    assert ticket.state == state
    assert ticket.messages.count() == messages
    assert ticket.notes.filter(text__contains="does not confirm").exists() is told
