"""The conversation and its states. Public words and internal notes are different things in different tables."""
