"""What the roles of nodes may read for their steps."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

import hyperpod_constructs as hp
from tests.clusters.node_steps import BIND_ARN, all_steps, directory, make_with_login
from tests.clusters.stacks import CONTROLLER, LOGIN, WORKER
from tests.clusters.templates import allowed, policies, resource_below
from tests.clusters.values import SECRET_ARN
from tests.synth import resources_of


def test_each_role_reads_what_its_nodes_need(stack: cdk.Stack) -> None:
    scripts = all_steps(stack)
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(**scripts))

    found = policies(stack)
    data = {
        "Fn::GetAtt": [stack.get_logical_id(resource_below(scripts["s3_mounts"][0].bucket)), "Arn"]
    }
    secrets = {"Controller": [BIND_ARN, SECRET_ARN], "Login": [BIND_ARN], "Worker": [BIND_ARN]}
    assert found.keys() >= secrets.keys()
    for node_type, arns in secrets.items():
        statements = found[node_type]
        assert allowed(statements, "secretsmanager:GetSecretValue") == arns
        assert allowed(statements, "s3:PutObject") == ["arn:aws:s3:::results/*"]
        assert allowed(statements, "s3:DeleteObject*") == []
        reading = allowed(statements, "s3:GetObject*")
        assert data in reading
        assert {"Fn::Join": ["", [data, "/sets/*"]]} in reading
        assert len(allowed(statements, "kms:Decrypt")) == 1


def test_the_key_of_a_secret_is_granted(stack: cdk.Stack) -> None:
    own = secretsmanager.Secret(stack, "Own", encryption_key=kms.Key(stack, "Key"))
    accounting = hp.Accounting.external(endpoint="db", secret=own)
    cluster = make_with_login(
        stack, lifecycle_scripts=hp.LifecycleScripts.default(accounting=accounting)
    )

    (key,) = resources_of(stack, "AWS::KMS::Key").values()
    role = stack.get_logical_id(resource_below(cluster.execution_roles["controller"]))
    assert {
        "Action": "kms:Decrypt",
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::GetAtt": [role, "Arn"]}},
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-west-2.amazonaws.com"}},
    } in key["Properties"]["KeyPolicy"]["Statement"]


def test_the_policies_outlive_the_cluster(stack: cdk.Stack) -> None:
    own = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    imported = iam.Role.from_role_arn(stack, "Imported", "arn:aws:iam::111122223333:role/nodes")
    groups = [
        hp.InstanceGroup.worker(
            f"w{number}", instance_type="ml.c5.xlarge", partition="c", execution_role=role
        )
        for number, role in enumerate((own, imported))
    ]
    make_with_login(
        stack,
        instance_groups=[CONTROLLER, LOGIN, WORKER, *groups],
        lifecycle_scripts=hp.LifecycleScripts.default(directory_service=directory(stack)),
    )

    (cluster,) = resources_of(stack, "AWS::SageMaker::Cluster").values()
    granting = {
        name
        for name, policy in resources_of(stack, "AWS::IAM::Policy").items()
        if "secret:bind-" in json.dumps(policy)
    }
    assert len(granting) == 5
    assert granting <= set(cluster["DependsOn"])


def test_a_group_added_later_reads_it_too(stack: cdk.Stack) -> None:
    scripts = hp.LifecycleScripts.default(directory_service=directory(stack))
    cluster = make_with_login(
        stack, instance_groups=[CONTROLLER, WORKER], lifecycle_scripts=scripts
    )
    cluster.add_instance_group(LOGIN)

    assert allowed(policies(stack)["Login"], "secretsmanager:GetSecretValue") == [BIND_ARN]


def test_one_role_for_all_nodes_is_granted_once(stack: cdk.Stack) -> None:
    role = hp.ExecutionRole(stack, "Role")
    make_with_login(
        stack,
        execution_role=role,
        lifecycle_scripts=hp.LifecycleScripts.default(**all_steps(stack)),
    )

    assert json.dumps(policies(stack)).count("secret:bind-AbCdEf") == 1
    assert json.dumps(policies(stack)).count(SECRET_ARN) == 1


def test_a_role_that_may_not_be_changed_is_left_alone(stack: cdk.Stack) -> None:
    arn = "arn:aws:iam::111122223333:role/nodes"
    role = iam.Role.from_role_arn(stack, "Role", arn, mutable=False)
    make_with_login(
        stack,
        execution_role=role,
        lifecycle_scripts=hp.LifecycleScripts.default(**all_steps(stack)),
    )

    assert "secretsmanager:" not in json.dumps(policies(stack))
