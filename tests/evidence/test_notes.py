"""Signed notes: only the very key, only the very text."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

from opora.evidence import verify
from opora.evidence.notes import Checkpoint, SessionHead, Signer, Unsigned, open_note, read_verifier_key
from tests.evidence.recording import SESSION, SIGNER, STRANGER


def test_it_opens_a_note_with_the_key_that_signed_it() -> None:
    head = SessionHead(SESSION, 7, 900, bytes(32))
    note = SIGNER.sign(head.text())
    assert SessionHead.from_text(open_note(note, SIGNER.verifier_key)) == head
    assert verify.open_note(note, SIGNER.verifier_key, "the note") == head.text()


def test_it_refuses_a_stranger_of_the_same_name() -> None:
    note = STRANGER.sign("a text\n")
    with pytest.raises(Unsigned):
        open_note(note, SIGNER.verifier_key)
    with pytest.raises(verify.Bad, match="not signed by"):
        verify.open_note(note, SIGNER.verifier_key, "the note")


def test_it_finds_its_own_signature_among_several() -> None:
    text = Checkpoint("opora.example/log", 3, bytes(32)).text()
    witness = Signer("witness.example", Ed25519PrivateKey.generate())
    both = witness.sign(text) + SIGNER.sign(text).removeprefix(text + "\n")
    assert open_note(both, SIGNER.verifier_key) == open_note(both, witness.verifier_key) == text


@given(some.data())
def test_it_refuses_a_note_with_any_letter_changed(drawn: some.DataObject) -> None:
    note = SIGNER.sign(SessionHead(SESSION, 7, 900, bytes(32)).text())
    at = drawn.draw(some.integers(0, len(note) - 1))
    letter = drawn.draw(some.characters(codec="utf-8").filter(lambda letter: letter != note[at]))
    changed = note[:at] + letter + note[at + 1 :]
    with pytest.raises(Unsigned):
        open_note(changed, SIGNER.verifier_key)
    with pytest.raises(verify.Bad):
        verify.open_note(changed, SIGNER.verifier_key, "the note")


def test_it_takes_nothing_but_a_line_feed_for_a_lines_end() -> None:
    note = SIGNER.sign("a text\n")
    for otherwise in ("\r", "\x0b", "\x1c", "\u2028"):
        with pytest.raises(Unsigned):
            open_note(note[:-1] + otherwise, SIGNER.verifier_key)


@given(some.binary(min_size=32, max_size=32), some.binary(max_size=200), some.booleans())
def test_its_plain_arithmetic_agrees_with_the_library_about_signatures(seed: bytes, text: bytes, spoil: bool) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    signature = bytearray(key.sign(text))
    if spoil:
        signature[len(text) % 64] ^= 1
    assert verify.signed(key.public_key().public_bytes_raw(), text, bytes(signature)) is not spoil


@pytest.mark.parametrize("line", ["", "name", "name+00000000+AAAA", SIGNER.verifier_key.replace("opora", "opera")])
def test_it_refuses_a_misspelt_key(line: str) -> None:
    with pytest.raises(ValueError):
        read_verifier_key(line)
    with pytest.raises(verify.Unable):
        verify.open_note(SIGNER.sign("a text\n"), line, "the note")


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_it_refuses_a_signer_whose_name_could_be_misread(name: str) -> None:
    with pytest.raises(ValueError):
        Signer(name, Ed25519PrivateKey.generate())
