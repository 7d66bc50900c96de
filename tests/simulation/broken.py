"""What a check says when a promise does not hold."""

from typing import NoReturn


class Broken(AssertionError):
    """A promise is broken. `promise` names it in few words, the same for every way in which it can break."""

    def __init__(self, promise: str, detail: str = "") -> None:
        super().__init__(f"{promise}: {detail}" if detail else promise)
        self.promise = promise


def broken(promise: str, detail: object = "") -> NoReturn:
    """Raise Broken. Behind an `or` it words no detail where the promise is kept."""
    raise Broken(promise, str(detail))
