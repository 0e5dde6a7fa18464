"""Where the built assets are. They are named by their content, so a browser may keep them for ever."""

import functools
import json
from pathlib import Path

from django.templatetags.static import static

DIST = Path(__file__).parent / "static" / "dist"


@functools.cache
def manifest() -> dict[str, str]:
    """Plain name -> name with its content's mark, as the last build wrote it."""
    names: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return names


@functools.cache
def address(name: str) -> str:
    """The address of a built asset, `app.css` for one. KeyError when no build made it."""
    return static(f"dist/{manifest()[name]}")
