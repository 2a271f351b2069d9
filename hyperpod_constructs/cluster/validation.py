"""Validation of all arguments of a cluster.

All problems are reported in one error. What depends on a wrong argument is not validated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import NamedTuple

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.object_checks import (
    ROLE,
    VPC,
    check,
    each,
    optional,
    physical_name_problems,
    required,
    scope_problems,
)
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.argument_path import argument_of, around
from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.orchestrator import Eks, Orchestrator
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.network.file_systems import FileSystem, file_system_problems
from hyperpod_constructs.network.subnets import selection_problems
from hyperpod_constructs.rules.queries import group_path
from hyperpod_constructs.scripts.lifecycle_scripts import scripts_problems

from .app_claims import AppClaims
from .argument_checks import (
    group_problems,
    orchestrator_problems,
    restricted_group_problems,
    security_group_problems,
)
from .arguments import ClusterArguments
from .environment_checks import environment_problems, group_environment_problems
from .file_system_zones import group_zone_problems, zone_problems
from .known_arguments import without
from .multi_head import multi_head_problems
from .relation_checks import group_relation_problems, relation_problems
from .root_squash import root_squash_problems
from .stack_cycles import stack_problems
from .volume_keys import group_volume_key_problems, volume_key_problems

_TYPE_CODE = "ArgumentType"


class ValidatedCluster(NamedTuple):
    """A cluster without errors.

    Attributes:
        model: The model of the cluster.
        warnings: Warnings of the model.
        elsewhere: Warnings of what is around the cluster.
    """

    model: ClusterModel
    warnings: Sequence[Problem]
    elsewhere: Sequence[Problem]


def validated(
    scope: Construct, id: str, arguments: ClusterArguments
) -> tuple[ValidatedCluster, AppClaims]:
    """The model of a cluster with its warnings, and what only one cluster of the app can have.

    Args:
        scope: Scope of the construct.
        id: ID of the construct.
        arguments: Arguments of the construct.

    Raises:
        ValidationError: With every problem of the arguments.
    """
    wrong = list(_object_problems(arguments))
    known = without(arguments, _paths(wrong))
    wrong += _others(_argument_problems(known, _names(wrong)), wrong)
    model = known.to_model(_unknown(_paths(wrong)))
    found = [*model.problems()]
    of_scope = list(scope_problems(scope, id))
    if of_scope:
        check(of_scope, wrong, _others(found, wrong))
    wrong_types = [problem for problem in found if problem.code == _TYPE_CODE]
    known = without(known, _paths(wrong_types))
    claims = AppClaims(scope, id, known)
    elsewhere = [
        *environment_problems(scope, known),
        *claims.problems(),
        *relation_problems(scope, known),
        *stack_problems(scope, known),
        *volume_key_problems(known),
        *zone_problems(known),
        *root_squash_problems(known),
    ]
    check(wrong, _others(found, wrong), _others(elsewhere, wrong))
    return ValidatedCluster(model, found, elsewhere), claims


def validated_group(
    scope: Construct,
    group: InstanceGroup,
    model: ClusterModel,
    *,
    arguments: ClusterArguments,
    vpc: ec2.IVpc,
) -> ValidatedCluster:
    """As `validated`, for a group that is added to a cluster, and is the last of its model."""
    path = group_path(len(model.instance_groups) - 1)
    found = model.problems()
    elsewhere: list[Problem] = []
    if all(problem.code != _TYPE_CODE for problem in found):
        elsewhere += group_environment_problems(scope, path, group, vpc)
        elsewhere += group_relation_problems(scope, path, group, arguments)
        elsewhere += group_volume_key_problems(path, group)
        elsewhere += group_zone_problems(path, group, arguments)
    check(found, elsewhere)
    return ValidatedCluster(model, found, elsewhere)


def _object_problems(arguments: ClusterArguments) -> Iterator[Problem]:
    """Arguments that are not the CDK objects, or lists of them, that they must be."""
    yield from physical_name_problems("cluster_name", arguments.cluster_name)
    yield from optional("vpc", arguments.vpc, VPC)
    yield from optional("vpc_subnets", arguments.vpc_subnets, ec2.SubnetSelection)
    yield from security_group_problems("security_groups", arguments.security_groups)
    yield from optional("execution_role", arguments.execution_role, ROLE)
    yield from scripts_problems("lifecycle_scripts", arguments.lifecycle_scripts)
    yield from file_system_problems("file_systems", arguments.file_systems, FileSystem)
    yield from each("instance_groups", arguments.instance_groups, InstanceGroup)
    yield from group_problems(arguments.instance_groups)
    yield from restricted_group_problems(arguments.restricted_instance_groups)
    yield from orchestrator_problems(arguments.orchestrator)
    yield from optional("cluster_role", arguments.cluster_role, ROLE)
    yield from _trust_problems(arguments.execution_role, arguments.source_account_condition)
    yield from required("restrict_network_interfaces", arguments.restrict_network_interfaces, bool)
    yield from required("restrict_bucket_listing", arguments.restrict_bucket_listing, bool)


def _argument_problems(known: ClusterArguments, wrong: set[str]) -> Iterator[Problem]:
    """The problems of arguments that depend on others, unless these are wrong."""
    if "orchestrator" in wrong:
        return
    scripts = known.scripts
    if scripts is not None and "lifecycle_scripts" not in wrong:
        yield from scripts.problems(known.orchestrator)
    if "vpc" not in wrong:
        vpc = None if known.known_subnets is None else known.known_subnets.vpc
        yield from _vpc_problems(vpc, known.orchestrator)
        yield from _selection_problems(vpc, known.vpc_subnets, known.orchestrator)
        yield from multi_head_problems(known.orchestrator, vpc)


def _paths(problems: Iterable[Problem]) -> list[str]:
    return [problem.path for problem in problems]


def _names(problems: Iterable[Problem]) -> set[str]:
    """The names of the arguments that have problems."""
    return {argument_of(path) for path in _paths(problems)}


def _unknown(wrong: Sequence[str]) -> list[str]:
    """The arguments of the model that depend on wrong arguments."""
    names = {each.name for each in fields(ClusterValues)} | {"lifecycle_scripts"}
    unknown = [path for path in wrong if argument_of(path) in names]
    if any(argument_of(path) in _OF_SUBNETS or ".subnets" in path for path in wrong):
        unknown += ["subnets", "own_subnets"]
    if any(path.startswith("lifecycle_scripts") for path in wrong):
        unknown.append("scripts")
    return unknown


_OF_SUBNETS = ("vpc", "vpc_subnets", "orchestrator")
"""Arguments that decide on the subnets of the nodes."""


def _others(found: Iterable[Problem], wrong: Sequence[Problem]) -> list[Problem]:
    """The problems that are not about wrong arguments."""
    paths = frozenset(_paths(wrong))
    return [problem for problem in found if paths.isdisjoint(around(problem.path))]


def _vpc_problems(vpc: ec2.IVpc | None, orchestrator: Orchestrator) -> Iterator[Problem]:
    """The nodes of an EKS cluster are in its VPC."""
    if vpc is None and isinstance(orchestrator, Eks):
        yield Problem(
            code="VpcMissing",
            path="vpc",
            value=None,
            message="is required, since the VPC of the EKS cluster is unknown",
            fix="pass vpc=, or import the EKS cluster with vpc=",
        )


def _selection_problems(
    vpc: ec2.IVpc | None, selection: ec2.SubnetSelection | None, orchestrator: Orchestrator
) -> Iterator[Problem]:
    """The selections of nodes and of a created database select subnets of the VPC."""
    if vpc is not None:
        yield from selection_problems("vpc_subnets", vpc, selection)
        database = getattr(getattr(orchestrator, "multi_head", None), "database_subnets", None)
        yield from selection_problems("orchestrator.multi_head.database_subnets", vpc, database)


def _trust_problems(role: iam.IRole | None, source_account_condition: object) -> Iterator[Problem]:
    """The trust policy of a specified role is not changed."""
    if not isinstance(source_account_condition, bool):
        yield wrong_type("source_account_condition", source_account_condition, "True or False")
    elif role is not None and source_account_condition:
        yield Problem(
            code="SourceAccountCondition",
            path="source_account_condition",
            value=source_account_condition,
            message="applies to created roles, and execution_role is specified",
            fix="omit it, and pass it to ExecutionRole",
        )
