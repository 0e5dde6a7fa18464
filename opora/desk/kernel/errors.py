"""What a rule says when it says no. Never raised for bugs."""


class Refused(Exception):
    """A rule says no. `code` is stable and grep-able; `str()` says in the reader's words what to do next."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotHere(Exception):
    """The door: this thing does not exist for this person. Views answer 404, whether it exists for others or not."""


class Clash(Refused):
    """Somebody else changed the same thing first; nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__("kernel.clash", message)
