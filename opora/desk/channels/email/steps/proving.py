"""Who stands behind the letter: the verdict is kept on it with its evidence, before anybody acts on the sender's name."""

from opora.desk.channels.email.case import Case, Verdict, go_on, stop
from opora.desk.channels.email.proving import prove


def prove_sender(case: Case) -> Verdict:
    """Stops for a letter of which the owner of the sender's domain says that it is forged and asks not to take it."""
    proof = prove(case.raw, case.sender_key, case.letter.senders)
    case.raw.authenticity, case.raw.proof = proof.verdict, proof.as_facts()
    if proof.verdict == "fail" and proof.policy in ("quarantine", "reject"):
        return stop(f"the sender is forged: {proof.domain} does not stand behind it (DMARC, {proof.policy})")
    return go_on(f"{proof.verdict}: {proof.why}" + (f" of {proof.domain}" if proof.domain else ""))
