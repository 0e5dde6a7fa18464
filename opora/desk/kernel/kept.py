"""Questions for one model whose SQL is made once.

Django makes the SQL of a queryset anew each time, which costs several times what the answer does. For the few questions
that every page asks: who is this, may they see that. Everything else is an ordinary queryset.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from opora.desk.kernel import asking

MARK = 7_230_000_000_000
"""Stands for the first number while the SQL is made; no id of ours will ever be as large."""

LARGEST = 2**63 - 1
"""PostgreSQL's largest bigint."""

type Value = int | str


@dataclass(frozen=True, slots=True)
class Plan[M: Model]:
    """The statement, its values in order (a function of what is asked with), and how a row becomes a model."""

    sql: str
    values: Callable[[Sequence[Value]], list[Any]]
    read: Callable[[Sequence[Any]], M]


class Kept[M: Model]:
    """A question made by `make(*values)`, a queryset of whole models, with relations by select_related.

    Only the values may change from one time to the next, never what else the queryset looks like: `make` is called once
    and sees marks in their places. Numbers must be compared with ids, and no value may be None.
    """

    def __init__(self, make: Callable[..., QuerySet[M]]) -> None:
        self._make = make
        self._plan: Plan[M] | None = None

    def first(self, *values: Value) -> M | None:
        """The first model found, or None; no row has a number that its column cannot hold."""
        if any(isinstance(value, int) and value > LARGEST for value in values):
            return None
        plan = self._plan
        if plan is None:
            plan = self._plan = _plan(self._make, values)
        with asking.cursor() as asked:
            asked.execute(plan.sql, plan.values(values))
            row = asked.fetchone()
        return plan.read(row) if row is not None else None


def _plan[M: Model](make: Callable[..., QuerySet[M]], values: Sequence[Value]) -> Plan[M]:
    marks = [_mark(place, value) for place, value in enumerate(values)]
    found = make(*marks)[:1]
    compiler: Any = found.query.get_compiler(found.db)
    sql, said = compiler.as_sql()
    places = [marks.index(value) if value in marks else None for value in said]
    if {place for place in places if place is not None} != set(range(len(marks))):
        raise ValueError("A value does not stand in the statement as it was given.")

    def filled(asked_with: Sequence[Value]) -> list[Any]:
        return [
            asking.sent(value if place is None else asked_with[place])
            for place, value in zip(places, said, strict=True)
        ]

    return Plan(sql, filled, _reader(found, compiler))


def _mark(place: int, value: Value) -> Value:
    """Something unmistakable of the same type."""
    return MARK + place if isinstance(value, int) else f"value {place} of a kept question"


def _reader[M: Model](found: QuerySet[M], compiler: Any) -> Callable[[Sequence[Any]], M]:
    """Makes the model and its relations of a row, as Django's own ModelIterable does."""
    select, info = compiler.select, compiler.klass_info
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    mode = found._fetch_mode  # type: ignore[attr-defined]
    relations = get_related_populators(info, select, found.db, mode)
    converters = compiler.get_converters([column[0] for column in select])

    def read(row: Sequence[Any]) -> M:
        if converters:
            (row,) = compiler.apply_converters([row], converters)
        made: M = info["model"].from_db(found.db, names, row[start:end], fetch_mode=mode)
        for relation in relations:
            relation.populate(row, made)
        return made

    return read
