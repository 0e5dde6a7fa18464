"""What this room announces."""

NOTICED = "dispatch.noticed"
