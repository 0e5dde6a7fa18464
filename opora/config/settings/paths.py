"""Where the program keeps its state. Never creates a folder at import time."""

from pathlib import Path

from opora.config.settings import env

CHECKOUT = Path(__file__).resolve().parents[3]


def state_folder() -> Path:
    """`OPORA_STATE`, else `.state` in a checkout, else the user's state folder."""
    chosen = env.text("OPORA_STATE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if (CHECKOUT / ".importlinter").exists():
        return CHECKOUT / ".state"
    return Path.home() / ".local" / "state" / "opora"


OPORA_STATE = state_folder()
