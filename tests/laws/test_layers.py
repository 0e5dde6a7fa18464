"""The law of imports: import-linter holds .importlinter on the program, and is seen to report planted breaches."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laws.sources import CHECKOUT

LINTER = Path(sys.prefix) / "bin" / "lint-imports"

SOUND = {
    "opora/config/cli.py": "from opora.desk import wiring",
    "opora/desk/wiring.py": "from opora.desk.tickets import actions",
    "opora/desk/tickets/actions.py": "from opora.desk.tickets import rules\nfrom opora.desk.people import queries",
    "opora/desk/tickets/rules.py": "from opora.desk.tickets import states",
    "opora/desk/tickets/states.py": "",
    "opora/desk/people/queries.py": "from opora.desk.kernel import clock",
    "opora/desk/kernel/clock.py": "import time",
    "opora/desk/web/portal/views.py": "from opora.desk.web.components import parts",
    "opora/desk/web/console/views.py": "",
    "opora/desk/web/components/parts.py": "",
    "opora/desk/channels/email/parsing/heads.py": "",
    "opora/desk/channels/phone/actions.py": "",
}

PLANTED = {
    "an upward import": ("opora/desk/people/queries.py", "from opora.desk.tickets import actions", "rooms"),
    "an upward import for typing only": (
        "opora/desk/people/queries.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from opora.desk.tickets import actions",
        "rooms",
    ),
    "a late import upwards": (
        "opora/desk/kernel/clock.py",
        "def late():\n    from opora.desk.people import queries",
        "rooms",
    ),
    "the desk asking how it is configured": ("opora/desk/wiring.py", "import opora.config.cli", "program"),
    "portal and console knowing each other": (
        "opora/desk/web/portal/views.py",
        "from opora.desk.web.console import views",
        "web",
    ),
    "mail knowing the telephone": (
        "opora/desk/channels/email/parsing/heads.py",
        "from opora.desk.channels.phone import actions",
        "channels",
    ),
    "rules calling actions": ("opora/desk/tickets/rules.py", "from opora.desk.tickets import actions", "room"),
    "rules importing Django": ("opora/desk/tickets/rules.py", "import django.db", "purity"),
    "parsing reading the clock": (
        "opora/desk/channels/email/parsing/heads.py",
        "from opora.desk.kernel import clock",
        "purity",
    ),
    "a room without a layer": ("opora/desk/cellar/actions.py", "", "rooms"),
}


def lint(folder: Path) -> tuple[bool, set[str]]:
    """Holds the law on the package in `folder`: whether it is kept, and the contracts that are broken."""
    done = subprocess.run(
        [LINTER, "--no-logo", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "", "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    titles = re.findall(r"\[importlinter:contract:(\w+)\]\nname = (.+)", (CHECKOUT / ".importlinter").read_text())
    broken = {key for key, title in titles if f"{title} BROKEN" in done.stdout}
    assert broken or done.returncode == 0, done.stdout + done.stderr
    return done.returncode == 0, broken


def plant(folder: Path, files: dict[str, str]) -> Path:
    """A tiny program in `folder` under the real law."""
    shutil.copy(CHECKOUT / ".importlinter", folder)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
        for parent in path.relative_to(folder).parents:
            if parent != Path():
                (folder / parent / "__init__.py").touch()
    return folder


def test_it_imports_downwards_only() -> None:
    assert lint(CHECKOUT) == (True, set())


def test_it_finds_nothing_in_a_sound_program(tmp_path: Path) -> None:
    assert lint(plant(tmp_path, SOUND)) == (True, set())


@pytest.mark.parametrize("breach", PLANTED)
def test_it_reports_an_import_that_breaks_the_law(breach: str, tmp_path: Path) -> None:
    file, text, contract = PLANTED[breach]
    kept, broken = lint(plant(tmp_path, SOUND | {file: text}))
    assert not kept
    assert contract in broken
