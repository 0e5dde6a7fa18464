"""Full-text search for words from rare to common: CPU and statements with 100,000 and (--million) 1,000,000 tickets."""

import argparse
import subprocess
import sys
from urllib.parse import quote

from bench._desk import desk, vocabulary
from bench._measuring import Reader, cost_of, table

CPU, STATEMENTS = 25.0, 15
RANKS = (1, 8, 60, 500, 4_000, 20_000)


def main() -> int:
    """Print the figures; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="also with 1,000,000 tickets")
    parser.add_argument("--tickets", type=int, default=0, help="only this size")
    parser.add_argument("--afresh", action="store_true", help="make the database anew")
    options = parser.parse_args()
    if not options.tickets:
        sizes = [100_000, *([1_000_000] if options.million else [])]
        return max(subprocess.run([sys.executable, __file__, f"--tickets={n}"], check=False).returncode for n in sizes)
    with desk(options.tickets, afresh=options.afresh):
        reader, words = Reader("anna@borea.example"), vocabulary()
        asked = [words[rank - 1] for rank in RANKS]
        asked += [f"{words[7]} {words[4_000]}", f"{words[0]} {words[9]}", "нетакогослова"]
        rows = []
        for query in asked:
            cost = cost_of(lambda query=query: reader.get(f"/desk/search?q={quote(query)}"), warm=4, times=60)  # type: ignore[misc]
            name = f"{query[:24]} ({_found(query):,} of {options.tickets:,})"
            rows.append((name, cost, CPU, STATEMENTS))
        return 0 if table(rows) else 1


def _found(query: str) -> int:
    from opora.desk.tickets.search import matching

    return matching(query, notes=True).count()


if __name__ == "__main__":
    sys.exit(main())
