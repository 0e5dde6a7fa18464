"""One tree of processes: started in order, kept alive, stopped in order. Knows nothing of support."""
