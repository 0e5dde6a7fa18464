"""A process that only sweeps, to be killed: forked from a server that has one thread and stands on Django already."""

import os
from datetime import datetime
from multiprocessing.connection import Connection

import django
from django.apps import apps

if not apps.ready:  # in the server of the forks; the tests themselves stand already
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()


def sweep_on(database: str, at: datetime, pipe: Connection) -> None:
    """Say that it begins, and sweep this database a few clocks to a batch until nothing is due."""
    from django.db import connection

    from opora.desk.sla.actions import sweep_due

    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    pipe.send("ready")
    while sweep_due(at=at, limit=3):
        pass
