"""What happens to many at once, and what is told of it: mass incidents, root-cause letters, planned works, the public status."""
