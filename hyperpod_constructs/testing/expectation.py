"""Assertions that also hold with `python -O`, which removes `assert` statements."""

from hyperpod_constructs.model.type_checks import wrong_type


def expect(is_met: object, message: str) -> None:
    """Raises an AssertionError with the message, unless the expectation is met."""
    if not is_met:
        raise AssertionError(message)


def expect_type(is_right: bool, path: str, value: object, expected: str) -> None:
    """Raises an AssertionError unless an argument is of the right type."""
    if not is_right:
        raise AssertionError(str(wrong_type(path, value, expected)))
