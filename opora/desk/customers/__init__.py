"""Organisations, their people, contracts and systems. Knows nothing of tickets."""
