"""What an example of a rule has."""

from typing import NamedTuple

import hyperpod_constructs as hp


class Example(NamedTuple):
    """A cluster that a rule is about.

    Attributes:
        text: The problem as it is printed.
        bad: The cluster that has it.
        good: A neighbour that does not.
    """

    text: str
    bad: hp.ClusterModel
    good: hp.ClusterModel
