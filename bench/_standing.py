"""Django made ready once, in the process from which the others are forked: a restart then takes milliseconds.

Not a measurement of its own; `bin/bench crashes` uses it.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opora.config.settings")
django.setup()
