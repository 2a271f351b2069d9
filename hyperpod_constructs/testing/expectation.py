"""Assertions that also hold with `python -O`, which removes `assert` statements."""


def expect(is_met: object, message: str) -> None:
    """Raises an AssertionError with the message, unless the expectation is met."""
    if not is_met:
        raise AssertionError(message)
