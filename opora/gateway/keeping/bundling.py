"""A session's bundle, put together from what was sealed and signed; entered into the log before it is made."""

import os
from pathlib import Path

from opora.evidence.bundle import Sources, write_bundle
from opora.evidence.segments import read_segments
from opora.gateway.keeping.keeper import Keeper
from opora.gateway.keeping.stamping import stamps
from opora.gateway.sockets import Refused

MOST_HEADS = 120
"""A bundle holds that many signed heads, evenly spread and the last one; each costs its reader a signature's check."""


def make_bundle(keeper: Keeper, session: bytes, *, path: Path | None = None, by: str = "") -> dict[str, str]:
    """Write the bundle of an ended session and return its path and the checkpoint in it. Raises Refused.

    `path` must not exist yet; without one it lies in the ledger's own folder.
    """
    _, index = keeper.ended(session)
    target = path or keeper.places.bundles / f"{session.hex()}-{len(keeper.log)}.zip"
    _check_target(target, keeper.places.state, chosen=path is not None)
    keeper.enter({"kind": "export", "session": session.hex(), "by": by})
    sources = _sources(keeper, session, index)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        write_bundle(unfinished, sources, keeper.log)
        os.link(unfinished, target)
    except FileExistsError:
        raise Refused("path", f"{target.name} exists already.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return {"path": str(target), "checkpoint": sources.checkpoint}


def _sources(keeper: Keeper, session: bytes, index: int) -> Sources:
    entry, _ = keeper.ended(session)
    digest = entry["agreement"]
    entries = [keeper.register.agreements[digest], index]
    checkpoint, stamp = _stamped(keeper, max(entries)) or (keeper.checkpoint(), None)
    keys = keeper.places.input_keys(session.hex())
    notes = [note for _, note in keeper.heads.all(session.hex())]
    return Sources(
        frames=read_segments(keeper.places.sealed, session),
        agreement=(keeper.places.agreements / f"{digest}.json").read_bytes(),
        heads=_spread(notes),
        verifier_key=keeper.signer.verifier_key,
        checkpoint=checkpoint,
        checkpoint_entries=int(checkpoint.split("\n")[1]),
        entries=entries,
        keys=keys.read_bytes() if keys.exists() else None,
        time_stamp=stamp,
    )


def _stamped(keeper: Keeper, index: int) -> tuple[str, bytes] | None:
    """Return the first checkpoint over that entry which was stamped, with its stamp: the narrowest bound on when it was made."""
    for entries in stamps(keeper):
        if entries > index:
            return keeper.places.stamped(entries).read_text(), keeper.places.stamp(entries).read_bytes()
    return None


def _spread(notes: list[str]) -> list[str]:
    step = -(-len(notes) // MOST_HEADS) or 1
    return notes[::-1][::step][::-1]


def _check_target(target: Path, state: Path, *, chosen: bool) -> None:
    if not target.is_absolute():
        raise Refused("path", "A bundle's path begins at the root.")
    if chosen and state.resolve() in target.resolve().parents and target.parent.name != "bundles":
        raise Refused("path", "Nothing is written among the records.")
    if not target.parent.is_dir():
        raise Refused("path", f"There is no folder {target.parent}.")
