"""Secrets of exchanges are only named in the database: `env:NAME` or `file:/path`. Never shown, never logged."""

import os
from pathlib import Path


def secret_named(name: str) -> str:
    """Return the secret behind a name, "" when there is none: an exchange that must prove itself is then not believed."""
    kind, _, rest = name.partition(":")
    if kind == "env":
        return os.environ.get(rest, "")
    if kind == "file":
        try:
            return Path(rest).read_text(encoding="utf-8").strip()
        except OSError:
            return ""
    return ""


def is_name(written: str) -> bool:
    """Return whether it names a secret, or says that there is none."""
    return written == "" or (written.startswith(("env:", "file:")) and not written.endswith(":"))
