"""What an Asterisk's events say of calls. Pure: messages in, words of calls out; remembers only the channels that live.

A call is what shares a `Linkedid`: a transfer keeps it. Its first channel (whose `Uniqueid` that is) tells the direction: one of
our telephones calls out, anything else comes in. Calls among our own telephones are nobody's business here.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from opora.desk.channels.phone.parsing.ami import Message
from opora.desk.channels.phone.parsing.numbers import in_e164, is_extension
from opora.desk.channels.phone.parsing.reading import LONGEST, CallWord

MOST_CALLS = 5000
_CHANNEL = re.compile(r"^[A-Za-z0-9_]+/([^;]+?)(?:-[0-9a-f]{6,})?(?:;[12])?$")
_IN_A_DIAL_STRING = re.compile(r"(?:^|[/:])(\+?[0-9]{6,20})(?=@|$|&)")


@dataclass(slots=True)
class _Live:
    channels: set[str] = field(default_factory=set)
    root_gone: bool = False
    outgoing: bool = False
    theirs: str = ""
    caller: str = ""
    called: str = ""
    answered: bool = False
    recording: str = ""
    told: bool = False


@dataclass(slots=True)
class Switchboard:
    """The calls of one exchange. `seats` are the names of extensions at which colleagues sit."""

    region: str
    seats: Collection[str] = ()
    _calls: dict[str, _Live] = field(default_factory=dict)
    _seen: dict[str, str] = field(default_factory=dict)
    _listed: list[Message] = field(default_factory=list)
    _fresh: set[str] = field(default_factory=set)

    def hear(self, message: Message) -> list[CallWord]:
        """What the message says of calls; most say nothing."""
        event, call = message.get("Event"), message.get("Linkedid")[:LONGEST]
        if event == "CoreShowChannel":
            self._listed.append(message)
        if not call or event not in _HEARD:
            return []
        self._fresh.add(call)
        words = self._follow(message.get("Uniqueid"), call, event)
        said = _HEARD[event](self, message, call)
        return [*words, *([said] if said else [])]

    def begin_list(self) -> None:
        """From now on `CoreShowChannel` events list all that lives."""
        self._listed, self._fresh = [], set()

    def end_list(self) -> tuple[set[str], list[CallWord]]:
        """The calls that live, now that the list is whole, and what it says of those we did not know; all else is forgotten.

        What was heard of while the list was read may be missing in it, and lives.
        """
        first_channels_first = sorted(self._listed, key=lambda one: one.get("Uniqueid") != one.get("Linkedid"))
        living = {one.get("Linkedid")[:LONGEST] for one in self._listed} - {""}
        living |= self._fresh
        for call in set(self._calls) - living:
            self._forget(call)
        words: list[CallWord] = []
        for one in first_channels_first:
            if call := one.get("Linkedid")[:LONGEST]:
                words += [*self._follow(one.get("Uniqueid"), call, ""), *self._found(one, call)]
        self._listed, self._fresh = [], set()
        return living, words

    def _follow(self, channel: str, call: str, event: str) -> list[CallWord]:
        """Note where the channel belongs now; a call that has lost all its channels to another is over."""
        before = self._seen.get(channel)
        if event == "Hangup":
            return []
        live = self._call(call)
        live.channels.add(channel)
        self._seen[channel] = call
        if before is None or before == call or before not in self._calls:
            return []
        old = self._calls[before]
        old.channels.discard(channel)
        return [] if old.channels or not old.told else [self._over(before, old, "transferred")]

    def _call(self, call: str) -> _Live:
        while len(self._calls) >= MOST_CALLS and call not in self._calls:
            self._forget(next(iter(self._calls)))
        return self._calls.setdefault(call, _Live())

    def _forget(self, call: str) -> None:
        live = self._calls.pop(call, None)
        for channel in live.channels if live else ():
            self._seen.pop(channel, None)

    def _new(self, message: Message, call: str) -> CallWord | None:
        live = self._calls[call]
        if message.get("Uniqueid") != call or live.told or message.get("Channel").startswith("Local/"):
            return None
        if self._names(message):
            live.outgoing = True
            return self._goes_out(live, call, message.get("Exten"), message)
        live.caller, live.called, live.told = message.get("CallerIDNum"), message.get("Exten"), True
        return self._word(live, call, "ringing")

    def _goes_out(self, live: _Live, call: str, number: str, message: Message) -> CallWord | None:
        if not in_e164(number, self.region):
            return None
        live.outgoing, live.told, live.called = True, True, live.called or number
        live.caller = live.caller or message.get("CallerIDNum")
        return self._word(live, call, "ringing", self._names(message))

    def _joined(self, message: Message, call: str) -> CallWord | None:
        return self._in(message, call, "ringing", ())

    def _rings(self, message: Message, call: str) -> CallWord | None:
        live = self._calls[call]
        names = self._names(message, "Dest")
        if self._comes_in(live, message, call):
            return self._in(message, call, "ringing", names) if names else None
        if names or message.get("DestUniqueid") == call:
            return None
        number = in_e164(message.get("DestCallerIDNum"), self.region) and message.get("DestCallerIDNum")
        if not number and (found := _IN_A_DIAL_STRING.search(message.get("DialString"))):
            number = found[1]
        return self._goes_out(live, call, number, message)

    def _rang(self, message: Message, call: str) -> CallWord | None:
        if message.get("DialStatus") != "ANSWER" or message.get("DestChannel").startswith("Local/"):
            return None
        live = self._calls[call]
        names = self._names(message, "Dest")
        if self._comes_in(live, message, call):
            return self._answered(message, call, names)
        if names or message.get("DestUniqueid") == call or not live.told:
            return None
        live.answered = True
        return self._word(live, call, "answered", self._names(message))

    def _connected(self, message: Message, call: str) -> CallWord | None:
        return self._answered(message, call, self._names(message, "Dest") or self._names_of(message.get("Interface")))

    def _answered(self, message: Message, call: str, names: tuple[str, ...]) -> CallWord | None:
        self._calls[call].answered = True
        return self._in(message, call, "answered", names)

    def _records(self, message: Message, call: str) -> CallWord | None:
        if message.get("Variable") == "MIXMONITOR_FILENAME":
            self._calls[call].recording = message.get("Value")[:1000]
        return None

    def _hung_up(self, message: Message, call: str) -> CallWord | None:
        channel = message.get("Uniqueid")
        self._seen.pop(channel, None)
        self._listed = [one for one in self._listed if one.get("Uniqueid") != channel]
        live = self._calls.get(call)
        if live is None:
            if channel != call:
                return None
            live = _Live(told=not self._names(message), caller=message.get("CallerIDNum"), called=message.get("Exten"))
        live.channels.discard(channel)
        live.root_gone = live.root_gone or channel == call
        if live.channels or not live.root_gone:
            return None
        if live.told:
            return self._over(call, live, message.get("Cause"))
        self._forget(call)
        return None

    def _over(self, call: str, live: _Live, cause: str) -> CallWord:
        self._forget(call)
        recording = live.recording if live.answered else ""
        return self._word(live, call, "ended", cause=cause, recording=recording)

    def _found(self, message: Message, call: str) -> list[CallWord]:
        """What a listed channel says: that there is a call, and, when it talks to another, that it was answered."""
        live = self._calls[call]
        new = self._new(message, call)
        if not live.told and message.get("Uniqueid") == call:
            new = self._goes_out(live, call, message.get("ConnectedLineNum"), message)
        talks, names = bool(message.get("BridgeId")), self._names(message)
        answered = None
        if talks and names and not live.answered and live.told:
            live.answered = True
            answered = self._word(live, call, "answered", names)
        return [word for word in (new, answered) if word]

    def _comes_in(self, live: _Live, message: Message, call: str) -> bool:
        """Whether the call came from outside. Of one that we did not see begin, the calling side tells."""
        if live.told or live.outgoing:
            return not live.outgoing
        return message.get("Uniqueid") != call or not self._names(message)

    def _in(self, message: Message, call: str, phase: str, names: tuple[str, ...]) -> CallWord | None:
        live = self._calls[call]
        if live.outgoing:
            return None
        if message.get("Uniqueid") == call:
            live.caller, live.called = live.caller or message.get("CallerIDNum"), live.called or message.get("Exten")
        live.told = True
        return self._word(live, call, phase, names, queue=message.get("Queue"))

    def _names(self, message: Message, side: str = "") -> tuple[str, ...]:
        """The names under which a colleague may sit at this side's telephone; none when it is not one of ours."""
        return self._names_of(message.get(f"{side}Channel"), message.get(f"{side}CallerIDNum"))

    def _names_of(self, channel: str, number: str = "") -> tuple[str, ...]:
        found = _CHANNEL.match(channel)
        peer = found[1].partition("@")[0][:LONGEST] if found else ""
        if not (peer in self.seats or is_extension(peer) or number in self.seats):
            return ()
        names = [name for name in dict.fromkeys((peer, number)) if name in self.seats or is_extension(name)]
        return tuple(sorted(names, key=lambda name: name not in self.seats))

    def _word(
        self,
        live: _Live,
        call: str,
        phase: str,
        people: tuple[str, ...] = (),
        *,
        queue: str = "",
        cause: str = "",
        recording: str = "",
    ) -> CallWord:
        return CallWord(
            call=call,
            phase=phase,
            outgoing=live.outgoing,
            caller=in_e164(live.caller, self.region),
            caller_written=live.caller.strip()[:LONGEST],
            called=in_e164(live.called, self.region),
            called_written=live.called.strip()[:LONGEST],
            people=people,
            queue=queue[:LONGEST],
            cause=cause[:LONGEST],
            recording=recording,
        )


_HEARD: dict[str, Callable[[Switchboard, Message, str], CallWord | None]] = {
    "Newchannel": Switchboard._new,
    "QueueCallerJoin": Switchboard._joined,
    "AgentCalled": Switchboard._rings,
    "DialBegin": Switchboard._rings,
    "DialEnd": Switchboard._rang,
    "AgentConnect": Switchboard._connected,
    "VarSet": Switchboard._records,
    "Hangup": Switchboard._hung_up,
    "BridgeEnter": lambda _board, _message, _call: None,
}
