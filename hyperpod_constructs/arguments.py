"""Are the objects that a construct was given what it can use?

CDK finds out much later, and says it in the words of another language.
"""

from collections.abc import Mapping

from .model.errors import Problem, ValidationError, wrong_type


def check_arguments(
    *,
    constructs: Mapping[str, object],
    values: Mapping[str, tuple[object, type]],
    lists: Mapping[str, object],
) -> None:
    """Raises for every argument that is of the wrong type.

    Args:
        constructs: Arguments that must be CDK constructs if they are given, by path.
        values: Arguments that must be of a class if they are given, by path.
        lists: Arguments that must be lists, by path.

    Raises:
        ValidationError: `ArgumentType`.
    """
    problems: list[Problem] = [
        wrong_type(path, value, "a CDK construct, made in this app or imported with a from_ method")
        for path, value in constructs.items()
        if value is not None and not hasattr(value, "node")
    ]
    problems += [
        wrong_type(path, value, f"a {kind.__name__}")
        for path, (value, kind) in values.items()
        if value is not None and not isinstance(value, kind)
    ]
    problems += [
        wrong_type(path, value, "a list")
        for path, value in lists.items()
        if not isinstance(value, list | tuple)
    ]
    if problems:
        raise ValidationError(problems)


def numbered(path: str, values: object, start: int = 0) -> dict[str, object]:
    """The elements of a list by their paths; nothing for what is no list."""
    if not isinstance(values, list | tuple):
        return {}
    return {f"{path}[{index}]": value for index, value in enumerate(values, start)}
