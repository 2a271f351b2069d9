"""For codes that no model of a cluster can have: a call in an app that reports the code."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import hyperpod_constructs as hp
from hyperpod_constructs.command_line.documents import read_document
from hyperpod_constructs.command_line.subjects import contents_of
from tests.clusters.requests import EKS_ARN, ROLE_ARN, SCRIPTS
from tests.clusters.stacks import GPU, make_cluster, make_eks
from tests.clusters.values import controller, worker
from tests.synth import CONTEXT, make_stack

from .eks_calls import CALLS as EKS_CALLS

_ARN = "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl"
_ANY: Any = hp
_GROUP = {
    "InstanceGroupName": "gpu",
    "InstanceType": "ml.g5.8xlarge",
    "InstanceCount": 1,
    "ExecutionRole": ROLE_ARN,
    "LifeCycleConfig": SCRIPTS,
}


def example_texts() -> dict[str, str]:
    """The text of each code."""
    return {code: _text(code, call) for code, call in {**_CALLS, **EKS_CALLS}.items()}


def _text(code: str, call: Callable[[cdk.Stack], object]) -> str:
    try:
        call(make_stack(cdk.App(context=CONTEXT), "Training"))
    except hp.ValidationError as error:
        for problem in error.problems:
            if problem.code == code:
                return str(problem)
    message = f"the call does not report {code}"
    raise AssertionError(message)


def _other_stack(stack: cdk.Stack, id: str) -> cdk.Stack:
    root: Any = stack.node.root
    return make_stack(root, id)


def _root(stack: cdk.Stack) -> Any:
    return stack.node.root


def _grantee(stack: cdk.Stack) -> iam.Role:
    return iam.Role(stack, "Operator", assumed_by=iam.AccountRootPrincipal())


def _grantee_of_nodes(stack: cdk.Stack) -> object:
    cluster = make_cluster(stack)
    return cluster.grants.list_nodes(cluster)


def _session_grant(stack: cdk.Stack) -> object:
    cluster, grantee = _imported(stack), _grantee(stack)
    cluster.grants.start_session(grantee)
    return cluster.grants.start_session(grantee, run_as="ubuntu")


def _other_vpc(stack: cdk.Stack) -> object:
    network, other = hp.ClusterNetwork(stack, "Network"), hp.ClusterNetwork(stack, "Other")
    return make_cluster(stack, vpc=network.vpc, security_groups=[other.security_group])


def _role(stack: cdk.Stack, arn: str) -> object:
    return make_cluster(stack, execution_role=iam.Role.from_role_arn(stack, "Role", arn))


def _key(stack: cdk.Stack) -> object:
    arn = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    volume = hp.EbsVolume.root(kms_key=kms.Key.from_key_arn(stack, "Key", arn))
    return make_cluster(stack, instance_groups=[controller(), worker(volumes=[volume])])


def _stack_cycle(stack: cdk.Stack) -> object:
    network = hp.ClusterNetwork(stack, "Network")
    group = hp.EfaSecurityGroup(_other_stack(stack, "Groups"), "Nodes", vpc=network.vpc)
    return make_cluster(stack, vpc=network.vpc, security_groups=[group])


def _authentication_mode(stack: cdk.Stack) -> object:
    cluster: Any = eks.CfnCluster(
        stack,
        "Eks",
        role_arn="arn:aws:iam::111122223333:role/eks",
        resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(subnet_ids=[]),
        access_config=eks.CfnCluster.AccessConfigProperty(authentication_mode="CONFIG_MAP"),
    )
    return make_eks(stack, orchestrator=hp.Eks(hp.EksClusterReference(cluster.attr_arn)))


def _twice(stack: cdk.Stack, **arguments: Any) -> object:
    make_cluster(stack, **arguments)
    return make_cluster(stack, "Second", **arguments)


def _eks_twice(stack: cdk.Stack) -> object:
    vpc = make_eks(stack).vpc
    orchestrator = hp.Eks(hp.EksClusterReference(EKS_ARN))
    return make_cluster(stack, "Second", orchestrator=orchestrator, vpc=vpc, instance_groups=[GPU])


def _prefix_twice(stack: cdk.Stack) -> object:
    bucket = s3.Bucket(stack, "Bucket")
    return _twice(stack, lifecycle_scripts=hp.LifecycleScripts.from_bucket(bucket, "slurm"))


def _imported(stack: cdk.Stack, **arguments: Any) -> Any:
    return hp.HyperPodCluster.from_cluster_attributes(
        stack, "Imported", cluster_arn=_ARN, **arguments
    )


def _other_app(stack: cdk.Stack) -> object:
    other = make_stack(cdk.App(context=CONTEXT), "Other")
    return make_cluster(stack, execution_role=hp.ExecutionRole(other, "Role"))


def _role_stack(stack: cdk.Stack) -> object:
    role = hp.ExecutionRole(_other_stack(stack, "Roles"), "Role")
    return make_cluster(stack, execution_role=role)


def _resolved(stack: cdk.Stack) -> object:
    cluster = make_cluster(stack)
    cdk.Stage.of(stack).synth()  # type: ignore[union-attr]
    return cluster.add_instance_group(worker("more"))


def _disabled_key(stack: cdk.Stack) -> object:
    volume = hp.EbsVolume.root(kms_key=kms.Key(stack, "Key", enabled=False))
    return make_cluster(stack, instance_groups=[controller(), worker(volumes=[volume])])


def _request(group: Mapping[str, object] = _GROUP, **changes: Any) -> object:
    """Notes are problems of a request that is read."""
    model = hp.ClusterModel.from_request({"InstanceGroups": [group], **changes})
    raise hp.ValidationError(model.notes)


def _repeated_key(_: cdk.Stack) -> object:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_text('{"ClusterName": "a", "InstanceGroups": [], "ClusterName": "b"}')
        findings = contents_of(read_document(file)).findings
    raise hp.ValidationError(finding.problem for finding in findings)


def _openzfs(stack: cdk.Stack) -> object:
    home = fsx.CfnFileSystem(stack, "Home", file_system_type="OPENZFS", subnet_ids=["subnet-0"])
    return hp.FileSystem.lustre(home)


_CALLS: Mapping[str, Callable[[cdk.Stack], object]] = {
    "WorkspaceArn": lambda stack: hp.PrometheusWorkspace.from_workspace_arn(
        stack, "Metrics", "ws-00000000-0000-0000-0000-000000000000"
    ),
    "AccountId": lambda stack: hp.ExecutionRole(stack, "Role", vpc_owner_account="1111"),
    "AvailabilityZone": lambda stack: hp.ClusterNetwork(
        stack, "Network", availability_zone="usw2-az1"
    ),
    "BeyondBoundary": lambda stack: hp.HyperPodPolicies(
        stack,
        "Policies",
        managed_policies=True,
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(stack, "B", "boundary"),
    ),
    "ClusterArn": lambda stack: hp.HyperPodCluster.from_cluster_arn(stack, "Imported", "training"),
    "ClusterNameTwice": lambda stack: _twice(stack, cluster_name="training"),
    "ClusterResolved": _resolved,
    "ConstructId": lambda stack: make_cluster(stack, ""),
    "EksAuthenticationMode": _authentication_mode,
    "EksClusterTwice": _eks_twice,
    "EventValue": lambda stack: _imported(stack).on_state_change("Rule", statuses=["Faild"]),
    "FileSystemArguments": lambda _: hp.FileSystem.lustre(mount_name="fsx"),
    "FileSystemType": _openzfs,
    "GeneratedName": lambda stack: make_cluster(
        stack, cluster_name=cdk.PhysicalName.GENERATE_IF_NEEDED
    ),
    "InstanceId": lambda stack: make_cluster(stack).ssm_target("gpu", "ip-10-0-0-1"),
    "InterfaceEndpoints": lambda stack: hp.ClusterNetwork(
        stack,
        "Network",
        interface_endpoints=[
            ec2.InterfaceVpcEndpointAwsService.SSM,
            ec2.InterfaceVpcEndpointAwsService.SSM,
        ],
    ),
    "LifecyclePrefix": lambda stack: hp.ExecutionRole(
        stack, "Role", lifecycle_prefix="s3://sagemaker-scripts/slurm"
    ),
    "LifecyclePrefixTwice": _prefix_twice,
    "MissingArgument": lambda _: _ANY.InstanceGroup(instance_type="ml.g5.8xlarge"),
    "NoLifecycleScripts": lambda stack: (
        make_cluster(stack, orchestrator=hp.ApiDrivenSlurm()).lifecycle_bucket
    ),
    "NoProvisioningParams": lambda stack: make_eks(stack).provisioning_params,
    "OtherAccount": lambda stack: _role(stack, "arn:aws:iam::444455556666:role/nodes"),
    "OtherApp": _other_app,
    "OtherPartition": lambda stack: _role(stack, "arn:aws-cn:iam::111122223333:role/nodes"),
    "OtherRegion": _key,
    "OtherStage": lambda stack: hp.TaggedClusterGrants.from_tag(
        stack,
        "team",
        "vision",
        execution_roles=[
            hp.ExecutionRole(make_stack(cdk.Stage(_root(stack), "Production"), "Roles"), "Role")
        ],
    ),
    "OtherVpc": _other_vpc,
    "PolicyArn": lambda stack: hp.HyperPodPolicies(
        stack,
        "Policies",
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(stack, "B", ROLE_ARN),
    ),
    "PositionalArgument": lambda _: _ANY.EbsVolume(500),
    "RepeatedArgument": lambda _: _ANY.InstanceGroup("gpu", name="gpu"),
    "RequestKey": lambda _: _request({**_GROUP, "InstanceTyp": "ml.g5.8xlarge"}),
    "RequestKeyMissing": lambda _: _request({"InstanceGroupName": "gpu"}),
    "RequestKeyTwice": _repeated_key,
    "RequestNotObject": lambda _: _ANY.ClusterModel.from_request("[]"),
    "GrantedAction": lambda stack: _imported(stack).grants.actions(
        _grantee(stack), "sagemaker:DescribeCluterNode"
    ),
    "GrantedResource": lambda stack: _imported(stack).grants.actions(
        _grantee(stack), "sagemaker:DescribeCluster", resource_arns=["*"]
    ),
    "Grantee": lambda stack: _imported(stack).grants.describe(
        iam.ServicePrincipal("lambda.amazonaws.com")
    ),
    "GranteeAccount": lambda stack: _imported(stack).grants.describe(
        iam.AccountPrincipal("444455556666")
    ),
    "GranteeEnvironment": lambda stack: make_cluster(stack).grants.describe(
        _grantee(cdk.Stack(_root(stack), "Operators"))
    ),
    "GranteeOfNodes": _grantee_of_nodes,
    "GranteeStage": lambda stack: _imported(stack).grants.describe(
        _grantee(make_stack(cdk.Stage(_root(stack), "Production"), "Operators"))
    ),
    "RequestTagTwice": lambda _: _request(
        Tags=[{"Key": "team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    ),
    "RequestValue": lambda _: _request({**_GROUP, "OnStartDeepHealthChecks": ["Stress"]}),
    "RoleDescription": lambda stack: hp.ExecutionRole(stack, "Role", description="роль"),
    "RoleStack": _role_stack,
    "SessionDocumentName": lambda stack: hp.SessionDocument(
        stack, "Sessions", document_name="aws-sessions"
    ),
    "SessionGrant": _session_grant,
    "SessionLogs": lambda stack: hp.SessionDocument(stack, "Sessions", key_prefix="sessions"),
    "SessionMinutes": lambda stack: hp.SessionDocument(
        stack, "Sessions", idle_timeout=cdk.Duration.hours(2)
    ),
    "SessionUser": lambda stack: hp.SessionDocument(stack, "Sessions", run_as="root"),
    "SourceAccountCondition": lambda stack: make_cluster(
        stack, execution_role=hp.ExecutionRole(stack, "Role"), source_account_condition=True
    ),
    "StackCycle": _stack_cycle,
    "TaskGovernance": lambda stack: make_cluster(stack).grants.manage_task_governance(
        _grantee(stack)
    ),
    "UnknownArgument": lambda _: _ANY.InstanceGroup("gpu", counts=3),
    "UnknownClusterName": lambda stack: _imported(stack).cluster_name,
    "UnknownEksCluster": lambda stack: hp.HyperPodPolicies(stack, "Policies", eks_clusters=[]),
    "UnknownExecutionRole": lambda stack: _imported(stack).grant_principal,
    "UnknownSecurityGroups": lambda stack: _imported(stack).connections,
    "VolumeKey": _disabled_key,
    "VpcCidrBlock": lambda stack: hp.ClusterNetwork(
        stack, "Network", ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/20")
    ),
}
