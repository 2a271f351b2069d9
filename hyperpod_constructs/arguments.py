"""Are the objects that a construct was given what it can use?

CDK finds out much later, and says it in the words of another language.
"""

from collections.abc import Mapping

from .model.errors import Problem, ValidationError, wrong_type


def check_arguments(
    constructs: Mapping[str, object], values: Mapping[str, tuple[object, type]]
) -> None:
    """Raises for every argument that is of the wrong type; None always passes.

    Args:
        constructs: Arguments that must be CDK constructs, by path.
        values: Other arguments and the class they must be of, by path.

    Raises:
        ValidationError: `ArgumentType`.
    """
    problems: list[Problem] = [
        wrong_type(path, value, "a CDK construct, made in this app or imported with a from_ method")
        for path, value in constructs.items()
        if value is not None and not hasattr(type(value), "node")
    ]
    problems += [
        wrong_type(path, value, f"a {kind.__name__}")
        for path, (value, kind) in values.items()
        if value is not None and not isinstance(value, kind)
    ]
    if problems:
        raise ValidationError(problems)
