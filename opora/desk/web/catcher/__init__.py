"""What would have gone out, as a page. Only in the demo: there letters are caught by a twin of the outside world."""
