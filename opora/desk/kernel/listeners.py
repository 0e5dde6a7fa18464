"""Who wants to be told of which event. Filled once, by `wiring.py`; nobody else registers."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from opora.desk.kernel.models import Event

Listener = Callable[[Event, datetime], None]
Together = Callable[[Sequence[Event], datetime], None]

_by_event: dict[str, list[str]] = defaultdict(list)
_functions: dict[str, Listener] = {}
_together: dict[str, Together] = {}
_unheard: ContextVar[bool] = ContextVar("unheard", default=False)


def listen(event_name: str, listener_name: str, function: Listener) -> None:
    """From now on `function(event, at)` is told of every event of this name. Saying it twice changes nothing."""
    _functions[listener_name] = function
    if listener_name not in _by_event[event_name]:
        _by_event[event_name].append(listener_name)


def listen_together(event_name: str, listener_name: str, function: Together) -> None:
    """As `listen`, for a listener that is told of many events at once where many wait: `function(events, at)`.

    Told of many it must do what it does when told of each in their order; it is told singly when together it fails.
    """
    _together[listener_name] = function
    listen(event_name, listener_name, lambda event, at: function([event], at))


def names_for(event_name: str) -> list[str]:
    """The listeners of this event, in the order of registration."""
    return [] if _unheard.get() else _by_event.get(event_name, [])


@contextmanager
def unheard() -> Iterator[None]:
    """Within it events are written down and nobody is told of them: for a past that is only recorded, such as the demo's."""
    before = _unheard.set(True)
    try:
        yield
    finally:
        _unheard.reset(before)


def function_of(listener_name: str) -> Listener | None:
    """The function behind a listener's name, or None when this version has no such listener."""
    return _functions.get(listener_name)


def together_of(listener_name: str) -> Together | None:
    """The function that takes many events at once, or None when the listener is told of one at a time."""
    return _together.get(listener_name)
