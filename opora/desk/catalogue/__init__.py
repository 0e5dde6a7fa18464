"""The services the provider sells and supports. Knows nothing of who bought them."""
