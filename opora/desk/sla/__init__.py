"""Working calendars, targets and clocks: when is it due, when was it missed, and why. Knows no tickets."""
