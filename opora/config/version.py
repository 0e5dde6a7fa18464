"""The version: the top entry of the change log in a checkout, else that of the installed package."""

import re
from functools import cache
from importlib import metadata
from pathlib import Path

_LOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"


@cache
def version() -> str:
    """For example `0.1.0`."""
    if _LOG.exists() and (found := re.search(r"^## (\d+\.\d+\.\d+)", _LOG.read_text(encoding="utf-8"), re.M)):
        return found[1]
    try:
        return metadata.version("opora")
    except metadata.PackageNotFoundError:
        return "0.0.0"
