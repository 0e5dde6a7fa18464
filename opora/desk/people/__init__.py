"""Staff accounts, teams (lines), roles, availability. Knows nothing of customers or tickets."""
