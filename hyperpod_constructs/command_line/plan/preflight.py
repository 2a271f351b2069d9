"""Command `preflight`: checks of an account before a deployment."""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hyperpod_constructs.command_line.documents import STANDARD_INPUT, UnreadableError
from hyperpod_constructs.command_line.inputs import Inputs, read_inputs
from hyperpod_constructs.command_line.models import clusters_of
from hyperpod_constructs.command_line.operate.printing import print_json, print_table, say
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.account import Account
from hyperpod_constructs.operations.preflight.check import Finding, run_checks
from hyperpod_constructs.operations.preflight.checks import CHECKS
from hyperpod_constructs.operations.preflight.outcome import Outcome
from hyperpod_constructs.operations.preflight.planned import Planned
from hyperpod_constructs.operations.reads import Reads

from .app_region import region_of

_LINK = re.compile(r": (https://\S+)")
_COLUMNS = ("RESULT", "CHECK", "SUBJECT", "MESSAGE")


def preflight(options: argparse.Namespace, account: Account) -> int:
    """Prints what the checks find.

    Returns:
        Exit status: 1 if a check fails, 2 if only some cannot be made.

    Raises:
        UnreadableError: If the file does not exist, or has no cluster.
    """
    if options.file != STANDARD_INPUT and not options.file.exists():
        raise UnreadableError(
            ErrorCode.FILE_UNREADABLE,
            f"{options.file}: does not exist; specify the file of a cluster to deploy: a template, a "
            "cdk.out directory or a request",
        )
    inputs = read_inputs([options.file], options.form)
    reads = Reads(replace(account, region=region_of(options, account, [inputs])))
    found: list[tuple[Planned, Sequence[Finding]]] = [
        (planned, list(run_checks(CHECKS, planned, reads))) for planned in _planned(inputs, reads)
    ]
    if options.json:
        print_json({"Clusters": [_in_json(*each) for each in found]})
    else:
        for planned, findings in found:
            _print(options, planned, findings)
    outcomes = {each.result.outcome for _, findings in found for each in findings}
    if Outcome.FAILED in outcomes:
        return 1
    return 2 * int(Outcome.UNKNOWN in outcomes)


def _planned(inputs: Inputs, reads: Reads) -> Iterator[Planned]:
    for each in clusters_of(inputs, with_groups=False):
        arn = reads.caller.arn("sagemaker", "cluster/none")
        yield Planned.of(each.request, each.model, each.form, arn)


def _print(options: argparse.Namespace, planned: Planned, findings: Sequence[Finding]) -> None:
    shown = [each for each in findings if options.all or each.result.outcome is not Outcome.OK]
    if shown:
        print_table(_COLUMNS, [_row(each) for each in shown], optional=("CHECK",))
        for each in shown if sys.stdout.isatty() else ():
            if link := _LINK.search(each.result.fix):
                sys.stdout.write(f"{each.result.subject}: {link[1]}\n")
        sys.stdout.write("\n")
    counts = Counter(each.result.outcome for each in findings)
    totals = ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each])
    name = planned.name or "cluster with a name that CloudFormation generates"
    sys.stdout.write(f"{name}: {totals}\n")
    if planned.created_later:
        say(f"Not checked, since the deployment creates them: {', '.join(planned.created_later)}.")


def _row(finding: Finding) -> tuple[str, ...]:
    result = finding.result
    # A terminal cannot open a link that a cell wraps.
    fix = _LINK.sub("", result.fix) if sys.stdout.isatty() else result.fix
    text = f"{result.message}; {fix}" if fix else result.message
    return (str(result.outcome), finding.code, result.subject, text)


def _in_json(planned: Planned, findings: Sequence[Finding]) -> dict[str, object]:
    return {
        "ClusterName": planned.name,
        "Findings": [
            {
                "Check": each.code,
                "Result": str(each.result.outcome),
                "Subject": each.result.subject,
                "Message": each.result.message,
                "Fix": each.result.fix,
            }
            for each in findings
        ],
        "CreatedByTheDeployment": list(planned.created_later),
    }
