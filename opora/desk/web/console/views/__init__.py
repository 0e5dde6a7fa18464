"""Views of the console: they translate between pages and the rooms' actions and queries, and decide nothing."""
