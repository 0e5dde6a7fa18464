"""Folders of tests that another user must be able to pass through."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A folder of its own, passable for all. pytest's will not do: the next session shuts the folder of them all."""
    folder = Path(tempfile.mkdtemp(prefix="opora-test-"))
    try:
        let_others_pass(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def let_others_pass(folder: Path) -> None:
    """Lets other users pass through `folder` and the closed temporary folders above it, without listing them."""
    for each in (folder, *folder.parents):
        if not each.stat().st_mode & 0o001:
            each.chmod(each.stat().st_mode | 0o011)


OPEN = """
set -e
stash=$1 closed=$2; shift 2; n=0
for path do [ "$path" != -- ] || break; n=$((n + 1)); mkdir -p "$stash/$n"; mount --bind "$path" "$stash/$n"; done
mount -t tmpfs -o mode=0755 none "$closed"
for k in $(seq "$n"); do mkdir -p "$1"; mount --bind "$stash/$k" "$1"; shift; done
shift; exec "$@"
"""


def opened_for_others(stash: Path, *needed: Path) -> list[str]:
    """Words before a command of root's in whose eyes other users may pass to these folders, and nobody else sees a change.

    Where a closed folder stands above (root's home, often), the command sees an empty one with only the needed folders in it.
    Raises PermissionError where no mount namespace can be made.
    """
    resolved = {path.resolve() for path in needed}
    outermost = sorted(path for path in resolved if not resolved & set(path.parents))
    words: list[str] = []
    for number, closed in enumerate(_closed_above(outermost)):
        place = stash / f"stash-{number}"
        place.mkdir(mode=0o711)
        below = [str(path) for path in outermost if closed in path.parents]
        words += ["unshare", "-m", "sh", "-c", OPEN, "sh", str(place), str(closed), *below, "--"]
    if words and subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        raise PermissionError("this machine lets us make no mount namespace")
    return words


def _closed_above(paths: Sequence[Path]) -> list[Path]:
    """The topmost folder above each path that others may not pass through."""
    found = (next((one for one in reversed(path.parents) if not one.stat().st_mode & 0o001), None) for path in paths)
    return sorted({one for one in found if one is not None})
