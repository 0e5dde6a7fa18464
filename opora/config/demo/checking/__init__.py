"""`opora demo --check`: drives the main job of a demo of its own over real HTTP and real SMTP, and reports every step."""

from opora.config.demo.checking.drive import drive

__all__ = ["drive"]
