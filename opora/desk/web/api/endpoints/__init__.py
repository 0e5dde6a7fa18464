"""The endpoints, a file per subject. Thin: door, action, shape."""
