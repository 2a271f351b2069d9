"""Command `policies`: the managed policies of an account."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hyperpod_constructs.checks.package_version import PACKAGE
from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.command_line.output import write_output
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.region import REGION
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import (
    MANAGED_POLICY_SIZE,
    Statement,
    document,
    size_of,
    split,
)

from .values import Once, file, matching, option_problems, policy_options, tag


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of the command."""
    parser = commands.add_parser(
        "policies",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Prints a managed policy: for the people of an account, or the\n"
        "CloudFormation execution policy for cdk bootstrap.",
        epilog=f"""policies:
{_descriptions()}

examples:
  {PACKAGE} policies operator --eks
  {PACKAGE} policies administrator --tag team=research --json --output administrator.json
  {PACKAGE} policies deployment --json --output deployment.json
  aws iam create-policy --policy-name HyperPodDeployment --policy-document file://deployment.json
  npx cdk bootstrap --cloudformation-execution-policies arn:aws:iam::111122223333:policy/HyperPodDeployment

viewer does not cover the logs of nodes. What logs requires, for a policy of
its own beside it:
  {PACKAGE} logs --policy

exit status: 0, or 2 for wrong options and a policy that cannot be printed as
one document""",
    )
    parser.add_argument("name", choices=POLICIES, metavar="NAME", help=", ".join(POLICIES))
    parser.add_argument("--json", action="store_true", help="print the document of the policy")
    parser.add_argument(
        "--part",
        type=int,
        metavar="N",
        help="print part N of a policy that exceeds the quota of IAM",
    )
    once: Any = Once
    parser.add_argument("--output", type=file, action=once, metavar="FILE", help="write to FILE")
    parser.add_argument(
        "--account",
        default="*",
        type=matching(r"[0-9]{12}|\*", "an account ID of 12 digits, or *"),
        action=once,
        help="account ID; all accounts by default",
    )
    parser.add_argument(
        "--region",
        default="*",
        type=matching(rf"{REGION}|\*", "a Region such as us-west-2, or *"),
        action=once,
        help="Region; all Regions by default",
    )
    parser.add_argument(
        "--partition",
        default="aws",
        type=matching(r"aws(?:-[a-z]+)*", "a partition such as aws or aws-cn"),
        action=once,
        help="partition; aws by default",
    )
    parser.add_argument("--eks", action="store_true", help="cover EKS and task governance")
    parser.add_argument("--custom-images", action="store_true", help="cover custom AMIs")
    parser.add_argument("--training-plans", action="store_true", help="cover training plans")
    parser.add_argument("--volume-keys", action="store_true", help="cover keys of volumes")
    parser.add_argument(
        "--eks-resources",
        action="store_true",
        help="cover EKS clusters and what runs on them, for deployments",
    )
    parser.add_argument(
        "--observability",
        action="store_true",
        help="cover alarms, dashboards, workspaces and schedules, for deployments",
    )
    parser.add_argument(
        "--session-documents", action="store_true", help="cover session documents, for deployments"
    )
    parser.add_argument(
        "--managed-policies", action="store_true", help="cover managed policies, for deployments"
    )
    parser.add_argument(
        "--users-and-groups",
        action="store_true",
        help="cover policies of users and groups, for deployments",
    )
    parser.add_argument(
        "--tag",
        type=tag,
        action=once,
        metavar="KEY=VALUE",
        help="clusters with the tag only, for people; does not limit EKS clusters and volumes",
    )
    parser.add_argument(
        "--execution-role",
        action="append",
        default=[],
        metavar="ARN",
        help="role of nodes or of autoscaling that can be passed to HyperPod; all roles by default; "
        "can be repeated",
    )
    parser.add_argument(
        "--eks-cluster",
        action="append",
        default=[],
        metavar="ARN",
        help="EKS cluster to which --eks is limited, with --eks; all by default; can be repeated",
    )
    parser.add_argument(
        "--permissions-boundary",
        action=once,
        metavar="ARN",
        help="permissions boundary that a deployment must attach to the roles that it creates",
    )
    parser.set_defaults(run=policies)


def policies(options: argparse.Namespace) -> int:
    """Prints a policy.

    Returns:
        Exit status.

    Raises:
        UnreadableError: If options are wrong or have no effect, or the policy has several parts, or
            not that one, or cannot be written.
    """
    environment = Environment(options.partition, options.account, options.region)
    covered = policy_options(options)
    problems = list(option_problems(options, environment, covered))
    if problems:
        raise UnreadableError(None, "\n".join(problems))
    parts = split(POLICIES[options.name](environment, covered))
    if options.part is not None and not 1 <= options.part <= len(parts):
        raise UnreadableError(
            ErrorCode.ARGUMENT_INVALID, f"--part {options.part}: {options.name} has {_parts(parts)}"
        )
    chosen = parts if options.part is None else [parts[options.part - 1]]
    if not options.json:
        write_output("\n".join(_text(part) for part in chosen), options.output)
        return 0
    if len(chosen) > 1:
        raise UnreadableError(
            ErrorCode.ARGUMENT_INVALID,
            f"{options.name} has {_parts(parts)}, since IAM limits a managed policy to "
            f"{MANAGED_POLICY_SIZE:,} characters; print each with --part",
        )
    write_output(json.dumps(document(chosen[0]), indent=2) + "\n", options.output)
    return 0


def _parts(parts: Sequence[object]) -> str:
    return "1 part" if len(parts) == 1 else f"{len(parts)} parts"


def _descriptions() -> str:
    width = max(map(len, POLICIES))
    return "\n".join(
        f"  {name:{width}}  {(build.__doc__ or '').partition(chr(10))[0]}"
        for name, build in POLICIES.items()
    )


def _text(part: Sequence[Statement]) -> str:
    lines = [f"{size_of(part):,} of {MANAGED_POLICY_SIZE:,} characters\n"]
    for statement in part:
        lines += [f"\n{statement.sid}: {statement.effect}\n", *_lines("", statement.actions)]
        lines += [*_lines("on ", statement.resources), *_conditions(statement.conditions)]
    return "".join(lines)


def _lines(word: str, texts: Sequence[str]) -> Iterator[str]:
    return (f"  {word}{text}\n" for text in texts)


def _conditions(conditions: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for operator, keys in conditions.items():
        for key, value in keys.items():
            values = ", ".join(value) if isinstance(value, list) else value
            yield f"  if {key} {operator} {values}\n"
