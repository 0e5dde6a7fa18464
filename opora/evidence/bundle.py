"""The bundle: everything about one session in one file that checks itself, for the customer to keep.

Puts together what others wrote and signed; signs nothing and reads no clock.
"""

import base64
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from opora.evidence import verify
from opora.evidence.frames import canonical
from opora.evidence.ledger import Ledger

# The oldest moment a zip can name: the same record makes the same bytes, whenever it is exported.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a bundle is made of. `entries` are the log's numbers of the agreement and of the session's end."""

    frames: bytes
    agreement: bytes
    heads: Sequence[str]
    verifier_key: str
    checkpoint: str
    checkpoint_entries: int
    entries: Sequence[int]
    keys: bytes | None = None
    time_stamp: bytes | None = None


def write_bundle(path: Path, sources: Sources, ledger: Ledger) -> Path:
    """Write the bundle and return its path. The same sources give the same bytes."""
    files = {
        "README.txt": _README.encode(),
        "agreement.json": sources.agreement,
        "heads.notes": "\n\n".join(sources.heads).encode(),
        "key.txt": (sources.verifier_key + "\n").encode(),
        "log.json": canonical(_log(sources, ledger)),
        "session.cast": "".join(verify.cast(sources.frames)).encode(),
        "session.frames": sources.frames,
        "verify.html": _beside("verify.html"),
        "verify.py": _beside("verify.py"),
    }
    if sources.keys is not None:
        files["keys.json"] = sources.keys
    if sources.time_stamp is not None:
        files["checkpoint.tsr"] = sources.time_stamp
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _NO_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path


def _log(sources: Sources, ledger: Ledger) -> dict[str, object]:
    size = sources.checkpoint_entries
    return {
        "checkpoint": sources.checkpoint,
        "entries": [
            {
                "index": index,
                "entry": ledger.entry(index).decode(),
                "proof": [base64.b64encode(part).decode() for part in ledger.proof_of(index, entries=size)],
            }
            for index in sources.entries
        ],
    }


def _beside(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()


_README = """\
The record of work done on your servers, and all you need to check it.

  session.frames   every byte the engineer saw or sent, in frames, each tied to the one before
  agreement.json   what you confirmed in writing: window, host, engineer, level
  heads.notes      signed during the session: how far the record had come
  log.json         the provider's public log: that agreement and session stand in it
  session.cast     the same for a player of terminal recordings (asciicast v3)
  checkpoint.tsr   if it is there: a third party's stamp of when the log stood like that (RFC 3161)
  keys.json        the sealed keys to what was typed; yours opens with your own key
  verify.py        python3 verify.py THIS.zip    needs nothing but Python 3.9 or newer
  verify.html      open it in a browser and drop this file on it; nothing leaves your machine

The provider's key must come to you by another road than this file: see the letter that
confirmed the agreement. Then: python3 verify.py THIS.zip --key 'the line'
"""
