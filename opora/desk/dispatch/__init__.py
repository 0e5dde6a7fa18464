"""Who should look at this now: queues, notices, saved views. It never changes a ticket except by its actions."""
