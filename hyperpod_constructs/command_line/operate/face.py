"""What all commands for clusters have in common."""

import argparse
import textwrap
from functools import partial

from hyperpod_constructs.checks.package_version import PACKAGE

EXIT_STATUS = (
    "exit status: 0 for success, 1 if something failed, 2 for invalid arguments, missing\n"
    "permissions and errors of AWS, 130 if interrupted"
)
_POLL_SECONDS = 30.0
_WIDTH = 79


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    help_: str,
    description: str,
    examples: str,
    *,
    positional: bool = True,
) -> argparse.ArgumentParser:
    """Adds a command for a cluster.

    Args:
        commands: Parser of all commands.
        name: Name of the command.
        help_: Line in the list of commands.
        description: Description of the command.
        examples: Arguments of examples, one a line.
        positional: Whether the cluster is the first argument, and not `--cluster`.
    """
    lines = "".join(f"  {PACKAGE} {name} {line}\n" for line in examples.splitlines())
    parser = commands.add_parser(
        name,
        help=help_,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=textwrap.fill(description, _WIDTH),
        epilog=f'examples:\n{lines}\nrequires: pip install "{PACKAGE}[operate]"\n{EXIT_STATUS}',
    )
    cluster = "name or ARN of the cluster"
    if positional:
        parser.add_argument("cluster", metavar="CLUSTER", help=cluster)
    else:
        parser.add_argument("--cluster", metavar="NAME", required=True, help=cluster)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--profile", help="profile of the AWS configuration")
    parser.add_argument("--region", help="Region of the cluster")
    parser.add_argument(
        "--policy",
        action="store_true",
        help="print the IAM policy that the command requires, and do nothing else",
    )
    parser.set_defaults(run=partial(_act, name))
    return parser


def add_change_arguments(parser: argparse.ArgumentParser, *, confirmed: bool = True) -> None:
    """Adds the arguments of commands that change a cluster."""
    if confirmed:
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done")
    parser.add_argument("--wait", action="store_true", help="wait until the nodes are running")
    add_interval(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=7200.0,
        metavar="SECONDS",
        help="with --wait, time to wait at most; 7200 by default",
    )


def add_interval(parser: argparse.ArgumentParser, seconds: float = _POLL_SECONDS) -> None:
    """Adds the time between requests."""
    parser.add_argument(
        "--interval",
        type=float,
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


def _act(name: str, options: argparse.Namespace) -> int:
    from .acts import act  # noqa: PLC0415 - spares other commands what operates clusters

    return act(name, options)
