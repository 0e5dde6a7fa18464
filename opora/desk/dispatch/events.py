"""What this room announces."""

ENGINEERS_NAMED = "dispatch.engineers_named"
NOTICED = "dispatch.noticed"
RULES_WRITTEN = "dispatch.rules_written"
