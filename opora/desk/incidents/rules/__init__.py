"""Decisions that need no database. Pure: no Django, no clock."""

from opora.desk.incidents.rules.likeness import Likeness, Trouble, groups_of, like, words_of

__all__ = ["Likeness", "Trouble", "groups_of", "in_language", "like", "words_of"]


def in_language(language: str, english: str, russian: str) -> str:
    """The words in the reader's language; the other one when they were not written in it."""
    return (russian or english) if language.startswith("ru") else (english or russian)
