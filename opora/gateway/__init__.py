"""The way to a customer's host: lets an engineer in only within the confirmed window, and records before it shows.

Stands on `opora.evidence` alone: no tickets, no web, no database. Who may come is asked of the desk by its internal door;
keys that sign lie in processes of their own. docs/gateway.md tells how it works and what happens when a part fails.
"""
