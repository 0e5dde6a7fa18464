"""Who really sent a letter: the claims of our own border, or our own checks, weighed against the address in From.

A verdict is `pass` (the domain in From stands behind the letter), `fail` (its owner says such letters are forged) or
`unknown`. Anybody can write any From, and any Authentication-Results: nothing is believed but what our border stamped.
"""

from .judging import Proof, judge, unknown
from .results import Claim, Stamp, read_stamp

__all__ = ["Claim", "Proof", "Stamp", "judge", "read_stamp", "unknown"]
