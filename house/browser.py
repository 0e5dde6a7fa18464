"""Finds a Chromium for the page tests, and installs it where that is allowed.

Never downloads a browser by itself: only the system's package is used.
"""

import os
import shutil
import subprocess

from house.environment import run, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no Chromium here: install your system's 'chromium' package or name one in OPORA_TEST_CHROMIUM"
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300", "-q", "-y")


def find_chromium() -> str:
    """The path of a Chromium that answers, or nothing."""
    for name in (os.environ.get("OPORA_TEST_CHROMIUM", ""), *NAMES):
        path = shutil.which(name) if name else None
        if path and responds(path):
            return path
    return ""


def responds(path: str) -> bool:
    """Whether the program starts and tells its version."""
    try:
        subprocess.run([path, "--version"], capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def ensure_chromium() -> str:
    """A Chromium's path: found, or installed as root; else nothing, after one line that names what to install."""
    found = find_chromium()
    if found:
        return found
    if os.getuid() == 0 and shutil.which("apt-get"):
        say("no Chromium here; installing it for the page tests ...")
        install = [*APT, "install", "--no-install-recommends", "chromium"]
        if run(install, quiet=True) == 0 or (run([*APT, "update"]) == 0 and run(install) == 0):
            found = find_chromium()
    if not found:
        say(f"{MISSING}. The page tests are skipped.")
    return found
