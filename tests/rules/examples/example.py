"""What an example of a rule has."""

from typing import NamedTuple

import hyperpod_constructs as hp


class Example(NamedTuple):
    """A cluster that a rule is about.

    Attributes:
        text: The problem as it is printed.
        bad: The cluster that has it.
        good: A neighbour that does not.
        severity: The severity of the problem.
    """

    text: str
    bad: hp.ClusterModel
    good: hp.ClusterModel
    severity: hp.Severity = hp.Severity.ERROR


WARNING = hp.Severity.WARNING
