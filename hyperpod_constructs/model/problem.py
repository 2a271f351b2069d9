"""Validation problems, and the exception that reports them."""

import re
from collections.abc import Iterable
from enum import StrEnum

from hyperpod_constructs.model.value_class import value_class

from .shown_value import shown_value, with_named_tokens

REPORTED = "hyperpod-constructs:reported"
"""Type of the metadata entries of a construct with path, code, statement and fix of each warning."""


class Severity(StrEnum):
    """The severity of a problem."""

    ERROR = "error"
    """The service rejects the cluster, or its nodes fail to start."""

    WARNING = "warning"
    """The cluster can be created, but is likely misconfigured."""


IS_NONE = "is None"
"""The message of an argument that is None."""


@value_class(frozen=True, kw_only=True, slots=True)
class Problem:
    """A validation problem of a configuration.

    Attributes:
        code: Stable code of the rule; part of the public API.
        path: Path of the argument, such as `instance_groups[2].partition`.
        value: Specified value.
        message: Description of the problem.
        fix: Description of the fix.
        severity: Severity of the problem. Defaults to `Severity.ERROR`.
    """

    code: str
    path: str
    value: object
    message: str
    fix: str
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        for name in ("message", "fix"):
            object.__setattr__(self, name, with_named_tokens(getattr(self, name)))

    def __str__(self) -> str:
        return f"{self.path}: {self.statement}; {self.fix} ({self.code})"

    @property
    def statement(self) -> str:
        """Value and message, without the value where the message is that there is none."""
        return self.message if self.message == IS_NONE else f"{self.subject} {self.message}"

    @property
    def subject(self) -> str:
        """The value as text; the name of the argument if it has no value."""
        if self.value is None and self.path:
            return repr(re.split(_NAME, self.path)[-1])
        return shown_value(self.value, self.path)


_NAME = r"\.(?![^\[]*\])"
"""Separates the arguments of a path; a key such as `['a.b']` is one."""


class ValidationError(ValueError):
    """Raised for a configuration with errors. The text lists each problem on one line.

    Attributes:
        problems: Problems of the configuration, in the order of the arguments.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
