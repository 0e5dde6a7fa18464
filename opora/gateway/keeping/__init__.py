"""The ledger's process: keeps agreements, signs how far records have come, seals them, and holds the one log.

Only it has the key of the notes. What it has once written it never changes, shortens or deletes.
"""
