"""Files on the wire: what a browser gets told about them, so that nothing in them can act in the desk's name."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from opora.desk.tickets.models import MessageFile, Ticket
from opora.desk.web.components import files
from tests.cast import Cast
from tests.portal.conftest import PIXEL

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., Client]


@pytest.fixture
def picture(ticket: Ticket) -> MessageFile:
    return MessageFile.objects.get(message__ticket=ticket, name="Снимок экрана.png")


@pytest.fixture
def page(ticket: Ticket) -> MessageFile:
    return MessageFile.objects.get(message__ticket=ticket, name="отчёт.html")


def test_it_shows_a_picture_in_place_under_its_own_name(signed_in: SignedIn, cast: Cast, picture: MessageFile) -> None:
    answer = signed_in(cast.clara).get(files.address(picture))
    assert b"".join(answer) == PIXEL
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == f"inline; filename*=utf-8''{quote('Снимок экрана.png')}"
    assert int(answer["Content-Length"]) == len(PIXEL)


def test_it_never_lets_a_file_act(signed_in: SignedIn, cast: Cast, page: MessageFile) -> None:
    answer = signed_in(cast.clara).get(files.address(page))
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('отчёт.html')}"
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "script" not in policy and "allow" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "private" in answer["Cache-Control"]


def test_it_says_not_here_when_the_storage_lost_the_bytes(signed_in: SignedIn, cast: Cast, page: MessageFile) -> None:
    default_storage.delete(page.file.place)
    assert signed_in(cast.clara).get(files.address(page)).status_code == 404
