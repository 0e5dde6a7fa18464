"""The API: what pages can do, for programs. The same doors, the same actions; nothing of its own."""
