"""Who wants to be told of which event. Filled once, by `wiring.py`; nobody else registers."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from opora.desk.kernel.models import Event

Listener = Callable[[Event, datetime], None]

_by_event: dict[str, list[str]] = defaultdict(list)
_functions: dict[str, Listener] = {}
_unheard: ContextVar[bool] = ContextVar("unheard", default=False)


def listen(event_name: str, listener_name: str, function: Listener) -> None:
    """From now on `function(event, at)` is told of every event of this name. Saying it twice changes nothing."""
    _functions[listener_name] = function
    if listener_name not in _by_event[event_name]:
        _by_event[event_name].append(listener_name)


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
