"""Live streams: who may hear what, which tab listens to which topic, who else is here. See docs/live.md."""
