"""What can go wrong with the embedded server, in words for the person at the terminal."""


class EmbeddedTrouble(Exception):
    """The embedded server cannot be used; the text says why and what to do."""
