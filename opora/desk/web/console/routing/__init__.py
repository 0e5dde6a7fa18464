"""Routing as people read it: the rules in words, where a ticket would go, why one came here, and the next one for me."""
