"""How a checkout prepares and proves itself: its environment, its tests, its gates, its figures.

Used by the commands in `bin/` only; nothing here is installed with the program.
"""
