"""Colleagues, customers, catalogue and calendars: thin pages that call the rooms' actions and say what came of it."""
