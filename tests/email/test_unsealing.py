"""Letters signed and encrypted, with real keys, OpenSSL and GnuPG."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from opora.desk.channels.email import rules
from opora.desk.channels.email.explaining import explain
from opora.desk.channels.email.parsing import read_letter
from opora.desk.channels.email.unsealing import open_letter

FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xd0\x94\xd0\xb0, start at night.\r\n"
HEAD = b"From: Clara <clara@bakery.example>\r\nSubject: Sealed\r\n"
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not here")


class Keys:
    """Clara's certificate and key, and the desk's folder that believes her and can read what is written to it."""

    def __init__(self, folder: Path, address: str = "clara@bakery.example") -> None:
        self.folder = folder
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Clara")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(7).not_valid_before(FROM).not_valid_after(FROM + dt.timedelta(days=36500))
        made = made.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
        self.certificate = made.add_extension(x509.BasicConstraints(True, None), critical=True).sign(
            self.key, hashes.SHA256()
        )
        pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "desk.pem").write_bytes(pem + self.key.private_bytes(serialization.Encoding.PEM, *plain))
        (folder / "trusted.crt").write_bytes(pem)

    def signed(self) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(INNER).add_signer(self.certificate, self.key, hashes.SHA256())
        return HEAD + builder.sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])

    def encrypted(self, entity: bytes = INNER) -> bytes:
        builder = pkcs7.PKCS7EnvelopeBuilder().set_data(entity).add_recipient(self.certificate)
        return HEAD + builder.encrypt(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.Binary])


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_it_decrypts_a_letter_to_our_key(keys: Keys) -> None:
    letter = open_letter(keys.encrypted(), keys.folder)
    assert letter.text.strip() == "Да, start at night."
    assert (letter.subject, letter.encrypted, letter.seal) == ("Sealed", "smime", "It came encrypted.")
    facts = explain(keys.encrypted(), keys=keys.folder)
    assert facts["encrypted"] is True and facts["text"].strip() == "Да, start at night."


def test_it_says_that_it_has_no_key(keys: Keys, tmp_path: Path) -> None:
    raw = keys.encrypted()
    assert not read_letter(raw).text.strip()
    (keys.folder / "desk.pem").write_text("no key at all")
    assert rules.remarks(open_letter(raw, keys.folder)) == ["It is encrypted, and none of our keys opens it."]
    assert "the desk has no keys" in rules.remarks(open_letter(raw, None))[0]


@needs_openssl
def test_it_believes_a_signature_of_the_sender_only(keys: Keys) -> None:
    raw = keys.signed()
    assert open_letter(raw, keys.folder).seal == "It is signed by clara@bakery.example: the signature is valid."
    other = raw.replace(b"From: Clara <clara@", b"From: Clara <boss@")
    assert open_letter(other, keys.folder).seal.endswith("who is not the sender it names.")


@needs_openssl
@pytest.mark.parametrize("spoil", [(b"at night", b"at noon "), (b"MII", b"AII")])
def test_it_does_not_believe_a_spoilt_signature(keys: Keys, spoil: tuple[bytes, bytes]) -> None:
    letter = open_letter(keys.signed().replace(*spoil), keys.folder)
    assert letter.seal == "It is signed, but the signature could not be verified."
    assert "start" in letter.text


@needs_openssl
def test_it_verifies_what_was_signed_inside_the_encryption(keys: Keys) -> None:
    signed = keys.signed()[len(HEAD) :]
    letter = open_letter(keys.encrypted(signed), keys.folder)
    assert letter.seal == "It came encrypted. It is signed by clara@bakery.example: the signature is valid."
    assert letter.text.strip() == "Да, start at night."


@needs_gpg
def test_it_opens_and_verifies_pgp(tmp_path: Path) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    who = "Clara <clara@bakery.example>"
    subprocess.run([*gpg, "--quick-generate-key", who, "default", "default", "never"], check=True, capture_output=True)
    seal = [*gpg, "--armor", "--trust-model", "always", "--recipient", "clara@bakery.example", "--encrypt"]
    sealed = subprocess.run(seal, input=INNER, check=True, capture_output=True).stdout
    head = b"Content-Type: multipart/encrypted; protocol=application/pgp-encrypted; boundary=b\r\n\r\n"
    parts = (
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n\r\n" + sealed + b"\r\n--b--\r\n"
    )
    letter = open_letter(HEAD + head + parts, tmp_path)
    assert (letter.text.strip(), letter.encrypted, letter.seal) == ("Да, start at night.", "pgp", "It came encrypted.")
    signature = subprocess.run(
        [*gpg, "--armor", "--detach-sign"], input=INNER.rstrip(), check=True, capture_output=True
    ).stdout
    head = b"Content-Type: multipart/signed; protocol=application/pgp-signature; boundary=b\r\n\r\n"
    kind = b"Content-Type: application/pgp-signature\r\n\r\n"
    raw = HEAD + head + b"--b\r\n" + INNER.rstrip() + b"\r\n--b\r\n" + kind + signature + b"\r\n--b--\r\n"
    assert open_letter(raw, tmp_path).seal == "It is signed by clara@bakery.example: the signature is valid."
    assert "could not be verified" in open_letter(raw.replace(b"night", b"noon!"), tmp_path).seal
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"], check=False, capture_output=True)


def test_it_remarks_on_an_invitation() -> None:
    event = "BEGIN:VEVENT\nSUMMARY:Move\nDTSTART:20260914T070000Z\nDTEND:20260914T083000Z\nEND:VEVENT\n"
    ics = f"BEGIN:VCALENDAR\nMETHOD:REQUEST\n{event}"
    letter = read_letter(f"From: a@b.example\nContent-Type: text/calendar\n\n{ics}".encode())
    assert rules.remarks(letter) == ["Invitation: Move, 14.09.2026 07:00 UTC to 14.09.2026 08:30 UTC."]
