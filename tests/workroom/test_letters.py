"""What the customer is written about work on its systems."""

from datetime import datetime, timedelta

import pytest

from opora.desk.channels.email.models import OutgoingLetter
from opora.desk.kernel import jobs as kernel
from tests.cast import Cast
from tests.workroom.worlds import Remembering, agreed, ended, opened

HOUR = timedelta(hours=1)


def letters(at: datetime) -> list[str]:
    """The letters about work, after everybody was told of everything."""
    for _round in range(3):
        kernel.deliver_due(at=at)
    return [bytes(one.raw).decode() for one in OutgoingLetter.objects.filter(kind="notice").order_by("id")]


@pytest.mark.parametrize(("watching", "begins"), [("none", False), ("notify", True), ("must", True)])
def test_whoever_may_confirm_is_told_of_beginning_and_end(
    cast: Cast, monday: datetime, remembering: Remembering, watching: str, begins: bool
) -> None:
    agreement = agreed(cast, monday, watching=watching)
    session = opened(cast, agreement, monday + HOUR)
    told = letters(monday + HOUR)
    assert len(told) == begins
    assert all(f"/watched/{agreement.pk}" in one and "clara@bakery.example" in one for one in told)
    ended(session, monday + 2 * HOUR)
    last = letters(monday + 2 * HOUR)[-1]
    assert "12 frames" in last and "ab" * 32 in last.replace("=\r\n", "").replace("\r\n", "")
    assert f"/watched/sessions/{session.pk}" in last
