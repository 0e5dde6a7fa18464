"""What the database itself refuses, whoever asks: a yes without an answer, a changed text, a lost proof."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import DatabaseError, transaction

from opora.desk.consent.models import Answer, ConfirmationRequest, Invitation
from tests.cast import Cast
from tests.consent.asking import asked, confirmed

ROWS = ConfirmationRequest.objects


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


def test_it_refuses_a_confirmation_without_an_answer(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    refused(lambda: ROWS.filter(pk=request.pk).update(state="confirmed"))


def test_it_refuses_a_confirmation_by_an_answer_to_another_text(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    said = {"kind": "confirmed", "road": "page", "counts": True, "at": monday, "by_name": "Clara", "proof": {}}
    Answer.objects.create(request=request, digest="0" * 64, **said)
    refused(lambda: ROWS.filter(pk=request.pk).update(state="confirmed"))


@pytest.mark.parametrize("new", [{"text": "anything"}, {"digest": "0" * 64}, {"terms": {}}, {"system_ids": [1, 2]}])
def test_it_refuses_to_change_what_was_asked(cast: Cast, monday: datetime, new: dict[str, object]) -> None:
    request = confirmed(cast, monday)
    refused(lambda: ROWS.filter(pk=request.pk).update(**new))


def test_it_refuses_to_open_again_what_was_withdrawn(cast: Cast, monday: datetime) -> None:
    request = confirmed(cast, monday)
    ROWS.filter(pk=request.pk).update(state="withdrawn")
    refused(lambda: ROWS.filter(pk=request.pk).update(state="confirmed"))


def test_it_refuses_to_change_or_lose_an_answer(cast: Cast, monday: datetime) -> None:
    answer = confirmed(cast, monday).answers.get()
    refused(lambda: Answer.objects.filter(pk=answer.pk).update(digest="0" * 64))
    refused(lambda: Answer.objects.filter(pk=answer.pk).delete())


def test_it_refuses_to_lose_a_request_or_an_invitation(cast: Cast, monday: datetime) -> None:
    request = asked(cast, monday)
    said = {"email": "clara@bakery.example", "link_hash": "a", "mail_hash": "b", "sent_at": monday}
    invitation = Invitation.objects.create(request=request, address=cast.clara.addresses.all()[0], **said)
    refused(lambda: ROWS.filter(pk=request.pk).delete())
    refused(lambda: Invitation.objects.filter(pk=invitation.pk).delete())
    refused(lambda: Invitation.objects.filter(pk=invitation.pk).update(link_hash="c"))
