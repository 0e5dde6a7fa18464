"""Letters that go in circles: our own that came back, and those that passed too many servers."""

from opora.desk.channels.email import identity, rules, states
from opora.desk.channels.email.case import Case, Verdict, done, go_on


def turn_back_our_own(case: Case) -> Verdict:
    """Done for a letter that carries our own mark at its top, or has come over more than 30 servers."""
    letter = case.letter
    if identity.loop_mark() in letter.own_loop_marks and not letter.bounce:
        return done(states.OWN, "it carries our own loop mark")
    if letter.hops > rules.HOPS_LIMIT:
        return done(states.FILED, f"it passed {letter.hops} servers: a loop somewhere")
    if rules.is_ours(case.sender_key, case.memory.ours):
        return done(states.OWN, "it says it comes from our own address")
    return go_on(f"written by a program: {letter.automatic.why}" if letter.automatic else "written by a person")
