"""The verdict on a letter's way: whose stamp counts, what is kept, and what becomes of a forged one."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.conf import LazySettings

from opora.desk.channels.email import chain, proving
from opora.desk.channels.email.models import InboundLetter, RawLetter
from opora.desk.channels.email.receive import Arrived, store
from opora.desk.tickets.models import Ticket
from tests.cast import Cast
from tests.email.letters import letter
from tests.email.worlds import World, sign

BORDER = "mx.provider.example"
GOOD = f"{BORDER}; dmarc=pass header.from=bakery.example"
FORGED = f"{BORDER}; dmarc=fail policy.dmarc=reject header.from=bakery.example"

Take = Callable[..., RawLetter]


@pytest.fixture
def take(cast: Cast, monday: datetime, settings: LazySettings) -> Take:
    """A letter with these stamps comes by the road where our border stands."""
    settings.OPORA_MAIL_BORDER = [BORDER]

    def take(*stamps: str, transport: str = "lmtp", raw: bytes = b"") -> RawLetter:
        head = "".join(f"Authentication-Results: {stamp}\r\n" for stamp in stamps).encode()
        (key,) = store([Arrived(head + (raw or letter()), transport)], at=monday)
        chain.process_due(at=monday)
        return RawLetter.objects.get(pk=key)

    return take


def test_it_keeps_the_verdict_and_its_evidence_with_the_letter(take: Take) -> None:
    raw = take(GOOD)
    assert (raw.authenticity, raw.proof["why"], raw.proof["by"]) == ("pass", "dmarc", BORDER)
    assert raw.proof["claims"] == [{"method": "dmarc", "result": "pass", "header.from": "bakery.example"}]
    assert ["prove_sender", "continue", "pass: dmarc of bakery.example"] in raw.steps


def test_it_ignores_stamps_of_others(take: Take) -> None:
    raw = take("mx.evil.example; dmarc=pass header.from=bakery.example", "arc.example; dkim=pass")
    assert (raw.authenticity, raw.proof["why"]) == ("unknown", "no stamp")


def test_it_believes_no_stamp_when_no_border_is_set(take: Take, settings: LazySettings) -> None:
    settings.OPORA_MAIL_BORDER = []
    raw = take(GOOD)
    assert (raw.authenticity, raw.proof["why"]) == ("unknown", "nobody checks")


def test_it_believes_no_stamp_in_a_file_brought_in_by_hand(take: Take) -> None:
    assert take(GOOD, transport="import").authenticity == "unknown"


def test_it_lays_a_forged_letter_before_a_colleague(take: Take) -> None:
    raw = take(FORGED)
    assert (raw.state, raw.authenticity) == ("quarantined", "fail") and "bakery.example" in raw.reason
    assert not Ticket.objects.exists()


def test_it_takes_a_doubtful_letter_when_its_owner_asks_for_nothing(take: Take) -> None:
    raw = take(f"{BORDER}; dmarc=fail policy.dmarc=none header.from=bakery.example")
    assert (raw.state, raw.outcome, raw.authenticity) == ("done", "opened", "fail")


def test_it_checks_ourselves_what_no_border_has_stamped(
    cast: Cast, monday: datetime, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OPORA_MAIL_CHECKS = True
    world = World().signs("bakery.example")
    monkeypatch.setattr(proving, "dns_of_this_machine", lambda: world)
    keys = store(
        [
            Arrived(sign(letter(), "bakery.example"), "smtp"),
            Arrived(letter(message_id="two@bakery.example", body="other"), "smtp"),
        ],
        at=monday,
    )
    chain.process_due(at=monday)
    signed, unsigned = (RawLetter.objects.get(pk=key) for key in keys)
    assert (signed.authenticity, signed.proof["by"], signed.proof["why"]) == ("pass", "opora", "dkim")
    assert unsigned.authenticity == "unknown"
    assert ("_dmarc.bakery.example", "TXT") in world.asked


def test_it_asks_no_names_unless_told_to(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "dns_of_this_machine", lambda: pytest.fail("DNS was asked"))
    assert take().authenticity == "unknown"


@pytest.mark.parametrize(("stamp", "answered"), [(GOOD, True), ("", False)])
def test_it_answers_a_letter_that_was_too_large_only_to_a_proved_sender(
    cast: Cast, monday: datetime, settings: LazySettings, stamp: str, answered: bool
) -> None:
    settings.OPORA_MAIL_BORDER = [BORDER]
    head = f"Authentication-Results: {stamp}\r\n".encode() if stamp else b""
    store([Arrived(head + letter(), "lmtp", left_out=64 * 1024 * 1024)], at=monday)
    chain.process_due(at=monday)
    ticket = Ticket.objects.get()
    assert "64 MB" in ticket.messages.get().text
    assert InboundLetter.objects.get().answerable is answered


def test_it_goes_on_when_a_sender_cannot_be_checked(
    cast: Cast, monday: datetime, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> World:
        raise RuntimeError("no resolver")

    settings.OPORA_MAIL_CHECKS = True
    monkeypatch.setattr(proving, "dns_of_this_machine", broken)
    store([Arrived(letter(), "smtp")], at=monday)
    assert chain.process_due(at=monday).outcomes == ["opened"]
    assert RawLetter.objects.get().authenticity == "unknown"
