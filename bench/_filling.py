"""Rows put in by SQL, past Django, which fills what a statement does not name only in its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ROOMS = ("kernel", "sla", "customers", "tickets", "email_channel")


@contextmanager
def defaults(cursor: Any) -> Iterator[None]:
    """For the time of the block the columns that Django fills by itself have their defaults in the database too."""
    from django.apps import apps
    from psycopg.sql import SQL, Identifier, Literal
    from psycopg.types.json import Jsonb

    filled = []
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            for field in model._meta.concrete_fields:
                if field.null or field.has_db_default() or not field.has_default():
                    continue
                value = field.get_default()
                column = SQL("alter table {} alter {}").format(
                    Identifier(model._meta.db_table), Identifier(field.column)
                )
                filled.append(column)
                cursor.execute(SQL("{} set default {}").format(column, Literal(Jsonb(value) if value == {} else value)))
    try:
        yield
    finally:
        for column in filled:
            cursor.execute(SQL("{} drop default").format(column))
