"""Secrets of AWS Secrets Manager, which nodes read when they start.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets.html
"""

from collections.abc import Iterator

from .errors import Problem


def secret_problems(path: str, value: object) -> Iterator[Problem]:
    """What is wrong with a secret. A text is not shown, since it may be the password itself."""
    if not hasattr(value, "secret_arn"):
        yield Problem(
            code="ArgumentType",
            path=path,
            value=type(value).__name__,
            message="is the type of what was given",
            fix="pass a secret, such as secretsmanager.Secret.from_secret_complete_arn(...), and "
            "never the password itself",
        )
