"""Keeping parts alive: starts what died with growing pauses, gives up what can never work, stops all in order.

Everything happens in the main thread: the kernel ends a child when the *thread* that started it ends, and a signal handler
here only sets a flag, for waiting inside a handler can lock up for ever.
"""

import os
import select
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

from opora.config.children import WILL_NOT_MEND
from opora.config.supervisor.parts import Part
from opora.desk.kernel import clock

PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds before the first, second, … new start; the last holds for all later ones."""
LONG_ENOUGH = 30.0
"""After so many seconds of work, earlier failures are forgotten."""
GIVE_UP_AFTER = 3
"""Failed starts of a part that never yet worked."""

Say = Callable[[str, str], object]


class Stopping(Exception):
    """Somebody asked us to stop."""


class GivenUp(Exception):
    """A part cannot work; the text says which."""


class Tree:
    """The parts that run, and the signals that end them."""

    def __init__(self, say: Say) -> None:
        self.parts: list[Part] = []
        self.say = say
        self._asked = 0
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._waker, False)

    def listen(self) -> None:
        """Take over the signals; children that end wake us too."""
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def begin(self, *parts: Part) -> None:
        """Start parts at the same time; from now on they are kept alive."""
        for part in parts:
            self.parts.append(part)
            part.prepare()
            self._start(part)

    def until_ready(self, *parts: Part, seconds: float = 120) -> None:
        """Return when all of them work. Raises Stopping, GivenUp."""
        end = clock.monotonic() + seconds
        self._turn(0.0)  # who died since the last look does not work
        while not all(part.ready for part in parts):
            self._turn()
            if clock.monotonic() > end:
                slow = ", ".join(part.name for part in parts if not part.ready)
                raise GivenUp(f"{slow}: not ready after {seconds:.0f} s.")

    def until_gone(self, part: Part) -> int:
        """Return the exit code of a part that ends by itself. Raises Stopping."""
        while part.process is None or part.process.poll() is None:
            self._turn()
        self.parts.remove(part)
        return int(part.process.returncode or 0)

    def keep(self) -> None:
        """Keep all alive until somebody asks us to stop. Raises Stopping, GivenUp."""
        while True:
            self._turn()

    def stop(self) -> None:
        """Stop the parts stage by stage; whoever outlasts its patience is forced. Asked twice, we lose patience.

        What one stage leaves of its time is the next one's: a database with much to write has all of it.
        """
        spare = 0.0
        for stage in sorted({part.stage for part in self.parts}):
            group = [part for part in self.parts if part.stage == stage]
            for part in group:
                part.ask_to_stop()
            end = clock.monotonic() + max(part.patience for part in group) + spare
            self._wait_gone(group, end - clock.monotonic())
            spare = max(0.0, end - clock.monotonic())
            for part in group:
                if not part.is_gone():
                    self.say(part.name, "does not stop; forced")
                    part.force()
            self._wait_gone(group, 1.0)
            for part in group:
                if not part.is_gone() and part.process is not None:
                    part.process.kill()

    def _on_signal(self, number: int, frame: object) -> None:
        self._asked += 1

    def _turn(self, longest: float = 1.0) -> None:
        if self._asked:
            raise Stopping
        now = clock.monotonic()
        for part in self.parts:
            self._care_for(part, now)
        self._sleep(self._pause(now, longest))

    def _pause(self, now: float, longest: float) -> float:
        pauses = [longest]
        for part in self.parts:
            if part.process is None:
                pauses.append(part.next_start - now)
            elif not part.ready:
                pauses.append(0.02)
        return max(0.0, min(pauses))

    def _care_for(self, part: Part, now: float) -> None:
        if part.process is None:
            if now >= part.next_start and (part.ground or self._stands()):
                part.prepare()
                self._start(part)
            return
        if not part.ready and part.look():
            part.ready = part.ever_ready = True
        code = part.process.poll()
        if code is not None and not part.once:
            self._ended(part, code, now)
        elif part.ready and part.failures and now - part.started > LONG_ENOUGH:
            part.failures = part.killed = 0

    def _ended(self, part: Part, code: int, now: float) -> None:
        if code == WILL_NOT_MEND:
            raise GivenUp(f"{part.name} cannot work; its last line above says why.")
        if part.ground or self._stands():
            part.failures += 1
        if code == -signal.SIGKILL:  # somebody else's doing: no sign that it can never work
            part.killed += 1
        if not part.ever_ready and part.failures - part.killed >= GIVE_UP_AFTER:
            raise GivenUp(f"{part.name} ended {part.failures} times without ever working; the lines above say why.")
        pause = PAUSES[min(max(part.failures, 1), len(PAUSES)) - 1]
        self.say(part.name, f"{_how(code)}; starts again in {pause:g} s")
        part.process, part.ready, part.next_start = None, False, now + pause

    def _stands(self) -> bool:
        """Whether all that the others stand on works."""
        return all(part.ready for part in self.parts if part.ground)

    def _start(self, part: Part) -> None:
        part.ready = False
        part.start()
        part.started = clock.monotonic()

    def _wait_gone(self, parts: Sequence[Part], patience: float) -> None:
        end = clock.monotonic() + patience
        asked = self._asked
        while not all(part.is_gone() for part in parts):
            left = end - clock.monotonic()
            if left <= 0 or self._asked > max(asked, 1):
                return
            self._sleep(min(left, 0.1))

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            select.select([self._wake], [], [], seconds)
        with suppress(BlockingIOError):
            while os.read(self._wake, 512):
                pass


def _how(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
