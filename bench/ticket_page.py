"""The ticket page with 20 messages: CPU and statements, for a colleague and for the customer, among 100,000 tickets."""

import argparse
import sys

from bench._desk import desk, long_conversation
from bench._measuring import Reader, cost_of, table

CPU, STATEMENTS = 12.0, 15


def main() -> int:
    """Print the figures; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--afresh", action="store_true", help="make the database anew")
    options = parser.parse_args()
    with desk(options.tickets, afresh=options.afresh):
        number = long_conversation()
        anna, owner = Reader("anna@borea.example"), Reader(_owner(number))
        console = cost_of(lambda: anna.get(f"/desk/tickets/{number}"))
        portal = cost_of(lambda: owner.get(f"/requests/{number}"))
        rows = [("ticket page, console", console, CPU, STATEMENTS), ("request page, portal", portal, CPU, STATEMENTS)]
        return 0 if table(rows) else 1


def _owner(number: int) -> str:
    from opora.desk.tickets.models import Ticket

    account = Ticket.objects.get(pk=number).requester.account
    assert account is not None
    return account.email


if __name__ == "__main__":
    sys.exit(main())
