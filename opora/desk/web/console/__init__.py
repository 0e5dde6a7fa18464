"""The pages of those who work here: queues, tickets, search, letters that need a person."""
