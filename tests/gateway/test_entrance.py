"""Who is let in: a registered key and a code, within the window, to a host of the agreement; everybody else in words."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from opora.evidence.frames import Kind
from tests.gateway.hosts import make_key
from tests.gateway.worlds import World, window


def test_it_tells_nothing_to_a_key_that_nobody_has(here: World) -> None:
    here.start()
    here.desk.refusal = ("window", "The window opens at noon.")
    here.key = make_key(here.folder / "stranger")
    ran = here.ssh("true")
    assert ran.returncode == 255 and b"noon" not in ran.stderr and b"Permission denied" in ran.stderr


def test_it_tells_the_desks_words_to_a_known_key_only_after_it_has_signed(here: World) -> None:
    here.start()
    here.desk.refusal = ("window", "The window opens at noon.")
    ran = here.ssh("true")
    assert ran.returncode == 255 and b"The window opens at noon." in ran.stderr
    # Whoever has only the public half gets no further than the question whether it would do.
    public = here.folder / "only-public"
    public.write_text(here.key.with_suffix(".pub").read_text())
    stranger = make_key(here.folder / "other")
    here.key = public
    ran = here.ssh("true", options=("-i", str(stranger)))
    assert ran.returncode == 255 and b"noon" not in ran.stderr


def test_it_wants_the_second_factor_and_gives_three_tries(here: World) -> None:
    here.start()
    ran = here.ssh("true", code="000000")
    assert ran.returncode == 255 and b"Wrong code." in ran.stderr
    assert here.ssh("true").returncode == 0
    here.desk.factor = False
    assert here.ssh("true", code="000000").returncode == 0


def test_it_never_lets_in_by_the_code_alone(here: World) -> None:
    here.start()
    ran = here.ssh("true", options=("-o", "PubkeyAuthentication=no"))
    assert ran.returncode == 255 and here.desk.opened == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"engineers": [{"id": 4, "name": "Oleg"}]}, b"does not name you"),
        ({"hosts": None}, b"knows no host web1"),
        ({"window": (10, 20)}, b"it is not open now"),
        ({"window": (-20, -10)}, b"it is not open now"),
    ],
)
def test_it_looks_at_the_agreement_itself_whatever_the_desk_says(here: World, changes: dict, words: bytes) -> None:
    now = datetime.now(UTC)
    if "window" in changes:
        begins, ends = (now + timedelta(minutes=minutes) for minutes in changes["window"])
        changes = {"window": window(begins, ends)}
    if "hosts" in changes:
        changes = {"hosts": [{**json.loads(here.desk.agreement)["hosts"][0], "name": "db1"}]}
    here.agree(**changes)
    here.start()
    ran = here.ssh("true")
    assert ran.returncode == 1 and words in ran.stderr
    assert here.desk.opened == []


def test_it_speaks_the_engineers_language(here: World) -> None:
    here.desk.language = "ru"
    here.agree(engineers=[])
    here.start()
    assert "Вас нет в соглашении." in here.ssh("true").stderr.decode()


def test_it_leaves_a_host_that_shows_another_key(here: World) -> None:
    host = json.loads(here.desk.agreement)["hosts"][0]
    other = make_key(here.folder / "impostor").with_suffix(".pub").read_text()
    here.agree(hosts=[{**host, "host_keys": [" ".join(other.split()[:2])]}])
    here.start()
    ran = here.ssh("true")
    assert ran.returncode == 1 and b"another host key than the agreement names" in ran.stderr
    assert here.desk.wait_told("ended")["facts"]["reason"] == "host"


def test_it_tells_the_desk_before_it_dials_the_host(here: World) -> None:
    host = json.loads(here.desk.agreement)["hosts"][0]
    here.agree(hosts=[{**host, "port": 1}])
    here.start()
    ran = here.ssh("true")
    assert ran.returncode == 1 and b"web1 cannot be reached" in ran.stderr
    assert [one["host"] for one in here.desk.opened] == ["web1"]
    here.desk.wait_told("ended")
    assert here.frames()[-1].kind is Kind.END


@pytest.mark.parametrize(
    ("away", "words"), [("signer", b"signer does not answer"), ("ledger", b"ledger does not answer")]
)
def test_it_opens_nothing_without_signer_or_ledger(here: World, away: str, words: bytes) -> None:
    here.start()
    getattr(here, away).stop()
    setattr(here, away, None)
    ran = here.ssh("true")
    assert ran.returncode == 1 and words in ran.stderr
    assert here.desk.opened == []


def test_it_lets_nobody_in_while_the_desk_is_away(here: World) -> None:
    here.start()
    here.desk.away = True
    ran = here.ssh("true")
    assert ran.returncode == 255 and b"The desk does not answer" in ran.stderr
