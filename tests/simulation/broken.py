"""What a check says when a promise does not hold."""


class Broken(AssertionError):
    """A promise is broken. `promise` names it in few words, the same for every way in which it can break."""

    def __init__(self, promise: str, detail: str = "") -> None:
        super().__init__(f"{promise}: {detail}" if detail else promise)
        self.promise = promise


def hold(is_kept: object, promise: str, detail: object = "") -> None:
    """Raise Broken unless the promise is kept."""
    if not is_kept:
        raise Broken(promise, str(detail))
