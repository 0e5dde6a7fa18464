"""Letters that are signed or encrypted, where the desk has keys: S/MIME with OpenSSL's verifier, PGP with GnuPG.

Whatever goes wrong here is said beside the letter and never a reason to fail. A valid signature says who signed, not who wrote:
it counts only when the signer's address is the one in From. The folder of keys holds `*.pem` (a private key with its certificate:
letters to it are decrypted), `trusted.crt` (whose certificates are believed) and `gnupg/` (a GnuPG home).
"""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from .parsing import Letter
from .parsing.headers import split_head
from .parsing.sealing import armoured, enveloped, signed_entity
from .parsing.tree import read_tree
from .understanding import TooHard, understand

SECONDS = 20
_GOOD = re.compile(r"^\[GNUPG:\] GOODSIG \S+ (.*)$", re.M)
_MAILBOX = re.compile(r"<([^<>\s]+@[^<>\s]+)>|^(\S+@\S+)$")


def open_letter(raw: bytes, keys: Path | None) -> Letter:
    """The letter, decrypted where we have the key, with what is known of its signature in `seal`. Raises TooHard."""
    letter = understand(raw)
    if keys is None or not (letter.encrypted or letter.signed):
        return letter
    if letter.encrypted:
        inner = _decrypted(raw, letter.encrypted, keys)
        if inner is None:
            return replace(letter, seal="It is encrypted, and none of our keys opens it.")
        letter = _opened(raw, inner, letter)
        raw = inner
    if letter.signed:
        words = _verified(raw, letter.signed, keys, letter.sender.key if letter.sender else "")
        letter = replace(letter, seal=f"{letter.seal} {words}".strip())
    return letter


def _opened(raw: bytes, inner: bytes, outer: Letter) -> Letter:
    """The letter with its own head and the body that was inside."""
    head, _ = split_head(raw)
    head.fields = [(name, value) for name, value in head.fields if not name.startswith("content-")]
    whole = head.as_octets().rstrip(b"\n") + b"\n" + inner
    try:
        letter = understand(whole)
    except TooHard:
        return replace(outer, seal="It was decrypted, but reading it took more time or memory than one letter may.")
    return replace(letter, encrypted=outer.encrypted, seal="It came encrypted.")


def _decrypted(raw: bytes, way: str, keys: Path) -> bytes | None:
    """The MIME entity inside, None when no key opens it."""
    tree, _ = read_tree(raw)
    if way == "smime":
        return _decrypted_smime(enveloped(tree), keys)
    done = _run(["gpg", "--homedir", str(keys / "gnupg"), "--batch", "--quiet", "--decrypt"], armoured(tree))
    if done is None or not done.stdout:
        return None
    if tree.type == "multipart/encrypted":
        return done.stdout
    return b"Content-Type: text/plain; charset=utf-8\n\n" + done.stdout


def _decrypted_smime(octets: bytes, keys: Path) -> bytes | None:
    for path in sorted(keys.glob("*.pem")):
        try:
            held = path.read_bytes()
            key = serialization.load_pem_private_key(held, None)
            if isinstance(key, rsa.RSAPrivateKey):
                return pkcs7.pkcs7_decrypt_der(octets, x509.load_pem_x509_certificate(held), key, [])
        except (ValueError, TypeError, OSError, UnsupportedAlgorithm):
            continue
    return None


def _verified(raw: bytes, way: str, keys: Path, sender: str) -> str:
    """What can be said of the signature, in words."""
    signers = _signers_smime(raw, keys) if way == "smime" else _signers_pgp(raw, keys)
    if signers is None:
        return "It is signed, but the signature could not be verified."
    if sender and sender in signers:
        return f"It is signed by {sender}: the signature is valid."
    return f"It is signed by {', '.join(signers) or 'somebody without an address'}, who is not the sender it names."


def _signers_smime(raw: bytes, keys: Path) -> list[str] | None:
    trusted = keys / "trusted.crt"
    if not trusted.is_file():
        return None
    with tempfile.TemporaryDirectory() as folder:
        signer = Path(folder) / "signer.pem"
        command = ["openssl", "cms", "-verify", "-inform", "SMIME", "-CAfile", str(trusted), "-signer", str(signer)]
        done = _run([*command, "-out", str(Path(folder) / "content")], raw)
        if done is None or done.returncode != 0 or not signer.is_file():
            return None
        try:
            certificates = x509.load_pem_x509_certificates(signer.read_bytes())
        except ValueError:
            return None
    return [address for certificate in certificates for address in _addresses_in(certificate)]


def _addresses_in(certificate: x509.Certificate) -> list[str]:
    found = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        found += names.value.get_values_for_type(x509.RFC822Name)
    except (x509.ExtensionNotFound, ValueError):
        pass
    return list(dict.fromkeys(address.lower() for address in found))


def _signers_pgp(raw: bytes, keys: Path) -> list[str] | None:
    tree, _ = read_tree(raw)
    gpg = ["gpg", "--homedir", str(keys / "gnupg"), "--batch", "--status-fd", "1"]
    with tempfile.TemporaryDirectory() as folder:
        entity, signature = signed_entity(raw, tree)
        if signature:
            place = Path(folder) / "signature.asc"
            place.write_bytes(signature)
            done = _run([*gpg, "--verify", str(place), "-"], entity)
        else:
            done = _run([*gpg, "--verify"], tree.content())
    if done is None or done.returncode != 0:
        return None
    names = _GOOD.findall(done.stdout.decode("utf-8", "replace"))
    return [(found[1] or found[2]).lower() for name in names if (found := _MAILBOX.search(name))]


def _run(command: Sequence[str], given: bytes) -> "subprocess.CompletedProcess[bytes] | None":
    """What the program said; None when it is not here or took too long."""
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
