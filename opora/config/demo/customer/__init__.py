"""A customer's host for the demo, and a window of today that leads there."""
