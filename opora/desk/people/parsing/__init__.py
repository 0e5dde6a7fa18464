"""Reading what other calendars write. Pure: no Django, no database, no clock."""
