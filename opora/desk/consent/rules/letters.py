"""Whether a letter counts as an answer to a request for confirmation. Pure; the reasons are codes, words come later.

All must hold (design of confirmation by mail): our border proved the sender, the token belongs to this text, the
address is on the list and is the one it was sent to, no program wrote it, and its own words are an unambiguous yes
beside which stands nothing that could change its meaning.
"""

from dataclasses import dataclass
from datetime import datetime

from opora.desk.consent.rules.answers import Meaning


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What is known of the letter and of the invitation it answers.

    `text_changed`: it quotes our text with changes. `beside`: what stands beside the words, "enclosed" or "two_readings".
    """

    proved: bool
    senders: int
    sender: str
    invited: str
    may_confirm: bool
    automatic: bool
    meaning: Meaning
    has_own_words: bool
    forwarded: bool
    state: str
    high_risk: bool
    used: bool
    expires: datetime
    at: datetime
    text_changed: bool = False
    beside: str = ""


def judge_letter(facts: LetterFacts) -> str:
    """Return "yes" or "no" when it counts, else the code of the first reason why it does not."""
    refusals = (
        ("not_asked", facts.state != "asked"),
        ("expired", facts.at >= facts.expires),
        ("used", facts.used),
        ("automatic", facts.automatic),
        ("many_senders", facts.senders != 1),
        ("foreign_address", facts.sender != facts.invited),
        ("not_on_list", not facts.may_confirm),
        ("unproved", not facts.proved),
        ("forwarded", facts.forwarded),
        ("no_own_words", not facts.has_own_words),
        ("doubtful", facts.meaning == Meaning.DOUBT),
        ("changed_text", facts.text_changed and facts.meaning == Meaning.YES),
        (facts.beside, bool(facts.beside) and facts.meaning == Meaning.YES),
        ("high_risk", facts.high_risk and facts.meaning == Meaning.YES),
    )
    for code, holds in refusals:
        if holds:
            return code
    return str(facts.meaning)
