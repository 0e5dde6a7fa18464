"""Tells the wheel what the program needs: the packages of requirements/runtime.in, so that they are named once."""

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Needs(MetadataHookInterface):
    """Fills in `dependencies` when a wheel is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Reads the unlocked names, without comments and empty lines."""
        lines = (Path(self.root) / "requirements" / "runtime.in").read_text(encoding="utf-8").splitlines()
        metadata["dependencies"] = [line for line in (part.partition("#")[0].strip() for part in lines) if line]
