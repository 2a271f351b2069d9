"""Command `describe`: what the clusters of a file are."""

import argparse
import sys

from hyperpod_constructs.checks.package_version import PACKAGE
from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.command_line.inputs import add_input_arguments, read_inputs
from hyperpod_constructs.command_line.output import add_output_arguments, write_output
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.problem import Severity

from .cluster import describe_clusters
from .formats import FORMATS


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of the command."""
    parser = commands.add_parser(
        "describe",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Describes HyperPod clusters: groups, network, storage, roles, quotas.",
        epilog=f"""examples:
  {PACKAGE} describe cdk.out
  {PACKAGE} describe --format html --output cluster.html cdk.out
  aws sagemaker describe-cluster --cluster-name NAME | {PACKAGE} describe -

exit status: 0 for no errors, 1 for clusters with errors, 2 for a file that
cannot be read""",
    )
    add_input_arguments(parser)
    add_output_arguments(parser, FORMATS, what="description")
    parser.set_defaults(run=describe)


def describe(options: argparse.Namespace) -> int:
    """Describes the clusters of the files.

    Returns:
        Exit status.

    Raises:
        UnreadableError: If a file cannot be read or written.
    """
    inputs = read_inputs(options.files, options.form, is_update=options.update)
    for document in inputs.forms:
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{document.path}: is a provisioning form; specify it together with a single cluster",
        )
    clusters = tuple(describe_clusters(inputs))
    for document, finding in inputs.unread:
        sys.stderr.write(
            f"{document.path}: {finding.problem.statement}; {finding.problem.fix} "
            f"({finding.problem.code})\n"
        )
    sys.stderr.write(inputs.notes)
    if not clusters:
        sys.stderr.write(f"{', '.join(map(str, options.files))}: contains no HyperPod cluster\n")
    write_output(FORMATS[options.format](clusters), options.output)
    return int(any(each.severity == Severity.ERROR for one in clusters for each in one.problems))
