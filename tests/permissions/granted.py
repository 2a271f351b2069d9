"""Roles with grants, and what their policies allow."""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

import hyperpod_constructs as hp
from hyperpod_constructs.testing.policies.statements import is_allowed
from tests.clusters.requests import EKS_ARN, ROLE_ARN
from tests.synth import CONTEXT, make_stack, resources_of

HERE = "arn:aws:sagemaker:us-west-2:111122223333"
CLUSTER, OTHER = f"{HERE}:cluster/abcdefghijkl", f"{HERE}:cluster/mnopqrstuvwx"
ELSEWHERE = {
    "another account": CLUSTER.replace("111122223333", "444455556666"),
    "another Region": CLUSTER.replace("us-west-2", "us-east-1"),
}
Statements = list[dict[str, Any]]
Grant = Callable[[Any, iam.IGrantable], object]


def role(stack: cdk.Stack, id: str = "Operator") -> iam.Role:
    return iam.Role(stack, id, assumed_by=iam.AccountRootPrincipal())


def imported(stack: cdk.Stack, id: str = "Cluster", **arguments: Any) -> Any:
    return hp.HyperPodCluster.from_cluster_attributes(
        stack,
        id,
        cluster_arn=CLUSTER,
        execution_role=iam.Role.from_role_arn(stack, f"{id}Nodes", ROLE_ARN),
        **arguments,
    )


def on_eks(stack: cdk.Stack) -> hp.ClusterGrants:
    """Grants of a cluster whose roles and EKS cluster are known."""
    reference: Any = hp.EksClusterReference(EKS_ARN)
    return hp.ClusterGrants.from_cluster(imported(stack), eks_cluster=reference)


def tagged(stack: cdk.Stack) -> hp.TaggedClusterGrants:
    nodes = iam.Role.from_role_arn(stack, "Nodes", ROLE_ARN)
    return hp.TaggedClusterGrants.from_tag(stack, "team", "vision", execution_roles=[nodes])


def granted(grants_of: Callable[[cdk.Stack], Any], grant: Grant) -> Statements:
    """The statements that a method adds to the policy of a role."""
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    grant(grants_of(stack), role(stack))
    return statements_of(stack)


def statements_of(stack: cdk.Stack) -> Statements:
    return [
        statement
        for policy in resources_of(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def allows(
    statements: Statements, action: str, resource: str, context: Mapping[str, Any] | None = None
) -> bool:
    """Whether statements allow a request."""
    return is_allowed(statements, action, resource, {"aws:userid": "AROA:ann", **(context or {})})
