"""The law of the clock: the desk reads it in kernel/clock.py, the gateway in gateway/clock.py, and nobody else does."""

import ast

import pytest

from tests.laws.sources import names_used, program_files

CLOCKS = ("opora/desk/kernel/clock.py", "opora/gateway/clock.py")
READS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "django.utils.timezone.now",
    "django.db.models.functions.Now",
    *(f"time.{name}{ns}" for name in ("time", "monotonic", "perf_counter", "process_time") for ns in ("", "_ns")),
}
READS_WHEN_EMPTY = {f"django.utils.timezone.{name}" for name in ("localtime", "localdate")}
READS_WHEN_EMPTY |= {"time.localtime", "time.gmtime", "time.ctime"}
SETS_ITSELF = {"auto_now", "auto_now_add"}


def clock_readings(text: str) -> list[str]:
    """Each place where the code reads the clock, as `line: how`."""
    found = []
    for line, name, node in names_used(text):
        empty = isinstance(node, ast.Call) and not node.args
        if name in READS or (name in READS_WHEN_EMPTY and empty):
            found.append(f"{line}: {name}")
    keywords = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.keyword))
    return found + [f"{node.value.lineno}: {node.arg}" for node in keywords if node.arg in SETS_ITSELF]


def test_it_reads_the_clock_in_one_place_only() -> None:
    breaches = [
        f"{path}:{found}" for path, text in program_files() if str(path) not in CLOCKS for found in clock_readings(text)
    ]
    assert breaches == []


def test_it_still_knows_where_the_clock_is() -> None:
    texts = {str(path): text for path, text in program_files()}
    assert all(clock_readings(texts[clock]) for clock in CLOCKS)


def test_it_lets_the_desk_and_the_gateway_read_each_their_own_clock_only() -> None:
    """The gateway may not import the desk, so it has a clock of its own: small, and used by no room of the desk."""
    texts = {str(path): text for path, text in program_files()}
    assert {name for _, name, _ in names_used(texts[CLOCKS[1]]) if name.startswith("time.")} == {
        "time.time_ns",
        "time.monotonic_ns",
        "time.monotonic",
    }
    users = [path for path, text in texts.items() if "opora.gateway.clock" in text or "gateway import clock" in text]
    assert [path for path in users if not path.startswith("opora/gateway/")] == []


@pytest.mark.parametrize(
    "planted",
    [
        "import datetime as dt\nx = dt.datetime.now(dt.UTC)",
        "from datetime import datetime as moment\nx = moment.utcnow()",
        "from datetime import date\nx = date.today()",
        "from time import time as t\nx = t()",
        "import time\nx = time.monotonic()",
        "from django.utils import timezone\nopened = field(default=timezone.now)",
        "from django.utils import timezone\nx = timezone.localdate()",
        "from django.utils.timezone import now",
        "opened = DateTimeField(auto_now_add=True)",
    ],
)
def test_it_reports_a_second_reader_of_the_clock(planted: str) -> None:
    assert clock_readings(planted)


def test_it_allows_moments_that_are_handed_down() -> None:
    assert (
        clock_readings(
            "from datetime import datetime\ndef f(at: datetime):\n    return datetime.fromisoformat('x'), at"
        )
        == []
    )
