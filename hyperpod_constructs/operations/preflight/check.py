"""The table of checks."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hyperpod_constructs.operations.errors import OperationError
from hyperpod_constructs.operations.reads import Reads

from .outcome import Outcome, Result
from .planned import Planned

Function = Callable[[Planned, Reads], Iterator[Result]]


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        code: Its stable code.
        actions: IAM actions that it requires.
        function: Yields what it finds.
    """

    code: str
    actions: Sequence[str]
    function: Function

    @property
    def statement(self) -> str:
        """What it checks."""
        return inspect.cleandoc(self.function.__doc__ or "").partition("\n\nSource: ")[0]

    @property
    def source(self) -> str:
        """The page of AWS about it."""
        return inspect.cleandoc(self.function.__doc__ or "").partition("\n\nSource: ")[2]


class Finding(NamedTuple):
    """What a check found.

    Attributes:
        code: Code of the check.
        result: The result.
    """

    code: str
    result: Result


def check(check_code: str, *actions: str) -> Callable[[Function], Check]:
    """Makes a check of a function, whose documentation is that of the check.

    Args:
        check_code: Stable code of the check.
        actions: IAM actions that it requires.
    """

    def register(function: Function) -> Check:
        return Check(check_code, actions, function)

    return register


def run_checks(checks: Sequence[Check], planned: Planned, reads: Reads) -> Iterator[Finding]:
    """Runs checks. What cannot be read is unknown, and does not end the others."""
    for each in checks:
        try:
            for result in each.function(planned, reads):
                yield Finding(each.code, result)
        except OperationError as error:
            fix = (
                f"allow {error.denied_action}; --policy prints the policy of the checks"
                if error.denied_action
                else "run the command again"
            )
            message = (
                f"the IAM action {error.denied_action} is not allowed"
                if error.denied_action
                else str(error)
            )
            yield Finding(each.code, Result(Outcome.UNKNOWN, "", message, fix))
