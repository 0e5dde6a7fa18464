"""Records of ended sessions, for people to look at. No byte leaves before the look is kept, here and in the ledger's log.

The ledger makes a bundle for every one who takes it away. For replays its frames are kept beside our state: a copy,
which may be thrown away at any time.
"""

import json
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from opora.desk.workroom import states
from opora.desk.workroom.gateway import gateway
from opora.desk.workroom.models import Look, WorkSession
from opora.evidence.commands import index

SAME_LOOK = timedelta(hours=1)
FRAMES = "session.frames"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, as what, from where."""

    id: str
    name: str
    came_from: str


def replayed(session: WorkSession, viewer: Viewer, *, at: datetime) -> Path:
    """Return the file with the session's frames; the look is kept first. Raises Away, Declined."""
    _require_ended(session)
    _keep_look(session, viewer, Look.Kind.REPLAY, at)
    place = _folder() / f"{session.name}.frames"
    if not place.exists():
        _unpack(session, viewer, place)
    return place


def indexed(session: WorkSession, viewer: Viewer, *, at: datetime) -> dict[str, Any]:
    """Return commands, lines, files and events of the session, derived from its frames. Raises Away, Declined."""
    frames = replayed(session, viewer, at=at)
    place = frames.with_suffix(".json")
    if not place.exists():
        _write(place, json.dumps(index(frames.read_bytes()), ensure_ascii=False).encode())
    made: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return made


def bundled(session: WorkSession, viewer: Viewer, *, at: datetime) -> IO[bytes]:
    """Return a fresh bundle, open for reading, to be taken away; every one is a look. Raises Away, Declined."""
    _require_ended(session)
    with transaction.atomic():
        Look.objects.create(session=session, kind=Look.Kind.BUNDLE, **_who(viewer), at=at)
    return _fetched(session, viewer)


def _keep_look(session: WorkSession, viewer: Viewer, kind: str, at: datetime) -> None:
    """A replay reads its frames in many pieces: within an hour that is one look."""
    recent = Look.objects.filter(session=session, kind=kind, who=viewer.id, at__gt=at - SAME_LOOK)
    if recent.exists():
        return
    gateway().note({"kind": "view", "session": session.name, "who": viewer.id, "name": viewer.name, "what": kind})
    Look.objects.create(session=session, kind=kind, **_who(viewer), at=at)


def _unpack(session: WorkSession, viewer: Viewer, place: Path) -> None:
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    with (
        _fetched(session, viewer) as bundle,
        zipfile.ZipFile(bundle) as pieces,
        pieces.open(FRAMES) as frames,
        unfinished.open("wb") as copy,
    ):
        unfinished.chmod(0o600)
        shutil.copyfileobj(frames, copy)
    unfinished.replace(place)


def _fetched(session: WorkSession, viewer: Viewer) -> IO[bytes]:
    """A fresh bundle in a file without a name, open at its beginning."""
    bundle = tempfile.TemporaryFile(dir=_folder())  # noqa: SIM115  whoever takes it closes it
    try:
        gateway().bundle(session.name, by=f"{viewer.id} {viewer.name}", into=bundle)
    except BaseException:
        bundle.close()
        raise
    bundle.seek(0)
    return bundle


def _write(place: Path, content: bytes) -> None:
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.chmod(0o600)
    unfinished.replace(place)


def _folder() -> Path:
    folder: Path = settings.OPORA_STATE / "work"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _who(viewer: Viewer) -> dict[str, str]:
    return {"who": viewer.id[:60], "name": viewer.name[:160], "came_from": viewer.came_from[:60]}


def _require_ended(session: WorkSession) -> None:
    if session.state != states.ENDED:
        raise ValueError("a record is taken after its session has ended")
