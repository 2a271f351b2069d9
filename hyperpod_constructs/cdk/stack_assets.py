"""Stacks that cannot have assets."""

from collections.abc import Iterator
from contextlib import contextmanager

from hyperpod_constructs.model.problem import Problem, ValidationError

_SYNTHESIZER = "BootstraplessSynthesizer"


@contextmanager
def needs_assets(path: str, *, fix: str) -> Iterator[None]:
    """A stack with the BootstraplessSynthesizer cannot have assets.

    Source: https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk/BootstraplessSynthesizer.html

    Args:
        path: Argument that requires assets.
        fix: What to pass instead.

    Raises:
        ValidationError: `StackWithoutAssets`.
    """
    try:
        yield
    except RuntimeError as error:
        if _SYNTHESIZER not in str(error):
            raise
        problem = Problem(
            code="StackWithoutAssets",
            path=path,
            value=None,
            message=f"requires assets, which a stack with the {_SYNTHESIZER} cannot have",
            fix=f"use another synthesizer, or {fix}",
        )
        raise ValidationError([problem]) from error
