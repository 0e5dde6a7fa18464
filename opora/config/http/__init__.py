"""The plain HTTP side of the one port: bodies and their limits, pages in threads, health, metrics."""
