"""Answers by page, portal and letter: which count, which do not, and that none is ever lost."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opora.desk.consent import actions, states
from opora.desk.consent.actions import Told
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.consent.policies import may, why_not_counted
from opora.desk.consent.queries import in_words, prove
from opora.desk.kernel.errors import Clash, NotHere, Refused
from tests.cast import Cast
from tests.consent.asking import asked, confirmed, wanted, yes

HOUR = timedelta(hours=1)
PAGE = Path(__file__).parents[2] / "docs" / "consent.md"


def invited(cast: Cast, request: ConfirmationRequest, at: datetime) -> tuple[str, str]:
    return actions.invite(request, address=cast.clara.addresses.get(may_confirm=True), at=at)


def letter(cast: Cast, **changed: Any) -> dict[str, Any]:
    """A good answer by mail, and what a test changes in it."""
    sender = cast.clara.addresses.get(may_confirm=True).email
    proof = {"message_id": "a@bakery.example", "verdict": "pass"}
    return {
        "sender": sender,
        "senders": 1,
        "proved": True,
        "automatic": False,
        "forwarded": False,
        "words": "Yes, I confirm.",
        "proof": proof,
    } | changed


def state_of(request: ConfirmationRequest) -> str:
    return ConfirmationRequest.objects.get(pk=request.pk).state


def test_it_confirms_by_the_page_with_the_proof(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, _ = invited(cast, request, monday)
    told = Told("confirmed", request.digest, proof={"address": "203.0.113.7", "agent": "Firefox"})
    answer = actions.answer_by_page(link, told=told, at=monday)
    assert state_of(request) == states.CONFIRMED
    assert (answer.by_name, answer.road, answer.digest) == (cast.clara.name, "page", request.digest)
    assert answer.proof["address"] == "203.0.113.7"


def test_it_uses_a_link_once(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, _ = invited(cast, request, monday)
    actions.answer_by_page(link, told=yes(request), at=monday)
    with pytest.raises(Refused, match="already confirmed"):
        actions.answer_by_page(link, told=yes(request), at=monday)
    assert request.answers.count() == 1


def test_it_takes_no_yes_of_somebody_who_has_gone_to_another_customer(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, _ = actions.invite(request, address=cast.clara.addresses.get(may_confirm=True), at=monday)
    cast.clara.organisation = cast.dan.organisation
    cast.clara.save(update_fields=["organisation"])
    with pytest.raises(Refused) as refused:
        actions.answer_by_page(link, told=yes(request), at=monday)
    assert refused.value.code == "consent.not_on_list"


def test_it_knows_no_link_that_was_never_sent(cast: Cast, monday: datetime) -> None:
    _, mail = invited(cast, asked(cast, monday), monday)
    for token in ("a" * 26, "", mail):
        with pytest.raises(NotHere):
            actions.answer_by_page(token, told=Told("confirmed", ""), at=monday)


def test_it_refuses_a_yes_to_another_text(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, _ = invited(cast, request, monday)
    with pytest.raises(Refused, match="text has changed"):
        actions.answer_by_page(link, told=Told("confirmed", "0" * 64), at=monday)
    assert state_of(request) == states.ASKED


def test_it_refuses_a_link_to_a_text_that_was_replaced(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, _ = invited(cast, request, monday)
    actions.ask_again(request, starts=monday + HOUR, ends=monday + 2 * HOUR, by=cast.boris, at=monday)
    with pytest.raises(Refused, match="newer request"):
        actions.answer_by_page(link, told=yes(request), at=monday)


def test_it_refuses_an_answer_that_comes_too_late(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, _ = invited(cast, request, monday)
    with pytest.raises(Refused, match="time to answer is over"):
        actions.answer_by_page(link, told=yes(request), at=monday + 3 * HOUR)


def test_it_refuses_an_address_that_may_no_longer_confirm(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    link, _ = invited(cast, request, monday)
    cast.clara.addresses.update(may_confirm=False)
    with pytest.raises(Refused, match="may no longer confirm"):
        actions.answer_by_page(link, told=yes(request), at=monday)


@pytest.mark.parametrize("who", ["cleo", "dan", "sam"])
def test_it_refuses_people_who_may_not_confirm_in_the_portal(cast: Cast, monday: datetime, who: str) -> None:
    request = asked(cast, monday)
    with pytest.raises(Refused, match="may not confirm"):
        actions.answer_in_portal(request, by=getattr(cast, who), told=yes(request), at=monday)
    assert state_of(request) == states.ASKED


def test_it_declines_with_a_reason_and_not_without(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    with pytest.raises(Refused, match="Say why"):
        actions.answer_in_portal(request, by=cast.clara, told=Told("declined", request.digest, " "), at=monday)
    told = Told("declined", request.digest, "We close the books today.")
    actions.answer_in_portal(request, by=cast.clara, told=told, at=monday)
    assert state_of(request) == states.DECLINED


def test_it_takes_another_window_and_asks_again_with_it(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    starts, ends = monday + 20 * HOUR, monday + 22 * HOUR
    told = Told("other_window", request.digest, "At night, please.", starts, ends)
    actions.answer_in_portal(request, by=cast.clara, told=told, at=monday)
    request.refresh_from_db()
    assert request.state == states.COUNTERED
    assert not may(cast.boris.actor, "look", cast.web1, at=starts).granted
    again = actions.ask_again(request, starts=starts, ends=ends, by=cast.boris, at=monday)
    actions.answer_in_portal(again, by=cast.clara, told=yes(again), at=monday)
    assert may(cast.boris.actor, "look", cast.web1, at=starts).granted


@pytest.mark.parametrize("hours", [(2, 1), (-5, -4)])
def test_it_refuses_another_window_that_is_none(cast: Cast, monday: datetime, hours: tuple[int, int]) -> None:
    request = asked(cast, monday)
    told = Told("other_window", request.digest, "", monday + hours[0] * HOUR, monday + hours[1] * HOUR)
    with pytest.raises(Refused, match="Name a window"):
        actions.answer_in_portal(request, by=cast.clara, told=told, at=monday)


def test_it_lets_only_people_who_may_confirm_take_it_back(cast: Cast, monday: datetime) -> None:
    request = confirmed(cast, monday)
    for stranger in (cast.cleo, cast.dan):
        with pytest.raises(Refused):
            actions.withdraw(request, by=stranger, at=monday)
    actions.withdraw(request, by=cast.clara, at=monday)
    assert state_of(request) == states.WITHDRAWN
    with pytest.raises(Refused):
        actions.withdraw(request, by=cast.clara, at=monday)


def test_it_lets_us_take_it_back_with_a_reason(cast: Cast, monday: datetime) -> None:
    request = confirmed(cast, monday)
    with pytest.raises(Refused, match="Say why"):
        actions.withdraw_by_desk(request, by=cast.boris, why="", at=monday)
    actions.withdraw_by_desk(request, by=cast.boris, why="Solved without it.", at=monday)
    assert state_of(request) == states.WITHDRAWN


def test_it_opens_the_gate_by_a_good_letter(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    _, token = invited(cast, request, monday)
    answer = actions.answer_by_letter(token.upper(), at=monday, **letter(cast))
    assert answer is not None
    assert (answer.counts, answer.kind, answer.road) == (True, "confirmed", "mail")
    assert may(cast.boris.actor, "look", cast.web1, at=monday + HOUR).granted


def test_it_declines_by_letter(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    _, token = invited(cast, request, monday)
    actions.answer_by_letter(token, at=monday, **letter(cast, words="No, thanks"))
    assert state_of(request) == states.DECLINED


HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("from an unproved sender", {"proved": False}, "unproved"),
    ("from a colleague's address", {"sender": "carl@bakery.example"}, "foreign_address"),
    ("from another customer", {"sender": "dan@driftwood.example"}, "foreign_address"),
    ("from a look-alike", {"sender": "clara@bakery.example.evil.example"}, "foreign_address"),
    ("from nobody", {"sender": ""}, "foreign_address"),
    ("with two senders", {"senders": 2}, "many_senders"),
    ("with no sender field", {"senders": 0}, "many_senders"),
    ("by a holiday program", {"automatic": True}, "automatic"),
    ("by a program that says yes", {"automatic": True, "words": "Yes"}, "automatic"),
    ("passed on by somebody", {"forwarded": True}, "forwarded"),
    ("with nothing but our own text quoted", {"words": ""}, "no_own_words"),
    ("from an alias of the address", {"sender": "clara+desk@bakery.example"}, "foreign_address"),
    ("with nothing but a signature", {"words": "-- \nДа Винчи", "said": ""}, "no_own_words"),
    (
        "saying yes above our text put right",
        {"quoted": ("an ordinary user", "an ordinary user, not by night")},
        "changed_text",
    ),
    ("saying yes with a file of its own", {"beside": "enclosed"}, "enclosed"),
    ("saying yes in one form and something else in the other", {"beside": "two_readings"}, "two_readings"),
    ("with blanks only", {"words": " \n\t\u200b"}, "doubtful"),
    ("forged and automatic", {"proved": False, "automatic": True}, "automatic"),
    ("forged from a foreign address", {"proved": False, "sender": "x@evil.example"}, "foreign_address"),
    *(
        (f"saying {words!r}", {"words": words}, "doubtful")
        for words in (
            "Yes, but only tomorrow",
            "Yes. Not on Friday.",
            "Да, но после обеда",
            "Подтверждаю, кроме базы",
            "Yes?",
            "Maybe",
            "ok",
            "fine",
            "👍",
            "+",
            "I confirm receipt",
            "I can't confirm",
            "I will confirm later",
            "Confirmed by whom",
            "нет, да",
            "No. Yes.",
            "да нет",
            "не возражаю",
            "No objections",
            "Please call me",
            "Сколько это стоит?",
            "yes yes",
            "Y",
            "1",
            "Согласовано с оговорками",
            "Подтверждаю завтра",
            "Confirmed for db1 only",
            "I confirm if Carl agrees",
            "Да\nP.S. Олега не пускать",
            "дa",
            "✅",
            "Ja",
            "Так",
            "Oui, je confirme",
            "Clara reacted to your message: 👍",
            "Yes. To unsubscribe from this list, click here",
            "Да (но позже)",
            "Да!? Не понял",
            "Подтверждаю. Цена не согласована",
            "Да, подтверждаю получение письма",
            "Yes to the first, no to the second",
            "Да\n22:00-23:00",
            "Yes\n24.11.2026 22:00",
            "Да\n15000",
            "Yes\nhttps://docs.example/our-conditions",
            "Да\noleg@mill.example",
        )
    ),
]


@pytest.mark.parametrize(("changed", "code"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_it_keeps_but_does_not_count_a_letter(cast: Cast, monday: datetime, changed: dict[str, Any], code: str) -> None:
    request = asked(cast, monday)
    _, token = invited(cast, request, monday)
    if quoted := changed.get("quoted"):
        changed = changed | {"quoted": request.text.replace(*quoted)}
        assert changed["quoted"] != request.text
    answer = actions.answer_by_letter(token, at=monday, **letter(cast, **changed))
    assert answer is not None
    assert (answer.counts, answer.kind, answer.why_not) == (False, "unclear", code)
    assert state_of(request) == states.ASKED
    assert not may(cast.boris.actor, "look", cast.web1, at=monday + HOUR).granted


def test_the_manual_lists_every_hostile_letter_with_its_refusal_in_words() -> None:
    table = PAGE.read_text(encoding="utf-8").split("<!-- hostile -->")[1].split("<!-- end of hostile -->")[0]
    written = [tuple(cell.strip() for cell in row.strip("| ").split("|")) for row in table.strip().splitlines()[2:]]
    assert written == [(name.replace("\\n", " / "), why_not_counted(code)) for name, _changed, code in HOSTILE]
    assert len(written) >= 40


def test_it_knows_no_letter_with_a_token_never_sent(cast: Cast, monday: datetime) -> None:
    link, _ = invited(cast, asked(cast, monday), monday)
    for token in ("a" * 26, link):
        assert actions.answer_by_letter(token, at=monday, **letter(cast)) is None


def test_it_counts_a_letter_once(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    _, token = invited(cast, request, monday)
    actions.answer_by_letter(token, at=monday, **letter(cast))
    again = actions.answer_by_letter(token, at=monday, **letter(cast))
    assert again is not None
    assert (again.counts, again.why_not) == (False, "not_asked")


def test_it_counts_no_letter_that_comes_late_or_for_a_replaced_text(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    _, token = invited(cast, request, monday)
    late = actions.answer_by_letter(token, at=monday + 4 * HOUR, **letter(cast))
    actions.ask_again(request, starts=monday + HOUR, ends=monday + 2 * HOUR, by=cast.boris, at=monday)
    old = actions.answer_by_letter(token, at=monday, **letter(cast))
    assert [answer.why_not for answer in (late, old) if answer] == ["expired", "not_asked"]


@pytest.mark.parametrize("risk", [{"level": "superuser"}, {"actions": ("restart",)}])
def test_it_wants_page_or_portal_for_what_is_dangerous(cast: Cast, monday: datetime, risk: dict[str, Any]) -> None:
    request = asked(cast, monday, **risk)
    link, token = invited(cast, request, monday)
    answer = actions.answer_by_letter(token, at=monday, **letter(cast))
    assert answer is not None
    assert answer.why_not == "high_risk"
    actions.answer_by_page(link, told=yes(request), at=monday)
    assert state_of(request) == states.CONFIRMED


def test_it_counts_no_letter_from_an_address_struck_from_the_list(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    _, token = invited(cast, request, monday)
    good = letter(cast)
    cast.clara.addresses.update(may_confirm=False)
    answer = actions.answer_by_letter(token, at=monday, **good)
    assert answer is not None
    assert answer.why_not == "not_on_list"


def test_it_shows_the_whole_proof(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    _, token = invited(cast, request, monday)
    actions.answer_by_letter(token, at=monday, **letter(cast, words="Maybe"))
    actions.answer_by_letter(token, at=monday, **letter(cast))
    request.refresh_from_db()
    proof = prove(request)
    assert proof.faults == []
    assert [(one["kind"], one["counts"]) for one in proof.to_json()["answers"]] == [
        ("unclear", False),
        ("confirmed", True),
    ]
    shown = in_words(proof)
    assert request.digest in shown
    assert "does not count (doubtful): it is no plain yes or no. Read it" in shown
    assert "Text, hash and answers agree." in shown


def test_it_says_when_the_proof_does_not_hold(cast: Cast, monday: datetime) -> None:
    request = confirmed(cast, monday)
    request.text += "And anything else.\n"
    assert prove(request).faults == ["the text is not the one whose hash was kept"]


def test_it_is_one_answer_when_two_decide_at_once(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    actions.answer_in_portal(request, by=cast.clara, told=yes(request), at=monday)
    with pytest.raises((Refused, Clash)):
        actions.answer_in_portal(request, by=cast.clara, told=Told("declined", request.digest, "No."), at=monday)
    assert state_of(request) == states.CONFIRMED
    assert wanted(cast, monday) == request.asked_terms
