"""The queue page, 50 rows: CPU and statements with 10,000, 100,000 and (--million) 1,000,000 tickets."""

import argparse
import subprocess
import sys

from bench._desk import desk
from bench._measuring import Cost, Reader, cost_of, table

QUEUES = ("all", "line", "unassigned", "due", "waiting")
CPU, STATEMENTS, GROWTH = 12.0, 12, 1.5


def main() -> int:
    """Print the figures; 1 when a goal is missed. Each size is measured in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="also with 1,000,000 tickets")
    parser.add_argument("--tickets", type=int, default=0, help="only this size")
    parser.add_argument("--afresh", action="store_true", help="make the database anew")
    options = parser.parse_args()
    if not options.tickets:
        sizes = [10_000, 100_000, *([1_000_000] if options.million else [])]
        more = ["--afresh"] if options.afresh else []
        return max(
            subprocess.run([sys.executable, __file__, f"--tickets={n}", *more], check=False).returncode for n in sizes
        )
    with desk(options.tickets, afresh=options.afresh):
        reader = Reader("anna@borea.example")
        rows: list[tuple[str, Cost, float, int]] = []
        for name in QUEUES:
            cost = cost_of(lambda name=name: reader.get(f"/desk/queue/{name}"))  # type: ignore[misc]
            rows.append((f"queue “{name}”, {options.tickets:,} tickets", cost, CPU, STATEMENTS))
        return 0 if table(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
