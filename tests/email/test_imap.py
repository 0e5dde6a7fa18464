"""Fetching from a real IMAP server: nothing lost, nothing twice, no mailbox in another's way, and silence is heard."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import LazySettings

from opora.desk.channels.email import chain, queries
from opora.desk.channels.email.imap import fetching
from opora.desk.channels.email.imap.keeping import Keepers
from opora.desk.channels.email.imap.signing_in import Door, NotLetIn
from opora.desk.channels.email.models import FetchedLetter, Mailbox, RawLetter
from opora.desk.channels.email.sealing import Unreadable, seal, unseal
from opora.desk.kernel import clock
from tests.email.imap_boxes import Own, lay, looking, take, words
from tests.email.letters import letter
from tests.email.mail_programs import PATIENCE
from tests.email.mailservers import Dovecot, running_dovecot


@pytest.mark.django_db
def test_it_stores_what_came_and_marks_it_as_read(own: Own, dovecot: Dovecot, monday: datetime) -> None:
    box = own()
    lay(dovecot, box, *(words(number) for number in range(45)))
    assert take(box, monday) == 45 and take(box, monday) == 0
    assert sorted(bytes(raw.raw) for raw in RawLetter.objects.all()) == sorted(words(number) for number in range(45))
    assert {(raw.transport, *raw.envelope_to) for raw in RawLetter.objects.all()} == {("imap", box.address)}
    with looking(dovecot, box) as client:
        assert client.search("UNSEEN") == [] and len(client.search("ALL")) == 45


@pytest.mark.django_db
def test_it_takes_letters_that_another_program_has_read_already(own: Own, dovecot: Dovecot, monday: datetime) -> None:
    box = own()
    lay(dovecot, box, words(1), words(2))
    with looking(dovecot, box) as client:
        client.add_flags([1, 2], [b"\\Seen"])
    assert take(box, monday) == 2


@pytest.mark.django_db
def test_it_moves_what_it_has_stored_when_told_to(own: Own, dovecot: Dovecot, monday: datetime) -> None:
    box = own(afterwards="move", moved_to="Opora/Done")
    lay(dovecot, box, words(1), words(2))
    assert take(box, monday) == 2
    with looking(dovecot, box) as client:
        assert client.search("ALL") == []
        assert client.select_folder("Opora/Done")[b"EXISTS"] == 2


@pytest.mark.django_db
def test_it_leaves_old_letters_alone_unless_told_otherwise(own: Own, dovecot: Dovecot, monday: datetime) -> None:
    box = own(with_old=False)
    lay(dovecot, box, words(1), words(2))
    assert take(box, monday) == 0
    lay(dovecot, box, words(3))
    assert take(box, monday) == 1
    assert bytes(RawLetter.objects.get().raw) == words(3)


@pytest.mark.django_db
@pytest.mark.parametrize("afterwards", ["mark", "move"])
def test_it_stores_once_and_finishes_later_when_it_dies_before_marking(
    own: Own, dovecot: Dovecot, monday: datetime, monkeypatch: pytest.MonkeyPatch, afterwards: str
) -> None:
    box = own(afterwards=afterwards, moved_to="Done")
    lay(dovecot, box, words(1), words(2))

    def die(*_: object) -> None:
        raise ConnectionResetError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(fetching, "_finish", lambda client, box, uids: die() if uids else None)
        with pytest.raises(ConnectionResetError):
            take(box, monday)
    assert RawLetter.objects.count() == 2
    with looking(dovecot, box) as client:
        assert len(client.search("UNSEEN")) == 2
    assert take(box, monday) == 0
    assert RawLetter.objects.count() == 2
    with looking(dovecot, box) as client:
        assert client.search("UNSEEN") == []


@pytest.mark.django_db
def test_it_loses_nothing_when_it_dies_before_storing(
    own: Own, dovecot: Dovecot, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = own()
    lay(dovecot, box, words(1))

    def die(*_: object, **__: object) -> None:
        raise ConnectionResetError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(fetching, "store", die)
        with pytest.raises(ConnectionResetError):
            take(box, monday)
    assert not RawLetter.objects.exists()
    assert take(box, monday) == 1


@pytest.mark.django_db
def test_it_looks_at_everything_again_under_a_new_uidvalidity(own: Own, dovecot: Dovecot, monday: datetime) -> None:
    box = own()
    lay(dovecot, box, words(1), words(2))
    take(box, monday)
    Mailbox.objects.filter(pk=box.pk).update(uid_validity=7, uids_known=900)
    FetchedLetter.objects.update(uid_validity=7)
    assert take(box, monday) == 2
    while chain.process_due(at=monday).taken:
        pass
    assert sorted(RawLetter.objects.values_list("outcome", flat=True)) == ["duplicate", "duplicate", "opened", "opened"]


@pytest.mark.django_db
def test_it_keeps_back_one_bad_letter_and_takes_the_others(
    own: Own, dovecot: Dovecot, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = own()
    lay(dovecot, box, words(1), letter("poison", message_id="p@bakery.example"), words(3))
    real = fetching.store

    def store(letters: Any, *, at: datetime) -> list[int]:
        if any(b"poison" in one.raw for one in letters):
            raise ValueError("poison")
        return real(letters, at=at)

    with monkeypatch.context() as poisoned:
        poisoned.setattr(fetching, "store", store)
        assert take(box, monday) == 2
    box.refresh_from_db()
    assert box.kept_back == [2] and box.uids_known == 3
    assert take(box, monday) == 1
    box.refresh_from_db()
    assert box.kept_back == [] and FetchedLetter.objects.count() == 3


@pytest.mark.django_db
def test_it_takes_the_header_of_a_letter_that_is_too_large(
    own: Own, dovecot: Dovecot, monday: datetime, settings: LazySettings
) -> None:
    settings.OPORA_LARGEST_LETTER = 5000
    box = own()
    large = letter("x" * 70 + "\n" + "y\n" * 4000)
    lay(dovecot, box, large, words(2))
    assert take(box, monday) == 2
    head = RawLetter.objects.order_by("pk")[0]
    assert bytes(head.raw) == large.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" and head.size + head.left_out == len(large)


@pytest.mark.django_db
def test_it_says_why_it_was_not_let_in_and_tells_no_secret(own: Own, monday: datetime, settings: LazySettings) -> None:
    box = own(secret=seal("wrong-word", settings.SECRET_KEY))
    with pytest.raises(NotLetIn) as refusal:
        fetching.connect(box, Door(), at=monday)
    assert "refused the sign-in" in str(refusal.value) and "wrong-word" not in str(refusal.value)


def test_it_seals_secrets_and_reads_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: LazySettings
) -> None:
    kept = seal("word", "key one")
    assert "word" not in kept and unseal(kept, "key two", "key one") == "word"
    with pytest.raises(Unreadable):
        unseal(kept, "key two")
    monkeypatch.setenv("BOX_WORD", "from the environment")
    (tmp_path / "word").write_text("from a file\n")
    assert unseal(seal("env:BOX_WORD", "k"), "k") == "from the environment"
    assert unseal(seal(f"file:{tmp_path}/word", "k"), "k") == "from a file"
    for missing in ("env:NO_SUCH_WORD", f"file:{tmp_path}/none"):
        with pytest.raises(Unreadable):
            unseal(missing, "k")


@pytest.fixture
def keepers(transactional_db: None) -> Iterator[Keepers]:
    all_of_them = Keepers(lambda _: True)
    yield all_of_them
    all_of_them.stop()


def has_stored(count: int) -> bool:
    return RawLetter.objects.count() == count


def wait_until(true: Callable[[], bool]) -> None:
    end = clock.monotonic() + PATIENCE
    while not true():
        assert clock.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.05)


@pytest.mark.slow
def test_it_hears_of_letters_at_once_and_no_mailbox_waits_for_another(
    keepers: Keepers, own: Own, dovecot: Dovecot, monday: datetime, settings: LazySettings
) -> None:
    good, broken, other = own(), own(secret=seal("wrong", settings.SECRET_KEY)), own(host="127.0.0.1", port=9)
    keepers.look()
    wait_until(lambda: Mailbox.objects.get(pk=good.pk).heard_at is not None)
    for number in (1, 2):
        lay(dovecot, good, words(number))
        wait_until(partial(has_stored, number))
    wait_until(lambda: "refused the sign-in" in Mailbox.objects.get(pk=broken.pk).trouble)
    wait_until(lambda: "refused" in Mailbox.objects.get(pk=other.pk).trouble)
    at = clock.now()
    assert {alarm.about for alarm in queries.alarms(at=at)} == {broken.address, other.address}
    late = at + timedelta(minutes=30)
    assert {alarm.about for alarm in queries.alarms(at=late)} == {good.address, broken.address, other.address}
    Mailbox.objects.filter(pk__in=[broken.pk, other.pk]).update(active=False)
    keepers.look()
    assert {alarm.about for alarm in queries.alarms(at=at)} == set()


@pytest.mark.slow
def test_it_takes_up_again_where_it_was_when_the_server_comes_back(
    keepers: Keepers, mail_programs: None, own: Own
) -> None:
    with running_dovecot() as server:
        box = own(port=server.port)
        keepers.look()
        lay(server, box, words(1))
        wait_until(lambda: RawLetter.objects.count() == 1)
        server.stop()
        wait_until(lambda: Mailbox.objects.get(pk=box.pk).trouble != "")
        server.start()
        lay(server, box, words(2))
        wait_until(lambda: RawLetter.objects.count() == 2)
        wait_until(lambda: Mailbox.objects.get(pk=box.pk).trouble == "")
