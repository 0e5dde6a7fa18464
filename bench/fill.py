"""The demo's filling: CPU of Python and PostgreSQL, statements and seconds for ninety days of a provider's life.

Uses the server of OPORA_TEST_DATABASE_URL, or one of its own that goes afterwards; in either a database of its own.
"""

import argparse
import json
import sys
import time
from typing import Any

from bench.promises import AT, desk

GOAL = 60.0


def main() -> int:
    """Print the figures; 1 when the CPU of all exceeds the goal, for then no machine is quick enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with desk():
        figures = measure()
    lines = "\n".join(f"{name:<27} {figure:>10,.1f}" for name, figure in figures.items())
    print(json.dumps(figures) if options.json else lines)
    return 0 if figures["all CPU, seconds"] <= GOAL else 1


def measure() -> dict[str, float]:
    """Fill once."""
    from django.db import connection

    from bench._measuring import backend, backend_cpu
    from opora.config.demo.fill import fill

    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    theirs = backend()
    began, python, postgres = time.monotonic(), time.process_time(), backend_cpu(theirs)
    with connection.execute_wrapper(counting):
        fill(at=AT)
    python, postgres = time.process_time() - python, (backend_cpu(theirs) - postgres) / 1e9
    return {
        "Python, seconds": python,
        "PostgreSQL, seconds": postgres,
        "all CPU, seconds": python + postgres,
        "statements": float(count),
        "from begin to end, seconds": time.monotonic() - began,
    }


if __name__ == "__main__":
    sys.exit(main())
