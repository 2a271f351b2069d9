"""Managed policies of an account.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import (
    EKS_CLUSTER,
    MANAGED_POLICY,
    ROLE,
    check,
    each,
    optional,
    required,
    scope_problems,
)
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.model.type_checks import wrong_type

from .granted_cluster import eks_scope
from .policies import POLICIES
from .policy_document import Statement, split
from .policy_options import PolicyOptions
from .referenced_resources import list_problems
from .resource_arns import arn_problems
from .tag_conditions import tag_condition_problems

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2

_LONGEST = {
    "AWS.Partition": "aws-us-gov",
    "AWS.Region": "ap-southeast-2",
    "AWS.AccountId": "0" * 12,
}
"""What tokens of the environment can resolve to."""
_LONGEST_ARN = f"arn:aws-us-gov:iam::{'0' * 12}:policy/{'0' * 128}"
"""What other tokens can resolve to, such as ARNs; CloudFormation generates names."""


class HyperPodPolicies(Construct):
    """Managed policies for the people of an account, and for deployments with CloudFormation.

    Each policy is a list, since IAM limits a managed policy to 6,144 characters: pass the list to
    `managed_policies` of a role, user or group. Policies allow access to all clusters of the account
    and Region, or to those with a tag; `cluster.grants` allows access to a single cluster.

    `python -m hyperpod_constructs policies` prints the same policies without CDK, also before the
    account is bootstrapped.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        eks: bool = False,
        custom_images: bool = False,
        training_plans: bool = False,
        volume_keys: bool = False,
        eks_resources: bool = False,
        observability: bool = False,
        session_documents: bool = False,
        managed_policies: bool = False,
        users_and_groups: bool = False,
        tag: tuple[str, str] | None = None,
        execution_roles: Sequence[iam.IRole] | None = None,
        eks_clusters: "Sequence[eks.ICluster | eks_v2.ICluster | EksClusterReference] | None" = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
    ) -> None:
        """Creates the policies when they are used.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            eks: Whether to cover clusters that are orchestrated by EKS, and their task governance.
            custom_images: Whether to allow sharing AMIs with the tag `AllowSharing`: `true` with
                HyperPod.
            training_plans: Whether to cover training plans, which administrators can pay for.
            volume_keys: Whether to cover volumes that are encrypted with customer managed keys.
            eks_resources: Whether deployments can create EKS clusters of the account and Region, and
                what runs on them: `EksControlPlane`, add-ons, charts, access entries and task
                governance. Implies `eks` for deployments.
            observability: Whether deployments can create `ClusterWatch`, `PrometheusWorkspace`,
                `SoftwareUpdateSchedule` and rules for events: alarms, dashboards, metric filters,
                queries, workspaces, schedules, and the policies of SNS topics.
            session_documents: Whether deployments can create a `SessionDocument`.
            managed_policies: Whether deployments can create managed policies, such as these.
            users_and_groups: Whether deployments can grant access to users and groups.
            tag: Key and value of the tag of the clusters. Clusters can be created with the tag only,
                and the tag cannot be added to another cluster or removed. EKS clusters and volumes
                are not limited. The value can be a tag of the person, such as
                `${aws:PrincipalTag/team}`. Defaults to all clusters.
            execution_roles: Roles that can be passed to HyperPod, those of the nodes and of
                autoscaling. Defaults to all roles of the account that SageMaker AI can assume.
            eks_clusters: EKS clusters to which `eks` is limited. Implies `eks`. Defaults to all of
                the account and Region.
            permissions_boundary: Permissions boundary that a deployment must attach to the roles
                that it creates, with `iam.PermissionsBoundary.of(app).apply(policy)`. Cannot be
                combined with `managed_policies` and `users_and_groups`, which a boundary of roles
                does not limit. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `UnknownExecutionRole`,
                `UnknownEksCluster`, `RoleArn`, `EksClusterArn`, `PolicyArn`, `OtherAccount`, `OtherPartition`,
                `OtherRegion`, `OtherStage`, `TagKey`, `TagValue`, `BeyondBoundary`.
        """
        check(
            scope_problems(scope, id),
            required("eks", eks, bool),
            required("custom_images", custom_images, bool),
            required("training_plans", training_plans, bool),
            required("volume_keys", volume_keys, bool),
            required("eks_resources", eks_resources, bool),
            required("observability", observability, bool),
            required("session_documents", session_documents, bool),
            required("managed_policies", managed_policies, bool),
            required("users_and_groups", users_and_groups, bool),
            _tag_problems(tag),
            each("execution_roles", execution_roles or (), ROLE),
            each("eks_clusters", eks_clusters or (), EKS_CLUSTER),
            _none_problems(execution_roles, eks_clusters),
            optional("permissions_boundary", permissions_boundary, MANAGED_POLICY),
        )
        here = self._environment = environment_of(stack_of(scope))
        boundary = None if permissions_boundary is None else permissions_boundary.managed_policy_arn
        check(
            list_problems(scope, here, "execution_roles", execution_roles or (), "role"),
            list_problems(scope, here, "eks_clusters", eks_clusters or (), "EKS cluster"),
            ()
            if boundary is None
            else arn_problems("permissions_boundary", boundary, "policy", here),
        )
        self._options = PolicyOptions(
            eks=eks or eks_clusters is not None,
            custom_images=custom_images,
            training_plans=training_plans,
            volume_keys=volume_keys,
            eks_resources=eks_resources,
            observability=observability,
            session_documents=session_documents,
            managed_policies=managed_policies,
            users_and_groups=users_and_groups,
            tag=tag,
            execution_roles=[role.role_arn for role in execution_roles or ()],
            eks_clusters=eks_scope([cluster.cluster_arn for cluster in eks_clusters or ()]),
            permissions_boundary=boundary,
        )
        check(_boundary_problems(self._options))
        super().__init__(scope, id)
        self._created: dict[str, list[iam.IManagedPolicy]] = {}

    @property
    def administrator(self) -> list[iam.IManagedPolicy]:
        """Allow creating, updating, operating, tagging and deleting clusters."""
        return self._policy("administrator")

    @property
    def operator(self) -> list[iam.IManagedPolicy]:
        """Allow reading clusters, managing their nodes and updating their AMI."""
        return self._policy("operator")

    @property
    def viewer(self) -> list[iam.IManagedPolicy]:
        """Allow reading clusters, their nodes and events."""
        return self._policy("viewer")

    @property
    def deployment(self) -> list[iam.IManagedPolicy]:
        """Allow CloudFormation to deploy clusters: `cdk bootstrap --cloudformation-execution-policies`.

        Covers clusters with their network, roles, scripts and database, and FSx file systems.
        `eks_resources`, `observability`, `session_documents`, `managed_policies` and
        `users_and_groups` add what other constructs of this package require. Other resources of the
        app require policies of their own.
        """
        return self._policy("deployment")

    def _policy(self, name: str) -> list[iam.IManagedPolicy]:
        if name not in self._created:
            statements = POLICIES[name](self._environment, self._options)
            self._created[name] = [
                cast(
                    "iam.IManagedPolicy",
                    iam.ManagedPolicy(
                        self,
                        f"{name.capitalize()}{number or ''}",
                        description=f"SageMaker HyperPod: {name}",
                        statements=[_in_cdk(each) for each in part],
                    ),
                )
                for number, part in enumerate(split(statements, _longest))
            ]
        return list(self._created[name])


