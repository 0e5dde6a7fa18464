"""The telephone: calls as the exchange tells of them, who is calling, and what is to be done when nobody answered.

A number is no proof of who calls; nothing sensitive hangs on one.
"""
