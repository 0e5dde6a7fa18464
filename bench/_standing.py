"""Django made ready once, in the process from which the others are forked: a restart then takes milliseconds.

Not a measurement of its own; `bin/bench crashes` uses it.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opora.config.settings")
for cap in ("OPORA_MAIL_SENDER_CAP", "OPORA_MAIL_TICKET_CAP", "OPORA_MAIL_FUSE"):
    os.environ.setdefault(cap, "0")  # a bench is a flood
django.setup()
