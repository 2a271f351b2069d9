"""Managed policies of an account.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

import re
from collections.abc import Iterator, Sequence
from typing import cast

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import (
    MANAGED_POLICY,
    ROLE,
    check,
    each,
    optional,
    required,
    scope_problems,
)
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.type_checks import wrong_type

from .policies import POLICIES
from .policy_document import Statement, split
from .policy_options import PolicyOptions

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
        tag: tuple[str, str] | None = None,
        execution_roles: Sequence[iam.IRole] | None = None,
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
            tag: Key and value of the tag of the clusters. Clusters can be created with the tag only,
                and the tag cannot be added to another cluster or removed. Defaults to all clusters.
            execution_roles: Roles that can be passed to HyperPod. Defaults to all roles of the
                account that SageMaker AI can assume.
            permissions_boundary: Boundary that roles require which a deployment creates. See
                `iam.PermissionsBoundary`. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `UnknownExecutionRole`.
        """
        check(
            scope_problems(scope, id),
            required("eks", eks, bool),
            required("custom_images", custom_images, bool),
            required("training_plans", training_plans, bool),
            required("volume_keys", volume_keys, bool),
            _tag_problems(tag),
            _role_problems(execution_roles),
            optional("permissions_boundary", permissions_boundary, MANAGED_POLICY),
        )
        super().__init__(scope, id)
        self._environment = environment_of(stack_of(scope))
        self._options = PolicyOptions(
            eks=eks,
            custom_images=custom_images,
            training_plans=training_plans,
            volume_keys=volume_keys,
            tag=tag,
            execution_roles=[role.role_arn for role in execution_roles or ()],
            permissions_boundary=(
                None if permissions_boundary is None else permissions_boundary.managed_policy_arn
            ),
        )
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
        `SessionDocument`, `HyperPodPolicies`, grants to users and groups, and other resources of
        the app require policies of their own.
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


def _role_problems(roles: Sequence[iam.IRole] | None) -> Iterator[Problem]:
    """No roles must not become all roles."""
    if roles is None:
        return
    yield from each("execution_roles", roles, ROLE)
    if isinstance(roles, Sequence) and not roles:
        yield Problem(
            code="UnknownExecutionRole",
            path="execution_roles",
            value=[],
            message="has no role that can be passed to HyperPod",
            fix="pass the roles of the nodes, or omit execution_roles to allow all roles that "
            "SageMaker AI can assume",
        )


def _tag_problems(tag: object) -> Iterator[Problem]:
    """A tag is a pair of a key and a value.

    Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
    """
    if tag is None:
        return
    if not isinstance(tag, tuple) or [type(text) for text in tag] != [str, str]:
        yield wrong_type("tag", tag, "a key and a value, such as ('team', 'research')")


def _longest(text: str) -> str:
    return re.sub(r"\$\{Token\[([\w.]+?)(?:\.\d+)?\]\}", _longest_value, text)


def _longest_value(token: re.Match[str]) -> str:
    return _LONGEST.get(token[1], _LONGEST_ARN)


def _in_cdk(statement: Statement) -> iam.PolicyStatement:
    return iam.PolicyStatement.from_json(statement.to_json())
