"""The ledger: keeps agreements, signs heads that only go forward, seals what fits, and proves it to the verifier."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from opora.evidence import tree, verify
from opora.evidence.frames import Kind
from opora.evidence.journal import Journal
from opora.evidence.notes import Checkpoint, SessionHead, open_note
from opora.gateway.keeping.bundling import make_bundle
from opora.gateway.keeping.keeper import LEEWAY, Damaged, Keeper
from opora.gateway.sockets import Refused
from tests.gateway.recordings import STARTED, Worked, agreement_text, digest_of, keeper_in

AGREED = agreement_text()
DIGEST = digest_of(AGREED)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = keeper_in(tmp_path)
    keeper.agree(AGREED)
    yield keeper
    keeper.close()


@pytest.fixture
def journal(keeper: Keeper) -> Iterator[Journal]:
    journal = Journal(keeper.places.journals / "1.journal")
    yield journal
    journal.close()


def kinds(keeper: Keeper) -> list[str]:
    return [json.loads(keeper.log.entry(n))["kind"] for n in range(len(keeper.log))]


def refusal(act: object, *arguments: object, **more: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*arguments, **more)  # type: ignore[operator]
    assert refused.value.reason.endswith(".")
    return refused.value.code


def test_it_keeps_an_agreement_once_and_names_it_by_its_hash(keeper: Keeper) -> None:
    assert keeper.agree(AGREED) == {"sha256": DIGEST, "entry": 0}
    kept = keeper.places.agreements / f"{DIGEST}.json"
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (AGREED, 0o400)
    assert kinds(keeper) == ["agreement"]


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"b":1,"a":1}', "{"])
def test_it_takes_no_agreement_that_could_be_spelt_otherwise(keeper: Keeper, text: str) -> None:
    assert refusal(keeper.agree, text) == "agreement"


def test_it_ends_a_session_and_the_bundle_verifies(keeper: Keeper, journal: Journal, tmp_path: Path) -> None:
    worked = Worked(journal, DIGEST)
    keeper.begin(worked.session, DIGEST)
    for _ in range(3):
        worked.say(4)
        keeper.head(worked.head())
    head = worked.end()
    done = keeper.end(head, agreement=DIGEST, reason="exit")
    assert open_note(done["note"], keeper.signer.verifier_key) == head.text()
    assert kinds(keeper) == ["agreement", "opened", "session"]
    made = make_bundle(keeper, worked.session, path=tmp_path / "T-1042.zip", by="contact:5")
    held = list(verify.verify(made["path"], key=keeper.signer.verifier_key, receipt=done["note"]))
    assert "4 signed heads" in held[2]
    assert "agreement and session stand in the log opora.example/log of 4 entries" in held[3]
    assert kinds(keeper)[-1] == "export"


def test_it_gives_the_same_answer_when_a_session_ends_twice(keeper: Keeper, journal: Journal) -> None:
    head = Worked(journal, DIGEST).end()
    first = keeper.end(head, agreement=DIGEST, reason="exit")
    assert keeper.end(head, agreement=DIGEST, reason="exit") == first
    assert kinds(keeper).count("session") == 1
    otherwise = SessionHead(head.session, head.frames + 1, head.size + 90, bytes(32))
    assert refusal(keeper.end, otherwise, agreement=DIGEST, reason="exit") == "ended"
    assert refusal(keeper.head, otherwise) == "ended"


def test_it_seals_one_session_out_of_journals_that_hold_many(keeper: Keeper, journal: Journal) -> None:
    one, other = Worked(journal, DIGEST), Worked(journal, DIGEST, session=bytes(16))
    for _ in range(20):
        one.say(1)
        other.say(2)
    later = Journal(keeper.places.journals / "2.journal")
    one.journal = later
    one.say(3)
    done = keeper.end(one.end(), agreement=DIGEST, reason="exit", journal="1.journal")
    later.close()
    (sealed,) = keeper.places.sealed.iterdir()
    assert sealed.read_bytes() == b"".join(one.written)
    assert sealed.name.endswith(f"{done['segments'][0]}.frames")


def test_it_passes_over_journals_that_were_finished_before_the_session_began(keeper: Keeper, journal: Journal) -> None:
    worked = Worked(journal, DIGEST)
    keeper.begin(worked.session, DIGEST)
    head = worked.end()
    os.utime(journal.path, ns=(STARTED - 2 * LEEWAY,) * 2)
    assert refusal(keeper.end, head, agreement=DIGEST, reason="exit") == "misfit"
    os.utime(journal.path, ns=(STARTED - LEEWAY,) * 2)
    assert keeper.end(head, agreement=DIGEST, reason="exit")["entry"] == 3


def test_it_signs_no_head_that_goes_back(keeper: Keeper, journal: Journal) -> None:
    worked = Worked(journal, DIGEST)
    assert refusal(keeper.head, worked.head()) == "session"
    keeper.begin(worked.session, DIGEST)
    worked.say(2)
    early = worked.head()
    worked.say(2)
    late = worked.head()
    note = keeper.head(late)
    assert refusal(keeper.head, early) == "back"
    assert refusal(keeper.head, SessionHead(late.session, late.frames, late.size, bytes(32))) == "back"
    assert keeper.head(late) == note


def test_it_remembers_over_a_restart_what_it_signed(keeper: Keeper, journal: Journal, tmp_path: Path) -> None:
    worked = Worked(journal, DIGEST)
    keeper.begin(worked.session, DIGEST)
    early = worked.head()
    worked.say(2)
    note = keeper.head(worked.head())
    again = keeper_in(tmp_path)
    assert again.head(worked.head()) == note
    assert refusal(again.head, early) == "back"
    again.close()


def test_it_steps_over_a_note_that_a_crash_tore(keeper: Keeper, journal: Journal, tmp_path: Path) -> None:
    worked = Worked(journal, DIGEST)
    keeper.begin(worked.session, DIGEST)
    keeper.head(worked.head())
    notes = keeper.places.heads / f"{worked.session.hex()}.notes"
    with notes.open("a") as file:
        file.write("opora session head v1\n0001")
    again = keeper_in(tmp_path)
    worked.say(1)
    again.head(worked.head())
    assert [head.frames for head, _ in again.heads.all(worked.session.hex())] == [1, 2]
    again.close()


def test_it_seals_nothing_that_was_changed_after_it_was_signed(keeper: Keeper, journal: Journal) -> None:
    worked = Worked(journal, DIGEST)
    keeper.begin(worked.session, DIGEST)
    worked.say(3)
    keeper.head(worked.head())
    forged = Worked(Journal(keeper.places.journals / "0.journal"), DIGEST)
    forged.add(Kind.OUTPUT, b"nothing happened\r\n")
    forged.say(9)
    head = forged.end()
    assert refusal(keeper.end, head, agreement=DIGEST, reason="exit", journal="0.journal") == "misfit"
    assert kinds(keeper)[-1] == "misfit"
    assert list(keeper.places.sealed.iterdir()) == []
    assert refusal(keeper.end, head, agreement=DIGEST, reason="exit", journal="0.journal") == "misfit"
    assert kinds(keeper).count("misfit") == 1


def test_it_seals_nothing_without_an_end(keeper: Keeper, journal: Journal) -> None:
    worked = Worked(journal, DIGEST)
    worked.say(3)
    assert refusal(keeper.end, worked.head(), agreement=DIGEST, reason="lost") == "misfit"


def test_it_knows_no_session_under_an_agreement_that_is_not_in_the_log(keeper: Keeper) -> None:
    assert refusal(keeper.begin, bytes(16), "ab" * 32) == "agreement"


def test_it_keeps_a_session_to_the_agreement_it_was_begun_under(keeper: Keeper) -> None:
    other = keeper.agree(agreement_text(ticket="T-1043"))["sha256"]
    keeper.begin(bytes(16), DIGEST)
    assert refusal(keeper.begin, bytes(16), other) == "session"
    assert keeper.begin(bytes(16), DIGEST) == {}


def test_it_begins_nothing_under_an_agreement_taken_back(keeper: Keeper) -> None:
    keeper.withdraw(DIGEST, by="Clara", why="not today")
    assert refusal(keeper.begin, bytes(16), DIGEST) == "withdrawn"


@pytest.mark.parametrize("kind", ["agreement", "session", "opened", "withdrawn", "retention", "misfit", ""])
def test_it_takes_no_word_of_others_for_what_it_must_know_itself(keeper: Keeper, kind: str) -> None:
    assert refusal(keeper.enter, {"kind": kind, "session": "00" * 16}) == "kind"


def test_it_says_itself_when_an_entry_was_made(keeper: Keeper) -> None:
    number = keeper.enter({"kind": "view", "session": "00" * 16, "by": "contact:5", "at": 1})
    assert json.loads(keeper.log.entry(number))["at"] == STARTED


def test_it_only_ever_extends_how_long_a_record_is_kept(keeper: Keeper, journal: Journal, tmp_path: Path) -> None:
    head = Worked(journal, DIGEST).end()
    until = keeper.end(head, agreement=DIGEST, reason="exit")["keep_until"]
    assert until == 2_104_988_400 * 1_000_000_000  # 2036-09-14T07:00:00Z
    assert refusal(keeper.extend, head.session, until=until - 1, by="Boris") == "retention"
    assert keeper.extend(head.session, until=until + 1, by="Clara") == {"until": until + 1}
    again = keeper_in(tmp_path)
    assert refusal(again.extend, head.session, until=until, by="Boris") == "retention"
    again.close()


def test_it_signs_checkpoints_that_grow_out_of_one_another(keeper: Keeper) -> None:
    def signed() -> Checkpoint:
        return Checkpoint.from_text(open_note(keeper.checkpoint(), keeper.signer.verifier_key))

    yesterday = signed()
    assert signed() == yesterday
    for n in range(5):
        keeper.enter({"kind": "view", "n": n})
    today = signed()
    proof = keeper.log.proof_of_growth(yesterday.entries)
    assert tree.consistent(yesterday.entries, today.entries, yesterday.root, today.root, proof)


@pytest.mark.parametrize("way", ["shortened", "changed"])
def test_it_does_not_go_on_from_a_log_that_was_changed(keeper: Keeper, tmp_path: Path, way: str) -> None:
    keeper.enter({"kind": "view", "by": "Boris"})
    keeper.checkpoint()
    whole = keeper.places.log.read_bytes()
    changed = whole[: 4 + int.from_bytes(whole[:4], "big")] if way == "shortened" else whole.replace(b"Boris", b"Clara")
    keeper.places.log.write_bytes(changed)
    with pytest.raises(Damaged, match="does not hold the 2 entries"):
        keeper_in(tmp_path)


def test_it_writes_no_bundle_over_a_file_or_among_the_records(keeper: Keeper, journal: Journal, tmp_path: Path) -> None:
    head = Worked(journal, DIGEST).end()
    keeper.end(head, agreement=DIGEST, reason="exit")
    made = make_bundle(keeper, head.session)
    assert Path(made["path"]).parent == keeper.places.bundles
    assert refusal(make_bundle, keeper, head.session, path=Path(made["path"])) == "path"
    assert refusal(make_bundle, keeper, head.session, path=keeper.places.agreements / "x.json") == "path"
    assert refusal(make_bundle, keeper, head.session, path=Path("here.zip")) == "path"
    assert refusal(make_bundle, keeper, bytes(16)) == "session"
