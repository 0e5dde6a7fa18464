"""The verifying page, opened from the disk in a real browser, as a customer opens it."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opora.evidence import verify
from opora.evidence.frames import Kind
from tests.evidence import second_verifier
from tests.evidence.mutations import flips, records, spellings, whole_parts, zips
from tests.evidence.recording import SECOND, SIGNER, STARTED, Recording, short_session
from tests.evidence.test_verify import rewritten
from tests.laws.sources import CHECKOUT
from tests.pages import browser as helm


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    helm.chromium()
    with helm.browser() as running:
        yield running


@pytest.fixture
def check(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """Return a function that drops a bundle on the page out of it and returns the verdict and what held."""
    context = chromium.new_context(offline=True)

    def checked(bundle: Path, key: str = "") -> tuple[str, list[str]]:
        with zipfile.ZipFile(bundle) as archive:
            alone = archive.extract("verify.html", tmp_path / "alone")
        page = context.new_page()
        page.goto(Path(alone).as_uri())
        page.fill("#key", key)
        page.set_input_files("#file", bundle)
        page.wait_for_selector("#verdict.good, #verdict.bad")
        return page.inner_text("#verdict"), page.locator("#held li").all_inner_texts()

    yield checked
    context.close()


def test_it_finds_a_whole_record_whole(check: Any, tmp_path: Path) -> None:
    verdict, held = check(short_session().bundled(tmp_path), SIGNER.verifier_key)
    assert "whole and unchanged" in verdict
    assert len(held) == 6
    assert "key yours" in held[2]


def test_it_reads_any_bytes_the_way_the_other_verifier_does(check: Any, tmp_path: Path) -> None:
    recording = Recording()
    for start in range(0, 256, 5):
        recording.add(
            Kind.OUTPUT, bytes((start * 7 + n * 31) % 256 for n in range(40)) + "я€😀"[start % 3].encode()[:2]
        )
    recording.end()
    assert "whole and unchanged" in check(recording.bundled(tmp_path))[0]


def test_it_names_the_first_bad_frame(check: Any, tmp_path: Path) -> None:
    whole = short_session().bundled(tmp_path)
    forged = rewritten(whole, "session.frames", lambda frames: frames.replace(b"Filesystem", b"Filesystim"))
    verdict, held = check(forged)
    assert "frame 3, byte" in verdict
    assert held == []


@pytest.mark.parametrize("name", ["agreement.json", "heads.notes", "log.json", "session.cast", "keys.json"])
def test_it_finds_a_change_in_every_other_part(check: Any, tmp_path: Path, name: str) -> None:
    whole = short_session().bundled(tmp_path)
    forged = rewritten(whole, name, lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:])
    assert "not what it should be" in check(forged)[0]


def test_it_refuses_what_was_typed_outside_the_window(check: Any, tmp_path: Path) -> None:
    recording = Recording()
    recording.add(Kind.INPUT, b"late", wall_ns=STARTED + 7200 * SECOND)
    recording.end()
    assert "typed outside the agreed window" in check(recording.bundled(tmp_path))[0]


def test_it_names_a_time_stamp_and_refuses_another_checkpoints(check: Any, tmp_path: Path) -> None:
    whole = short_session().bundled(tmp_path, time_stamp=b"in its place")
    with zipfile.ZipFile(whole) as archive:
        digest = hashlib.sha256(json.loads(archive.read("log.json"))["checkpoint"].encode())
    verdict, held = check(rewritten(whole, "checkpoint.tsr", lambda _: b"..." + digest.digest()))
    assert "whole and unchanged" in verdict
    assert "not proven here" in held[-1] and digest.hexdigest() in held[-1]
    assert "stamps something else" in check(whole)[0]


def test_it_says_when_it_cannot_check(check: Any, tmp_path: Path) -> None:
    verdict, _ = check(short_session().bundled(tmp_path), "no key at all")
    assert "another key than yours" in verdict


def test_all_three_verifiers_say_the_same_whatever_they_are_given(
    chromium: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = whole_parts()
    tried = [*zips(parts), *spellings(parts), *records(), *flips(20260914, 160)]
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((CHECKOUT / "opora" / "evidence" / "verify.html").as_uri())
    verdicts = set()
    for start in range(0, len(tried), 50):
        some = tried[start : start + 50]
        said = page.evaluate(ASK, [base64.b64encode(bundle).decode() for _, bundle in some])
        for (name, bundle), browser in zip(some, said, strict=True):
            path = tmp_path / "tried.zip"
            path.write_bytes(bundle)
            ours = verify.main([str(path)])
            printed = capsys.readouterr().out
            second = second_verifier.check(bundle)[0]
            assert (browser[0], second) == (ours, ours), (name, second, browser, printed)
            verdicts.add(ours)
    context.close()
    assert verdicts == {0, 1, 2}


ASK = """async (bundles) => {
  const said = [];
  for (const bundle of bundles) {
    const bytes = Uint8Array.from(atob(bundle), (letter) => letter.charCodeAt(0));
    try { await verify(bytes, "", null, () => {}); said.push([0, ""]); }
    catch (error) { said.push([error instanceof Unable ? 2 : 1, String(error)]); }
  }
  return said;
}"""
