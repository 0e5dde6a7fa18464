"""The console's pages of work on customers' systems."""
