"""Values of the options of the command `policies`."""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.access_scope import EksScope
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import document
from hyperpod_constructs.permissions.policy_options import PolicyOptions
from hyperpod_constructs.permissions.resource_arns import arn_problems
from hyperpod_constructs.permissions.tag_conditions import tag_condition_problems

_PARTITIONS = {
    "cn-": "aws-cn",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
}
"""Partitions by the start of their Regions. Others are in `aws`."""
_OPTIONS = {
    "execution_roles": "--execution-role",
    "eks_clusters": "--eks-cluster",
}
"""Options whose name is not that of the part of the policy."""


class Once(argparse.Action):
    """An option that cannot be repeated."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - as argparse calls it
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        given = namespace.__dict__.setdefault("given", set())
        if self.dest in given:
            raise argparse.ArgumentError(self, "is repeated; specify it once")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


def matching(pattern: str, words: str) -> Callable[[str], str]:
    """A type of values that match a regular expression."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} must be {words}")
        return text

    return read


def tag(text: str) -> tuple[str, str]:
    """A tag, `KEY=VALUE`."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} must be KEY=VALUE")
    if not value:
        raise argparse.ArgumentTypeError(f"{text!r} has no value; specify the value of the tag")
    for problem in tag_condition_problems("key", key, "value", value):
        raise argparse.ArgumentTypeError(f"{problem.statement}; {problem.fix} ({problem.code})")
    return key, value


def file(text: str) -> Path:
    """A file, which has a name."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; specify a file")
    return Path(text)


def policy_options(options: argparse.Namespace) -> PolicyOptions:
    """What the policy covers."""
    return PolicyOptions(
        eks=options.eks or bool(options.eks_cluster),
        custom_images=options.custom_images,
        training_plans=options.training_plans,
        volume_keys=options.volume_keys,
        eks_resources=options.eks_resources,
        observability=options.observability,
        session_documents=options.session_documents,
        managed_policies=options.managed_policies,
        users_and_groups=options.users_and_groups,
        tag=options.tag,
        execution_roles=tuple(options.execution_role),
        eks_clusters=EksScope.of_clusters(options.eks_cluster) if options.eks_cluster else None,
        permissions_boundary=options.permissions_boundary,
    )


def option_problems(
    options: argparse.Namespace, environment: Environment, covered: PolicyOptions
) -> Iterator[str]:
    """Options that contradict one another, and those that the policy does not use."""
    named: Sequence[tuple[str, str, Sequence[str]]] = (
        ("--execution-role", "role", options.execution_role),
        ("--eks-cluster", "EKS cluster", options.eks_cluster),
        ("--permissions-boundary", "policy", list(filter(None, [options.permissions_boundary]))),
    )
    for option, kind, arns in named:
        for arn in arns:
            yield from map(str, arn_problems(option, arn, kind, environment))
    partition = _partition(environment.region)
    if partition not in {None, environment.partition}:
        yield _with_code(
            f"--region: {environment.region} is in another partition than {environment.partition}; "
            f"use --partition {partition}"
        )
    if options.eks_cluster and not options.eks:
        yield _with_code("--eks-cluster: limits what --eks covers; specify --eks as well")
    if covered.beyond_boundary is not None:
        yield _with_code(
            f"{_option(covered.beyond_boundary)}: allows a deployment to change policies that "
            "--permissions-boundary does not limit; omit one of them"
        )
    whole = _documented(options.name, environment, covered)
    for each in fields(PolicyOptions):
        default = getattr(PolicyOptions(), each.name)
        if getattr(covered, each.name) != default and (
            _documented(options.name, environment, replace(covered, **{each.name: default}))
            == whole
        ):
            yield _with_code(
                f"{_option(each.name)}: has no effect on the policy {options.name}; omit it"
            )


def _with_code(text: str) -> str:
    return f"{text} ({ErrorCode.ARGUMENT_INVALID})"


def _partition(region: str) -> str | None:
    """The partition of a Region. None for all Regions."""
    if region == "*":
        return None
    return next((each for start, each in _PARTITIONS.items() if region.startswith(start)), "aws")


def _documented(name: str, environment: Environment, covered: PolicyOptions) -> dict[str, Any]:
    return document(POLICIES[name](environment, covered))


def _option(part: str) -> str:
    return _OPTIONS.get(part) or f"--{part.replace('_', '-')}"
