"""Keeping content by its hash. The same bytes are kept once; a kept file is never changed.

Types are judged from the bytes, never only from what the sender says; names are cleaned for display and download.
"""

import hashlib
import re
import unicodedata
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from opora.desk.kernel.models import StoredFile

LONGEST_NAME = 120
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
SAFE_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def keep(content: bytes, *, declared_type: str, at: datetime) -> StoredFile:
    """The stored file with exactly these bytes; written first to the storage, then to the database, so a row never
    points at nothing."""
    sha256 = hashlib.sha256(content).hexdigest()
    kept = StoredFile.objects.filter(sha256=sha256).first()
    if kept is not None:
        return kept
    file = StoredFile(sha256=sha256, size=len(content), type=judge_type(content, declared_type), kept_at=at)
    if not default_storage.exists(file.place):
        default_storage.save(file.place, ContentFile(content))
    StoredFile.objects.bulk_create([file], ignore_conflicts=True)
    return StoredFile.objects.get(sha256=sha256)


def read(file: StoredFile) -> bytes:
    """The bytes. Raises FileNotFoundError when the storage lost them."""
    with default_storage.open(file.place, "rb") as handle:
        return bytes(handle.read())


def judge_type(content: bytes, declared: str) -> str:
    """The type we believe: what the first bytes say, else the declared one if it cannot be active in a browser."""
    for start, kind in _SIGNATURES:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    clean = declared.split(";", maxsplit=1)[0].strip().lower()
    if clean.startswith("image/") or not re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", clean):
        return "application/octet-stream"
    return clean


def safe_name(name: str) -> str:
    """A file name fit for any screen and disk: no folders, no control or direction marks, 120 characters."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in plain if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    kept = kept.strip(" .")
    if len(kept) > LONGEST_NAME:
        stem, dot, ending = kept.rpartition(".")
        kept = (
            f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}"
            if dot and len(ending) < 12
            else kept[:LONGEST_NAME]
        )
    return kept or "file"
