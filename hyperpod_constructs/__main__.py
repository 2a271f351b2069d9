"""Command line interface: `python -m hyperpod_constructs`."""

import argparse
import sys
from collections.abc import Sequence

from hyperpod_constructs.checks.package_version import (
    PACKAGE,
    documentation_url,
    package_version,
)
from hyperpod_constructs.command_line.check.command import add_check
from hyperpod_constructs.command_line.convert.command import add_convert
from hyperpod_constructs.command_line.dashboards.command import add_dashboards
from hyperpod_constructs.command_line.describe.command import add_describe
from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.command_line.explain.command import add_explain
from hyperpod_constructs.command_line.operate.arguments import add_operate
from hyperpod_constructs.command_line.parser import CommandParser
from hyperpod_constructs.command_line.plan.arguments import add_plan
from hyperpod_constructs.command_line.policies.command import add_policies


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Command line arguments. Defaults to those of the process.

    Returns:
        Exit status: 0 for success, 1 for problems, 2 for invalid arguments or files.
    """
    parser: argparse.ArgumentParser = CommandParser(
        prog=PACKAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Validates, describes, converts and operates SageMaker HyperPod clusters.\n"
        "Requires no CDK.",
        epilog=f"""examples:
  {PACKAGE} check create-cluster.json provisioning_params.json
  {PACKAGE} describe cdk.out
  {PACKAGE} explain ClusterName
  {PACKAGE} policies operator
  {PACKAGE} cost cdk.out --region us-west-2
  {PACKAGE} preflight cdk.out
  {PACKAGE} nodes llm-training --failing
  {PACKAGE} run llm-training gpu -- nvidia-smi -L
  {PACKAGE} diff cdk.out --cluster llm-training
  {PACKAGE} convert --cluster create-cluster.json --form provisioning_params.json --output app

documentation: {documentation_url("README.md")}""",
    )
    parser.add_argument("--version", action="version", version=f"{PACKAGE} {package_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_check(commands)
    add_convert(commands)
    add_dashboards(commands)
    add_describe(commands)
    add_explain(commands)
    add_policies(commands)
    add_plan(commands)
    add_operate(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except UnreadableError as error:
        sys.stderr.write(f"{parser.prog}: {error.with_code}\n")
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
