"""How much one sender, one ticket and the whole desk may bring in an hour. What is over it is held back, never dropped:
it goes on by itself when its hour has come, or when a colleague says so.

Stands before anybody is met and anything is opened, so that a flood makes nothing but held letters.
"""

from opora.desk.channels.email.case import Case, Verdict, go_on, hold


def keep_measure(case: Case) -> Verdict:
    """Holds the letter when its sender, the ticket it names, or the desk has had its share of this hour."""
    if case.raw.waved_through or case.raw.transport == "import":
        return go_on("a colleague said so" if case.raw.waved_through else "")
    flood = case.memory.flood
    named = next(iter(case.memory.tickets_named(case)), None)
    if flood.sender_is_over(case.sender_key):
        return hold(f"sender:{case.sender_key}", f"over {flood.caps.sender} letters an hour from {case.sender_key}")
    if named and flood.ticket_is_over(named[0]):
        return hold(f"ticket:{named[0]}", f"over {flood.caps.ticket} letters an hour to T-{named[0]}")
    if named is None and flood.desk_is_over():
        return hold("desk", f"over {flood.caps.desk} new tickets an hour by mail: the fuse of the whole desk")
    flood.count(case.sender_key, named[0] if named else None)
    return go_on()
