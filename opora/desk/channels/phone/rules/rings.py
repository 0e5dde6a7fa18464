"""At whom a call rings in the desk. Pure.

Calls that come in are the operators': an engineer's own extension changes nothing, it learns of a call when one is handed on.
A call we make rings at whoever makes it.
"""

from collections.abc import Iterable


def who_is_told(
    *, outgoing: bool, operators: Iterable[int], at_extensions: Iterable[int], handed_to: int | None
) -> list[int]:
    """Return the colleagues who are told of a call, in order of their numbers."""
    if outgoing:
        return sorted(set(at_extensions))
    first = set(operators)
    behind = set(at_extensions) & first
    told = behind or first
    return sorted(told | ({handed_to} if handed_to is not None else set()))
