"""Command `describe`: what the clusters of a file are."""

import argparse
import sys
from pathlib import Path

from hyperpod_constructs.checks.package_version import PACKAGE
from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.command_line.inputs import FILES_HELP, read_inputs
from hyperpod_constructs.model.problem import Severity

from .cluster import describe_clusters
from .formats import FORMATS


def add_describe(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "describe",
        help="describe the clusters of templates and requests",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Describes HyperPod clusters: groups, network, storage, roles, quotas.",
        epilog=f"""examples:
  {PACKAGE} describe cdk.out
  {PACKAGE} describe --format html --output cluster.html cdk.out
  aws sagemaker describe-cluster --cluster-name NAME | {PACKAGE} describe -

exit status: 0 for no errors, 1 for clusters with errors, 2 for a file that cannot be read""",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=FILES_HELP)
    parser.add_argument(
        "--form", type=Path, metavar="FILE", help="provisioning_params.json of a single cluster"
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="treat requests as UpdateCluster requests, which specify only changes",
    )
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the description to FILE instead of standard output",
    )
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
            f"{document.path}: is a provisioning form; specify it together with a single cluster"
        )
    clusters = tuple(describe_clusters(inputs))
    for document, finding in inputs.unread:
        sys.stderr.write(
            f"{document.path}: {finding.problem.subject} {finding.problem.message}; "
            f"{finding.problem.fix}\n"
        )
    sys.stderr.write(inputs.notes)
    if not clusters:
        sys.stderr.write(f"{', '.join(map(str, options.files))}: contains no HyperPod cluster\n")
    text = FORMATS[options.format](clusters)
    if options.output is None:
        sys.stdout.write(text)
    else:
        try:
            options.output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UnreadableError(f"{options.output}: {error.strerror}") from error
    return int(any(each.severity == Severity.ERROR for one in clusters for each in one.problems))
