"""What apps of the field met: each was accepted without a word, or ended in a traceback of CDK."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

import hyperpod_constructs as hp

ACCOUNT = "111122223333"
CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
WORKER = hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu")
EKS_WORKER = hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge")
OWN_SCRIPTS = hp.LifeCycleConfig.on_creation(source_s3_uri="s3://sagemaker-own/slurm/v1")


def synthesized(
    build: Callable[[cdk.Stack], object], **options: Any
) -> tuple[dict[str, Any], list[str]]:
    """Resources and warnings of a stack."""
    app = cdk.App(context={"@aws-cdk/core:validateAgainstDefaultRules": True})
    stack = cdk.Stack(app, "Training", **options)
    build(stack)
    artifact = app.synth().get_stack_by_name("Training")
    return artifact.template["Resources"], [str(each.entry.data) for each in artifact.messages]


def of_type(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in resources.values() if each["Type"] == kind]


def dependencies(value: Any) -> set[str]:
    """Logical IDs that a resource refers to."""
    if isinstance(value, list):
        return set().union(*map(dependencies, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(dependencies, value.values()))
    if isinstance(value.get("Ref"), str):
        found.add(value["Ref"])
    attribute = value.get("Fn::GetAtt")
    return found | ({attribute[0]} if attribute else set())


def with_bucket(stack: cdk.Stack, key: kms.Key) -> None:
    bucket = s3.Bucket(stack, "Bucket", encryption_key=key)
    hp.HyperPodCluster(
        stack,
        "Cluster",
        lifecycle_scripts=hp.LifecycleScripts.default(bucket=bucket),
        instance_groups=[encrypted(CONTROLLER, key), encrypted(WORKER, key)],
    )


def with_topic(stack: cdk.Stack, key: kms.Key) -> None:
    topic = sns.Topic(stack, "Topic", master_key=key)
    controllers = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", count=2)
    hp.HyperPodCluster(
        stack,
        "Cluster",
        orchestrator=hp.Slurm(multi_head=hp.MultiHead(topic=topic)),
        instance_groups=[encrypted(controllers, key), encrypted(WORKER, key)],
    )


def encrypted(group: hp.InstanceGroup, key: kms.Key) -> hp.InstanceGroup:
    return replace(group, volumes=[hp.EbsVolume(size=cdk.Size.gibibytes(100), kms_key=key)])


@pytest.mark.parametrize("build", [with_bucket, with_topic])
def test_one_key_for_volumes_and_others_is_no_circular_dependency(
    build: Callable[[cdk.Stack, kms.Key], None],
) -> None:
    resources, _ = synthesized(lambda stack: build(stack, kms.Key(stack, "Key")))
    (key,) = of_type(resources, "AWS::KMS::Key")
    assert not any("ExecutionRoles" in each for each in dependencies(key))


def test_a_key_policy_that_does_not_delegate_to_iam_names_the_roles() -> None:
    def build(stack: cdk.Stack) -> None:
        admin = iam.PolicyStatement(
            actions=["kms:*"],
            principals=[iam.ArnPrincipal("arn:aws:iam::1:role/a")],
            resources=["*"],
        )
        key = kms.Key(stack, "Key", policy=iam.PolicyDocument(statements=[admin]))
        hp.HyperPodCluster(
            stack, "Cluster", instance_groups=[encrypted(CONTROLLER, key), encrypted(WORKER, key)]
        )

    resources, _ = synthesized(build)
    (key,) = of_type(resources, "AWS::KMS::Key")
    assert any("ExecutionRolesWorker" in each for each in dependencies(key))


def eks_cluster(mode: str | None) -> Callable[[cdk.Stack], None]:
    def build(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc(stack, "Vpc")
        resource = eks.CfnCluster(
            stack,
            "Eks",
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/eks",
            resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(
                subnet_ids=[subnet.subnet_id for subnet in vpc.private_subnets]
            ),
            access_config=None
            if mode is None
            else eks.CfnCluster.AccessConfigProperty(authentication_mode=mode),
        )
        hp.HyperPodCluster(
            stack,
            "Cluster",
            vpc=vpc,
            orchestrator=hp.Eks(hp.EksClusterReference(resource.attr_arn)),
            instance_groups=[EKS_WORKER],
        )

    return build


def test_nodes_and_an_eks_cluster_resource_of_the_app_reach_each_other() -> None:
    resources, _ = synthesized(eks_cluster("API"))
    own = {"Fn::GetAtt": ["Eks", "ClusterSecurityGroupId"]}
    rules = [each["Properties"] for each in of_type(resources, "AWS::EC2::SecurityGroupIngress")]
    assert any(rule["GroupId"] == own for rule in rules)
    assert any(rule["SourceSecurityGroupId"] == own for rule in rules)
    (cluster,) = of_type(resources, "AWS::SageMaker::Cluster")
    assert "Eks" in cluster["DependsOn"]


@pytest.mark.parametrize("mode", ["CONFIG_MAP", None])
def test_an_eks_cluster_resource_without_access_entries_is_an_error(mode: str | None) -> None:
    with pytest.raises(hp.ValidationError, match="EksAuthenticationMode"):
        synthesized(eks_cluster(mode))


def test_removal_policies_do_not_make_the_function_empty_a_kept_bucket() -> None:
    def build(stack: cdk.Stack) -> None:
        hp.HyperPodCluster(stack, "Cluster", instance_groups=[CONTROLLER, WORKER])
        cdk.RemovalPolicies.of(stack).destroy(exclude_resource_types=["AWS::S3::Bucket"])

    resources, _ = synthesized(build)
    (function,) = of_type(resources, "Custom::HyperPodNewBucket")
    assert function["DeletionPolicy"] == "RetainExceptOnCreate"
    assert function["UpdateReplacePolicy"] == "Retain"


def own_scripts(stack: cdk.Stack) -> None:
    controller = hp.InstanceGroup.controller(
        instance_type="ml.m5.xlarge", life_cycle_config=OWN_SCRIPTS
    )
    hp.HyperPodCluster(stack, "Cluster", instance_groups=[controller, WORKER])


def test_roles_may_read_the_scripts_that_a_group_has_elsewhere() -> None:
    resources, warnings = synthesized(own_scripts)
    policies = [
        json.dumps(each["Properties"])
        for each in of_type(resources, "AWS::IAM::Policy")
        if "sagemaker-own" in json.dumps(each)
    ]
    (policy,) = policies
    assert ":s3:::sagemaker-own/slurm/v1/*" in policy
    assert '"s3:ListBucket"' in policy
    assert "ExecutionRolesController" in policy
    assert "ExecutionRolesWorker" not in policy
    assert any("the prefix of lifecycle_scripts" in each for each in warnings)


def test_a_role_of_another_account_is_an_error() -> None:
    def build(stack: cdk.Stack) -> None:
        role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::999999999999:role/nodes")
        hp.HyperPodCluster(
            stack, "Cluster", execution_role=role, instance_groups=[CONTROLLER, WORKER]
        )

    with pytest.raises(hp.ValidationError, match=r"^execution_role: .*OtherAccount"):
        synthesized(build, env=cdk.Environment(account=ACCOUNT, region="us-west-2"))


def test_a_stack_without_assets_is_an_error_if_something_is_uploaded() -> None:
    def slurm(stack: cdk.Stack) -> None:
        hp.HyperPodCluster(stack, "Cluster", instance_groups=[CONTROLLER, WORKER])

    with pytest.raises(hp.ValidationError, match="StackWithoutAssets"):
        synthesized(slurm, synthesizer=cdk.BootstraplessSynthesizer())

    def by_request(stack: cdk.Stack) -> None:
        hp.HyperPodCluster(
            stack,
            "Cluster",
            orchestrator=hp.ApiDrivenSlurm(),
            instance_groups=[CONTROLLER, WORKER],
        )

    synthesized(by_request, synthesizer=cdk.BootstraplessSynthesizer())


def test_a_file_system_in_another_vpc_is_a_warning() -> None:
    def build(stack: cdk.Stack) -> None:
        other, network = ec2.Vpc(stack, "Other"), hp.ClusterNetwork(stack, "Network")
        file_system = fsx.LustreFileSystem(
            stack,
            "Scratch",
            vpc=other,
            vpc_subnet=other.private_subnets[0],
            storage_capacity_gib=1200,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.SCRATCH_2
            ),
        )
        hp.HyperPodCluster(
            stack,
            "Cluster",
            vpc=network.vpc,
            security_groups=[network.security_group],
            file_systems=[hp.FileSystem.lustre(file_system)],
            instance_groups=[CONTROLLER, WORKER],
        )

    _, warnings = synthesized(build)
    assert any(
        each.startswith("file_systems[0]: ") and "FileSystemVpc" in each for each in warnings
    )


def test_a_mount_path_known_only_at_deployment_is_refused_with_the_form() -> None:
    model = hp.ClusterModel(
        instance_groups=[CONTROLLER, WORKER],
        file_systems=[
            hp.LustreMount(
                dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com",
                mount_name="abcdefgh",
                mount_path="${Token[TOKEN.1]}",
            )
        ],
    )
    assert "MountPathMode" in {problem.code for problem in model.problems()}


@pytest.mark.parametrize("opens", [False, True])
def test_nodes_that_reach_nothing_are_a_warning(opens: bool) -> None:
    def build(stack: cdk.Stack) -> None:
        network = hp.ClusterNetwork(stack, "Network")
        group = ec2.SecurityGroup(stack, "Nodes", vpc=network.vpc, allow_all_outbound=False)
        group.add_ingress_rule(group, ec2.Port.all_traffic())
        group.add_egress_rule(group, ec2.Port.all_traffic())
        if opens:
            group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
        hp.HyperPodCluster(
            stack,
            "Cluster",
            vpc=network.vpc,
            security_groups=[group],
            instance_groups=[CONTROLLER, WORKER],
        )

    _, warnings = synthesized(build)
    assert any("NoOutboundTraffic" in each for each in warnings) is not opens
