"""Records of work that nobody can change unseen: frames, chains, journals, signed heads, one public log, and bundles.

Knows nothing of tickets, web pages or databases, and reads no clock: whoever records says when. `docs/evidence.md`
specifies every byte, so that a second verifier can be written without reading this code.
"""
