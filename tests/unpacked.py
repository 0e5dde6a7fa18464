"""Servers of Debian's for the tests, unpacked into a cache folder; nothing is installed."""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path


class NotHere(Exception):
    """The packages cannot be had here; the words say why."""


def unpacked(cache: Path, packages: tuple[str, ...], *, holding: tuple[str, ...]) -> Path:
    """Return the folder with the packages' files, fetched once; these files must be in it. Raises NotHere."""
    root = cache / "root"
    if all((root / name).exists() for name in holding):
        return root
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NotHere(f"this is no Debian: {packages[0]} cannot be unpacked")
    cache.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        order = ["apt-get", "-q", "download", *packages]
        if subprocess.run(order, cwd=folder, capture_output=True, check=False).returncode:
            subprocess.run(["apt-get", "-q", "update"], capture_output=True, check=False)
            done = subprocess.run(order, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NotHere(f"{packages[0]} cannot be fetched: {done.stderr.strip()[-200:]}")
        made = Path(folder) / "root"
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(made)], check=True)
        with suppress(OSError):  # somebody else has just put it there
            made.rename(root)
    return root
