"""Decisions about confirmations, pure: what is asked, how it is said, what an answer means, whether the gate is open."""

from opora.desk.consent.rules.answers import Meaning, meaning_of
from opora.desk.consent.rules.gate import Decision, Standing, decide
from opora.desk.consent.rules.letters import LetterFacts, judge_letter
from opora.desk.consent.rules.quoting import quotes_with_changes
from opora.desk.consent.rules.statement import digest_of, statement
from opora.desk.consent.rules.terms import ACTIONS, LEVELS, WATCHING, Named, Terms

__all__ = [
    "ACTIONS",
    "LEVELS",
    "WATCHING",
    "Decision",
    "LetterFacts",
    "Meaning",
    "Named",
    "Standing",
    "Terms",
    "decide",
    "digest_of",
    "judge_letter",
    "meaning_of",
    "quotes_with_changes",
    "statement",
]
