"""Duty: who has it, who will, where nobody does; swaps, absences, calendars, and the sheet for the next shift."""
