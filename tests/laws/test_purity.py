"""The law of purity: rules, states, events and parsing know no Django, no database, no clock and no outside world.

Chains through other modules are the import law's (.importlinter, contract `purity`); this one reads each file itself.
"""

from pathlib import Path

import pytest

from tests.laws.sources import modules_imported, names_used, program_files

PURE = {"rules", "states", "events", "parsing"}
FORBIDDEN = {
    "django",
    "psycopg",
    "time",
    "os",
    "socket",
    "subprocess",
    "threading",
    "asyncio",
    "random",
    "urllib.request",
}
FORBIDDEN_OURS = {"models", "actions", "queries", "policies", "jobs", "clock"}
FORBIDDEN_CALLS = {"open", "input", "print"}


def is_pure(path: Path) -> bool:
    """Whether the file is one of those that only decide."""
    return bool(PURE & set(path.with_suffix("").parts))


def impurities(text: str) -> list[str]:
    """Each thing the file knows that it must not, as `line: what`."""
    found = [f"{line}: imports {module}" for line, module in modules_imported(text) if _forbidden(module)]
    return found + [f"{line}: calls {name}" for line, name, _ in names_used(text) if name in FORBIDDEN_CALLS]


def _forbidden(module: str) -> bool:
    ours = module.startswith("opora.") and bool(FORBIDDEN_OURS & set(module.split(".")[3:]))
    return ours or any(module == name or module.startswith(name + ".") for name in FORBIDDEN)


def test_it_decides_without_django_database_or_clock() -> None:
    breaches = [f"{path}:{found}" for path, text in program_files() if is_pure(path) for found in impurities(text)]
    assert breaches == []


@pytest.mark.parametrize(
    "planted",
    [
        "from django.utils.translation import gettext",
        "import psycopg",
        "import time",
        "def late():\n    from opora.desk.kernel.clock import now",
        "from opora.desk.tickets.models import Ticket",
        "words = open('list.txt').read()",
    ],
)
def test_it_reports_a_rule_that_knows_too_much(planted: str) -> None:
    assert impurities(planted)


@pytest.mark.parametrize(
    ("path", "pure"),
    [
        ("opora/desk/sla/rules.py", True),
        ("opora/desk/channels/email/parsing/addresses.py", True),
        ("opora/desk/tickets/states.py", True),
        ("opora/desk/tickets/actions.py", False),
    ],
)
def test_it_knows_which_files_only_decide(path: str, pure: bool) -> None:
    assert is_pure(Path(path)) is pure
