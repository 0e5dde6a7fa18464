"""Time stamps of a third party on the log's checkpoints (RFC 3161): a question, and what its answer proves.

Asks nobody by itself and reads no clock: whoever sends the question brings the answer back here. Also the whole of
`opora verify`: the file in the bundle needs nothing but Python, so stamps it can only name.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rfc3161_client as tsp
from cryptography import x509

from opora.evidence import verify


class Unproven(ValueError):
    """A time stamp that does not prove what it should; says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent to an authority, for the stamp of one checkpoint's note."""

    note: bytes
    request: tsp.TimeStampRequest

    @classmethod
    def about(cls, note: bytes) -> "Question":
        """Return the question: SHA-256 of the note, a nonce, and the wish for the authority's certificates."""
        wish = tsp.TimestampRequestBuilder(note, tsp.HashAlgorithm.SHA256)
        return cls(note, wish.nonce(nonce=True).cert_request(cert_request=True).build())

    def sent(self) -> bytes:
        """Return the octets of application/timestamp-query."""
        return self.request.as_bytes()

    def answered(self, reply: bytes, roots: bytes | None = None) -> datetime:
        """Return the moment the reply tells, if it answers this very question. Raises Unproven.

        With the authority's certificates (PEM) its signature is proven too; without them it is only kept.
        """
        if _opened(reply).tst_info.nonce != self.request.nonce:
            raise Unproven("it answers another question")
        return read(reply, self.note) if roots is None else prove(reply, self.note, roots)


def read(reply: bytes, note: bytes) -> datetime:
    """Return the moment a reply tells for exactly this note; its signature is not looked at. Raises Unproven."""
    told = _opened(reply).tst_info
    if told.message_imprint.message != hashlib.sha256(note).digest():
        raise Unproven("it stamps something else")
    return told.gen_time


def prove(reply: bytes, note: bytes, roots: bytes) -> datetime:
    """Return the moment for which one of the authorities (PEM) signed that the note was there. Raises Unproven."""
    opened = _opened(reply)
    try:
        chosen = tsp.VerifierBuilder(roots=list(x509.load_pem_x509_certificates(roots))).build()
        chosen.verify_message(opened, note)
    except (tsp.VerificationError, ValueError) as trouble:
        raise Unproven(f"{trouble}") from trouble
    return opened.tst_info.gen_time


def main(arguments: Sequence[str]) -> int:
    """Check a bundle as its own verify.py does, and its time stamp by the authority's certificates (`--tsa PEM`)."""
    ours = argparse.ArgumentParser(add_help=False)
    ours.add_argument("--tsa")
    chosen, rest = ours.parse_known_args(arguments)
    return verify.main(rest, None if chosen.tsa is None else lambda files: _stamped(files, chosen.tsa))


def _stamped(files: verify.Files, file: str) -> Iterator[str]:
    if "checkpoint.tsr" not in files:
        raise verify.Bad("the bundle holds no time stamp")
    try:
        roots = Path(file).read_bytes()
    except OSError as trouble:
        raise verify.Unable(f"{file}: {trouble.strerror}") from trouble
    note = json.loads(files["log.json"])["checkpoint"].encode()
    try:
        yield f"the log stood so at {prove(files['checkpoint.tsr'], note, roots):%Y-%m-%d %H:%M:%S} UTC: stamped by a third party"
    except Unproven as trouble:
        raise verify.Bad(f"the time stamp proves nothing: {trouble}") from trouble


def _opened(reply: bytes) -> tsp.TimeStampResponse:
    try:
        opened = tsp.decode_timestamp_response(reply)
    except ValueError as trouble:
        raise Unproven(f"it is no time stamp, or not as DER wants it: {trouble}") from trouble
    if opened.status != tsp.PKIStatus.GRANTED:
        raise Unproven(f"the authority refused ({opened.status}: {' '.join(opened.status_string) or 'no reason'})")
    return opened
