"""The road by which we fetch letters ourselves: several mailboxes, each with its own connection, none in another's way."""
