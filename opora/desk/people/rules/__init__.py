"""Decisions about duty and hours. Pure: no Django, no database, no clock."""

from opora.desk.people.rules.hours import DAYS, Faulty, is_within, read_week
from opora.desk.people.rules.roster import Away, Instead, Rules, Stint, gaps_in, roster

__all__ = ["DAYS", "Away", "Faulty", "Instead", "Rules", "Stint", "gaps_in", "is_within", "read_week", "roster"]
