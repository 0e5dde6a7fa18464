"""What must be true at the end of `bin/bench traffic`, counted from what was handed over and what arrived."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bench._correspondents import TOKEN, Correspondents


def reckon(
    world: Correspondents, *, answered: Sequence[int], killed: Mapping[str, int], still_waiting: int
) -> dict[str, int]:
    """What came, what went, and what is wrong; nothing is when every figure whose name begins with WRONG is nought."""
    incoming, outgoing, flood = _Incoming(world), _Outgoing(world, answered), _Flood(world)
    depth = _Depth(world.answers_to).longest()
    return {
        **incoming.figures(),
        **flood.figures(),
        **outgoing.figures(),
        **{f"killed: {name}": killed[name] for name in ("listener", "worker", "keeper")},
        "longest chain of automatic letters": depth,
        **incoming.faults(),
        **flood.faults(),
        **outgoing.faults(),
        "WRONG: loops longer than one turn": int(depth > 2),
        "WRONG: something still waits": still_waiting,
    }


class _Incoming:
    """The letters of people: each is one message, or stands visibly held back or in quarantine."""

    def __init__(self, world: Correspondents) -> None:
        from opora.desk.channels.email.models import RawLetter
        from opora.desk.tickets.models import Message

        self._world = world
        self._said: Counter[str] = Counter()
        for text in Message.objects.filter(author_contact__isnull=False).values_list("text", flat=True).iterator():
            self._said.update(TOKEN.findall(text))
        aside = RawLetter.objects.exclude(state="done").exclude(sender=world.mad).values_list("raw", flat=True)
        self._aside = {token for raw in aside for token in TOKEN.findall(bytes(raw).decode("utf-8", "replace"))}

    def figures(self) -> dict[str, int]:
        from opora.desk.channels.email.models import RawLetter
        from opora.desk.tickets.models import Message

        return {
            "letters stored": RawLetter.objects.count(),
            "letters of people, accepted": len(self._world.accepted),
            "messages made of people's letters": sum(self._said.values()),
            "of people's, held back or in quarantine": len(self._aside),
            "copies recognised": RawLetter.objects.filter(outcome="duplicate").count(),
            "delivery reports read": RawLetter.objects.filter(outcome="bounce").count(),
            "automatic letters filed": Message.objects.filter(automatic=True).count(),
        }

    def faults(self) -> dict[str, int]:
        accepted = self._world.accepted
        return {
            "WRONG: accepted, neither message nor held": sum(
                not self._said[token] and token not in self._aside for token in accepted
            ),
            "WRONG: more than one message": sum(self._said[token] > 1 for token in accepted),
            "WRONG: a stranger's words in somebody's ticket": self._intruded(),
        }

    def _intruded(self) -> int:
        from opora.desk.channels.email.models import InboundLetter

        friend = self._world.friend
        strangers = InboundLetter.objects.filter(sender=friend, message__isnull=False)
        return strangers.exclude(ticket__requester__addresses__email=friend).count()


class _Flood:
    """The letters of the program gone mad: each is one message, or held back."""

    def __init__(self, world: Correspondents) -> None:
        from opora.desk.channels.email.models import RawLetter
        from opora.desk.tickets.models import Message

        self._came = len(world.flooded)
        messages = Message.objects.filter(text__startswith="floodword")
        self._messages, self._kinds = messages.count(), messages.values("text").distinct().count()
        held = RawLetter.objects.filter(state="held", sender=world.mad)
        self._held = held.values("subject").distinct().count()

    def figures(self) -> dict[str, int]:
        return {
            "letters of the flood, accepted": self._came,
            "messages made of the flood": self._messages,
            "of the flood, held back": self._held,
        }

    def faults(self) -> dict[str, int]:
        return {
            "WRONG: of the flood, lost": self._came - self._kinds - self._held,
            "WRONG: of the flood, doubled": self._messages - self._kinds,
        }


class _Outgoing:
    """Our letters: each arrived once with each recipient who can be reached, or stands visibly otherwise."""

    def __init__(self, world: Correspondents, answered: Sequence[int]) -> None:
        from opora.desk.channels.email.models import Recipient
        from opora.desk.tickets.models import Message

        self._world, self._answered = world, answered
        self._rows = list(Recipient.objects.values_list("letter__mail_id", "email", "state", "letter__message"))
        unreachable = Message.objects.filter(ticket__requester__addresses__email=world.gone)
        self._to_nobody = set(unreachable.values_list("pk", flat=True))

    def figures(self) -> dict[str, int]:
        from opora.desk.channels.email.models import OutgoingLetter

        states = Counter(state for _, _, state, _ in self._rows)
        return {
            "answers written": len(self._answered),
            "letters of ours": OutgoingLetter.objects.count(),
            **{f"to recipients: {state}": count for state, count in sorted(states.items())},
        }

    def faults(self) -> dict[str, int]:
        from opora.desk.customers.models import Address

        arrived, there = self._world.arrived, set(self._world.there)
        posted = {message for *_, message in self._rows} | self._to_nobody
        known_dead = Address.objects.filter(email=self._world.gone, bounced_at__isnull=False).exists()
        return {
            "WRONG: answers without a letter": sum(message not in posted for message in self._answered),
            "WRONG: arrived more than once": sum(count > 1 for count in arrived.values()),
            "WRONG: called sent, not arrived": sum(
                state == "sent" and email in there and arrived[mail_id, email] != 1
                for mail_id, email, state, _ in self._rows
            ),
            "WRONG: called failed, and arrived": sum(
                state == "failed" and arrived[mail_id, email] > 0 for mail_id, email, state, _ in self._rows
            ),
            "WRONG: the dead address is not known to be dead": int(not known_dead),
        }


class _Depth:
    """How many automatic letters of ours stand in one chain: ours, a robot's answer to it, ours to that …"""

    def __init__(self, answers_to: Mapping[str, str]) -> None:
        from opora.desk.channels.email.models import InboundLetter, OutgoingLetter

        self._answers_to = answers_to
        ours = OutgoingLetter.objects.filter(kind="received").values_list("mail_id", "message")
        came = dict(InboundLetter.objects.filter(message__isnull=False).values_list("message", "mail_id"))
        self._caused_by = {mail_id: came.get(message, "") for mail_id, message in ours}

    def longest(self) -> int:
        """The longest chain."""
        return max((self._of(mail_id) for mail_id in self._caused_by), default=0)

    def _of(self, mail_id: str) -> int:
        depth = 0
        while mail_id in self._caused_by and depth < 100:
            depth += 1
            mail_id = self._answers_to.get(self._caused_by[mail_id], "")
        return depth
