"""Letters through a pipe, and the key that signs what goes out."""

from pathlib import Path

import dkim
import pytest
from django.conf import LazySettings
from django.db import DatabaseError

from opora.desk.channels.email import importing, outbox, signing
from opora.desk.channels.email.models import OutgoingLetter, RawLetter
from tests.cast import Cast
from tests.email.letters import letter
from tests.email.worlds import World


@pytest.mark.django_db
def test_it_takes_a_letter_from_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert importing.run_pipe(letter(), envelope_from="a@b.example", envelope_to="support@opora.example") == 0
    raw = RawLetter.objects.get()
    assert (bytes(raw.raw), raw.transport, raw.envelope_from) == (letter(), "pipe", "a@b.example")
    assert importing.run_pipe(b" \n", envelope_from="", envelope_to="") == 65
    assert "no letter" in capsys.readouterr().err


@pytest.mark.django_db
def test_it_asks_the_mail_server_to_try_again_when_the_letter_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(importing, "hand_in", away)
    assert importing.run_pipe(letter(), envelope_from="", envelope_to="") == 75


@pytest.mark.django_db
def test_it_refuses_a_piped_letter_that_is_too_large_and_keeps_its_beginning(settings: LazySettings) -> None:
    settings.OPORA_LARGEST_LETTER = 300_000
    raw = letter("x" * 400_000)
    assert importing.run_pipe(raw, envelope_from="", envelope_to="") == 65
    row = RawLetter.objects.get()
    assert bytes(row.raw) == raw[: row.size] and row.left_out == len(raw) - row.size > 0


def test_it_makes_a_key_once_and_prints_its_record(tmp_path: Path) -> None:
    place = tmp_path / "dkim.pem"
    key = signing.make_key(place)
    assert place.stat().st_mode & 0o777 == 0o600 and place.read_text() == key
    with pytest.raises(FileExistsError):
        signing.make_key(place)
    record, code = signing.explain(key, "opora", "support@opora.example")
    assert code == 0 and record.startswith('opora._domainkey.opora.example. IN TXT ( "v=DKIM1; k=rsa; p=')
    assert signing.explain("", "opora", "x@y.example")[1] == signing.explain("nonsense", "opora", "x@y.example")[1] == 1


@pytest.mark.django_db
def test_it_signs_its_letters_so_that_others_can_check_them(cast: Cast, settings: LazySettings, tmp_path: Path) -> None:
    from opora.desk.channels.email.actions import queue_notice

    settings.OPORA_DKIM_KEY = signing.make_key(tmp_path / "key")
    record, _ = signing.explain(settings.OPORA_DKIM_KEY, "opora", "support@opora.example")
    text = "".join(record.split('"')[1::2])
    world = World().publishes("opora._domainkey.opora.example", text)
    sent = queue_notice(to="clara@bakery.example", subject="Код: 123", text="Your code", at=cast.terms.made_at)
    raw = bytes(OutgoingLetter.objects.get(pk=sent.pk).raw)

    def names(name: bytes, **_: float) -> bytes:
        return bytes(world.find(name.decode().rstrip("."), "TXT")[0])

    assert dkim.DKIM(raw).verify(dnsfunc=names)
    with pytest.raises(dkim.ValidationError):
        dkim.DKIM(raw.replace(b"Your code", b"Your core")).verify(dnsfunc=names)
    settings.OPORA_DKIM_DOMAINS = ["elsewhere.example"]
    assert outbox._signed(b"x", "opora.example") == b"x"
