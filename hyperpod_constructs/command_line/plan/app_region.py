"""The Region of a deployment."""

import argparse
from collections.abc import Sequence

from hyperpod_constructs.checks.assembly import stack_region
from hyperpod_constructs.command_line.inputs import Inputs
from hyperpod_constructs.operations.account import Account


def region_of(options: argparse.Namespace, account: Account, read: Sequence[Inputs]) -> str:
    """The Region of the options, of the app, or of the environment.

    Raises:
        OperationError: If there is none.
    """
    if options.region is None and options.cluster is None:
        for inputs in read:
            for subject in inputs.subjects:
                found = stack_region(subject.document.path)
                if found is not None:
                    return found
    return account.region_name
