"""Folders of tests that another user must be able to pass through."""

import shutil
import tempfile
from collections.abc import Iterator
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
