"""Ways in: password and second factor for colleagues, one-time codes for customers, sessions, locks against guessing."""
