"""What all commands for clusters and accounts have in common."""

import argparse
import textwrap
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from hyperpod_constructs.checks.package_version import PACKAGE
from hyperpod_constructs.command_line.numbers import duration
from hyperpod_constructs.command_line.regions import region

EXIT_STATUS = (
    "exit status: 0 for success, 1 if something failed, 2 for invalid arguments,\n"
    "missing permissions and errors of AWS, 130 if interrupted"
)
_POLL_SECONDS = 30.0
_WIDTH = 79
_CLUSTER = "name or ARN (aws sagemaker list-clusters)"


class ClusterArgument(Enum):
    """How a command names its cluster."""

    FIRST = "the first argument"
    OPTION = "a required option"
    OPTIONAL = "an option"
    NONE = "not at all"


class Command(NamedTuple):
    """A command.

    Attributes:
        name: Its name.
        help: Line in the list of commands.
        description: What it does.
        examples: Arguments of examples, one a line.
        add_arguments: Adds its own arguments to its parser.
        cluster: How it names its cluster.
        requires: What has to be installed, if it is more than this package.
        region: Help of its Region.
    """

    name: str
    help: str
    description: str
    examples: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    cluster: ClusterArgument = ClusterArgument.FIRST
    requires: str = f'requires: pip install "{PACKAGE}[operate]"\n'
    region: str = (
        "Region of the cluster; that of its ARN, of AWS_REGION or of the profile by default"
    )


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", command: Command
) -> None:
    """Adds a command to the parser of all commands."""
    lines = "".join(
        f"  {PACKAGE} {command.name} {line}\n" for line in command.examples.splitlines()
    )
    parser = commands.add_parser(
        command.name,
        help=command.help,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=textwrap.fill(command.description, _WIDTH, break_on_hyphens=False),
        epilog=f"examples:\n{lines}\n{command.requires}{EXIT_STATUS}",
    )
    match command.cluster:
        case ClusterArgument.FIRST:
            parser.add_argument("cluster", metavar="CLUSTER", help=_CLUSTER)
        case ClusterArgument.OPTION:
            parser.add_argument("--cluster", metavar="NAME", required=True, help=_CLUSTER)
        case ClusterArgument.OPTIONAL:
            parser.add_argument("--cluster", metavar="NAME", help=_CLUSTER)
        case ClusterArgument.NONE:
            parser.set_defaults(cluster=None)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--profile", help="profile of the AWS configuration")
    parser.add_argument("--region", type=region, help=command.region)
    parser.add_argument(
        "--policy",
        action=_Policy,
        nargs=0,
        default=False,
        help="print the IAM policy that the command requires, and do nothing else; requires no other "
        "argument",
    )
    parser.set_defaults(run=partial(_act, command.name))
    command.add_arguments(parser)


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of commands that change a cluster."""
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done")
    parser.add_argument("--wait", action="store_true", help="wait until the nodes are running")
    add_interval(parser)
    parser.add_argument(
        "--timeout",
        type=duration("seconds", zero=True),
        default=7200.0,
        metavar="SECONDS",
        help="with --wait, time to wait at most; 7200 by default",
    )


def add_interval(parser: argparse.ArgumentParser, seconds: float = _POLL_SECONDS) -> None:
    """Adds the time between requests."""
    parser.add_argument(
        "--interval",
        type=duration("seconds"),
        default=seconds,
        metavar="SECONDS",
        help=f"time between requests; {seconds:g} by default",
    )


def add_coverage(parser: argparse.ArgumentParser) -> None:
    """Adds what the policy of an update covers."""
    parser.add_argument(
        "--eks", action="store_true", help="with --policy, cover clusters that EKS orchestrates"
    )
    parser.add_argument(
        "--custom-images", action="store_true", help="with --policy, cover custom AMIs"
    )


class _Policy(argparse.Action):
    """An option with which a command requires no other argument."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # noqa: ARG002 - as argparse calls it
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        namespace.policy = True
        for each in parser._actions:  # noqa: SLF001 - argparse names no other way
            each.required = False


def _act(name: str, options: argparse.Namespace) -> int:
    from .acts import act  # noqa: PLC0415 - spares other commands what operates clusters

    return act(name, options)
