"""Grants across the stacks of an app synthesize, whichever of them depends on the other."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

import hyperpod_constructs as hp
from tests.clusters.stacks import GROUPS, WORKER, make_cluster
from tests.synth import CONTEXT, make_stack

from .granted import role, tagged


def test_role_of_a_stack_that_depends_on_the_cluster() -> None:
    app = cdk.App(context=CONTEXT)
    cluster = make_cluster(make_stack(app, "Training"))
    operators = make_stack(app, "Operators")
    grantee = role(operators)
    cluster.grants.administer(grantee)
    cdk.CfnOutput(operators, "Cluster", value=cluster.cluster_arn)

    assert _stack_of_policy(app, "sagemaker:UpdateCluster") == ["Operators"]


def test_role_of_a_stack_that_the_cluster_depends_on() -> None:
    app = cdk.App(context=CONTEXT)
    base = make_stack(app, "Base")
    network = hp.ClusterNetwork(base, "Network")
    grantee, user, group = role(base), iam.User(base, "Ann"), iam.Group(base, "Operators")
    cluster = make_cluster(
        make_stack(app, "Training"),
        vpc=network.vpc,
        security_groups=[network.security_group],
    )
    cluster.grants.administer(grantee)
    cluster.grants.describe(grantee)
    cluster.grants.describe(user)
    cluster.grants.describe(group)

    assert _stack_of_policy(app, "sagemaker:UpdateCluster") == ["Training"]


def test_role_of_a_stack_that_the_cluster_depends_on_explicitly() -> None:
    app = cdk.App(context=CONTEXT)
    base, between, training = (make_stack(app, name) for name in ("Base", "Between", "Training"))
    training.add_dependency(between)
    between.add_dependency(base)
    role(between)
    make_cluster(training).grants.describe(role(base))

    assert _stack_of_policy(app, "sagemaker:DescribeCluster") == ["Training"]


def test_role_of_another_stage_by_tag() -> None:
    app = cdk.App(context=CONTEXT)
    make_cluster(make_stack(cdk.Stage(app, "Prod"), "Training"))
    operators = make_stack(cdk.Stage(app, "Access"), "Operators")
    tagged(operators).operate(role(operators))

    assert app.synth().nested_assemblies


def test_role_that_another_account_assumes() -> None:
    app = cdk.App(context=CONTEXT)
    training = make_stack(app, "Training")
    cluster = make_cluster(training)
    reader = iam.Role(
        training, "Reader", assumed_by=iam.AccountPrincipal("444455556666"), role_name="reader"
    )
    cluster.grants.describe(reader)
    other = cdk.Environment(account="444455556666", region="us-west-2")
    assumer = role(cdk.Stack(app, "Other", env=other))
    reader.grant_assume_role(assumer)

    assert _stack_of_policy(app, "sagemaker:DescribeCluster") == ["Training"]


def test_cluster_of_a_nested_stack() -> None:
    app = cdk.App(context=CONTEXT)
    outer = make_stack(app, "Outer")
    cluster = make_cluster(cdk.NestedStack(outer, "Nested"), instance_groups=[*GROUPS[:1], WORKER])
    cluster.grants.operate(role(outer))

    assert _stack_of_policy(app, "sagemaker:BatchRebootClusterNodes") == ["Outer"]


def _stack_of_policy(app: cdk.App, action: str) -> list[str]:
    return [
        stack.stack_name
        for stack in app.synth().stacks
        if f'"{action}"' in json.dumps(stack.template)
    ]
