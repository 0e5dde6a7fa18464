"""Ways in and out of the desk. None of them knows another."""