def _none_problems(execution_roles: object, eks_clusters: object) -> Iterator[Problem]:
    """No roles must not become all roles, nor no EKS clusters all EKS clusters."""
    for path, values in (("execution_roles", execution_roles), ("eks_clusters", eks_clusters)):
        if isinstance(values, list | tuple) and not values:
            yield Problem(
                code="UnknownExecutionRole" if path == "execution_roles" else "UnknownEksCluster",
                path=path,
                value=[],
                message="is empty, and policies cannot be limited to nothing",
                fix=f"pass the resources, or omit {path} to allow all of the account",
            )


def _tag_problems(tag: object) -> Iterator[Problem]:
    """A tag is a pair of a key and a value."""
    if tag is None:
        return
    if not isinstance(tag, tuple) or [type(part) for part in tag] != [str, str]:
        yield wrong_type("tag", tag, "a key and a value, such as ('team', 'research')")
    else:
        yield from tag_condition_problems("tag[0]", tag[0], "tag[1]", tag[1])


def _boundary_problems(options: PolicyOptions) -> Iterator[Problem]:
    """A boundary of roles limits neither managed policies nor the policies of users and groups.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    if options.beyond_boundary is not None:
        yield Problem(
            code="BeyondBoundary",
            path=options.beyond_boundary,
            value=True,
            message="allows a deployment to change policies that permissions_boundary does not limit",
            fix="omit one of them, and deploy these policies with a role of its own",
        )


def _longest(text: str) -> str:
    return re.sub(r"\$\{Token\[([\w.]+?)(?:\.\d+)?\]\}", _longest_value, text)


def _longest_value(token: re.Match[str]) -> str:
    return _LONGEST.get(token[1], _LONGEST_ARN)


def _in_cdk(statement: Statement) -> iam.PolicyStatement:
    return iam.PolicyStatement.from_json(statement.to_json())
