"""Two weeks of mail with real servers: people, robots, reports, floods, a dead mailbox, and kill -9 at random moments.

Postfix stands between everybody and Dovecot keeps one of our mailboxes; both are Debian's, unpacked and run for this alone. The
clocks of our processes run faster, so that two weeks pass in minutes; what is random comes from the seed. At the end every
letter that was accepted is one message or visibly held, every answer arrived once or stands visibly otherwise, strangers are in
nobody's ticket, and no loop has turned more than once.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench._server import desk

DAYS = 14


def main() -> int:
    """Print what was found; exit 1 when anything is wrong, 2 when the servers cannot be had here."""
    options = _options()
    from tests.email.mail_programs import IS_ROOT, why_not

    if reason := why_not() or ("" if IS_ROOT else "Postfix needs root"):
        print(f"bench traffic: {reason}", file=sys.stderr)
        return 2
    with desk(), tempfile.TemporaryDirectory(prefix="opora-traffic-") as folder:
        Path(folder).chmod(0o755)
        from bench._fortnight import Fortnight

        fortnight = Fortnight(Path(folder), options)
        try:
            figures = fortnight.run()
        finally:
            fortnight.stop()
    shown = "\n".join(f"{name:<58} {figure:>8}" for name, figure in figures.items())
    print(json.dumps(figures) if options.json else shown)
    return 1 if any(figure for name, figure in figures.items() if name.startswith("WRONG")) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8, help="how long the two weeks take (default 8)")
    parser.add_argument("--days", type=float, default=DAYS, help="days that pass (default 14)")
    parser.add_argument("--letters", type=int, default=600, help="letters that people write (default 600)")
    parser.add_argument("--flood", type=int, default=20_000, help="letters of the flood (default 20,000)")
    parser.add_argument("--kills", type=int, default=40, help="how often something is killed (default 40)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
