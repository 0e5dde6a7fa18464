"""What the portal's addresses answer. Views translate and call; every object comes through the person's own door."""
