"""The support desk: Django rooms, imports downwards only (docs/architecture.md)."""
