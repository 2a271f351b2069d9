"""Each rule of HyperPod in the emulator refuses what breaks it, and says what the service says."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.aws.front.errors import ServiceError
from tests.aws.hyperpod.account_checks import DESCRIBE_ACTIONS, NODE_ACTIONS
from tests.aws.hyperpod.lifecycle_objects import BOTH_MODES, NAMES_DIFFER

from .tools import create, of_type

CLUSTER = "AWS::SageMaker::Cluster"
Change = Callable[[Json], object]
SLURM = {"NodeType": "Compute", "PartitionNames": ["p"]}
EKS = {"Eks": {"ClusterArn": "arn:aws:eks:us-west-2:123456789012:cluster/a"}}


@pytest.fixture(scope="module")
def wanted(account: Emulator, sample_text: str) -> Json:
    """The request that makes the cluster of the sample app, whose surroundings stand."""
    sample = json.loads(sample_text)
    stack = create(account, "HyperPodSample", sample)
    assert stack.status == "CREATE_COMPLETE"
    request = stack.resources[of_type(sample, CLUSTER)].properties
    account.clusters.call("DeleteCluster", {"ClusterName": request["ClusterName"]})
    return request


@pytest.fixture
def request_(wanted: Json) -> Json:
    return copy.deepcopy(wanted)


@pytest.fixture
def existing(account: Emulator, request_: Json) -> Iterator[Json]:
    """The request of a cluster that exists."""
    account.clusters.call("CreateCluster", copy.deepcopy(request_))
    yield request_
    account.clusters.call("DeleteCluster", {"ClusterName": request_["ClusterName"]})


def refusal(account: Emulator, operation: str, request: Json) -> str:
    """What the service says to a request that it refuses."""
    with pytest.raises(ServiceError) as caught:
        account.clusters.call(operation, request)
    return str(caught.value)


def group(request: Json, index: int = -1) -> Any:
    return request["InstanceGroups"][index]


def each(request: Json, **values: Any) -> Any:
    for item in request["InstanceGroups"]:
        item.update(copy.deepcopy(values))
    return request


OF_REQUESTS: dict[str, Change] = {
    "Member must satisfy enum value set": lambda r: group(r).update(InstanceType="ml.g5.tiny"),
    "regular expression pattern: [a-zA-Z0-9](": lambda r: group(r).update(InstanceGroupName="a_"),
    "length less than or equal to 63": lambda r: group(r).update(InstanceGroupName="a" * 64),
    "value less than or equal to 2": lambda r: group(r).update(ThreadsPerCore=3),
    "length less than or equal to 5": lambda r: r["VpcConfig"].update(
        SecurityGroupIds=["sg-0"] * 6
    ),
    "instanceCount' failed to satisfy constraint: Member must not be null": lambda r: group(r).pop(
        "InstanceCount"
    ),
    "must be of type integer": lambda r: group(r).update(InstanceCount="2"),
    "must be of type string": lambda r: group(r).update(InstanceType=2),
    "must be a structure": lambda r: r.update(VpcConfig=[]),
    "must be a list": lambda r: r.update(InstanceGroups={}),
    "Unknown member at 'nodes'": lambda r: r.update(Nodes=1),
    "2 validation errors": lambda r: group(r).update(ThreadsPerCore=0, InstanceType="x"),
    "length greater than or equal to 1": lambda r: r.update(InstanceGroups=[]),
    "must have at least one InstanceGroup": lambda r: r.pop("InstanceGroups"),
    "is not unique": lambda r: r["InstanceGroups"].append(group(r)),
    "Exactly one of InstanceType": lambda r: group(r).pop("InstanceType"),
    "MinInstanceCount must not": lambda r: group(r).update(MinInstanceCount=3),
    "LifeCycleConfig is required for instance group": lambda r: (
        group(r).pop("LifeCycleConfig"),
        r.update(Orchestrator=EKS),
    ),
    "contains no configuration": lambda r: group(r).update(LifeCycleConfig={}),
    "mutually exclusive": lambda r: group(r)["LifeCycleConfig"].update(OnInitComplete="a.sh"),
    "is incomplete": lambda r: group(r)["LifeCycleConfig"].pop("SourceS3Uri"),
    "exactly one configuration": lambda r: group(r).update(InstanceStorageConfigs=[{}]),
    "A root volume takes": lambda r: group(r).update(
        InstanceStorageConfigs=[{"EbsVolumeConfig": {"RootVolume": True}}]
    ),
    "VolumeSizeInGB is required": lambda r: group(r).update(
        InstanceStorageConfigs=[{"EbsVolumeConfig": {}}]
    ),
    "only supported for Custom VPC": lambda r: (
        r.pop("VpcConfig"),
        group(r).update(
            InstanceStorageConfigs=[
                {"FsxOpenZfsConfig": {"DnsName": "fs-0123456789.fsx.us-west-2.amazonaws.com"}}
            ]
        ),
    ),
    "4 Controller Groups found": lambda r: each(r, SlurmConfig={"NodeType": "Controller"}),
    "exactly one InstanceGroup with Controller": lambda r: each(r, SlurmConfig=SLURM),
    "Partitions can only be assigned": lambda r: (
        each(r, SlurmConfig=SLURM),
        group(r, 0).update(SlurmConfig={**SLURM, "NodeType": "Controller"}),
    ),
    BOTH_MODES: lambda r: (
        each(r, SlurmConfig=SLURM),
        group(r, 0).update(SlurmConfig={"NodeType": "Controller"}),
    ),
    f"{BOTH_MODES} ": lambda r: r.update(Orchestrator={"Slurm": {}}),
    NAMES_DIFFER: lambda r: r["InstanceGroups"].pop(),
    f"{NAMES_DIFFER} ": lambda r: group(r).update(InstanceGroupName="other"),
    "cannot assume the execution role": lambda r: group(r).update(
        ExecutionRole="arn:aws:iam::123456789012:role/nobody"
    ),
    "on_start.sh does not exist": lambda r: group(r)["LifeCycleConfig"].update(
        OnCreate="on_start.sh"
    ),
    "Unable to retrieve subnets": lambda r: r["VpcConfig"].update(Subnets=["subnet-01234567"]),
}


@pytest.mark.parametrize("message", OF_REQUESTS)
def test_request(account: Emulator, request_: Json, message: str) -> None:
    OF_REQUESTS[message](request_)
    assert message.strip() in refusal(account, "CreateCluster", request_)


def test_name_is_taken(account: Emulator, existing: Json) -> None:
    assert "ResourceInUse" in refusal(account, "CreateCluster", existing)


OF_UPDATES: dict[str, Change] = {
    "Updating fields InstanceType": lambda r: group(r).update(InstanceType="ml.c5.large"),
    "Updating fields ExecutionRole": lambda r: group(r).update(
        ExecutionRole="arn:aws:iam::123456789012:role/other"
    ),
    "Updating fields ThreadsPerCore": lambda r: group(r).update(ThreadsPerCore=1),
    "Updating fields OverrideVpcConfig": lambda r: group(r).update(
        OverrideVpcConfig=r["VpcConfig"]
    ),
    "Updating fields CapacityRequirements": lambda r: group(r).update(
        CapacityRequirements={"OnDemand": {}}
    ),
    "Updating fields NodeType": lambda r: group(r).update(SlurmConfig=SLURM),
    "Updating fields VolumeKmsKeyId": lambda r: group(r)["InstanceStorageConfigs"][0][
        "EbsVolumeConfig"
    ].update(VolumeKmsKeyId="0d5f5d1c-0000-4000-8000-000000000000"),
    "Instance group none can not be deleted": lambda r: r.update(InstanceGroupsToDelete=["none"]),
    "can not be deleted": lambda r: r.update(InstanceGroupsToDelete=["gpu"]),
    NAMES_DIFFER: lambda r: (
        r.update(InstanceGroupsToDelete=["cpu"]),
        r["InstanceGroups"].pop(),
    ),
    "must have at least one InstanceGroup": lambda r: r.update(
        InstanceGroupsToDelete=[item["InstanceGroupName"] for item in r.pop("InstanceGroups")]
    ),
    "Unknown member at 'vpcConfig'": dict,
}


@pytest.mark.parametrize("message", OF_UPDATES)
def test_update(account: Emulator, existing: Json, message: str) -> None:
    change = copy.deepcopy(existing)
    OF_UPDATES[message](change)
    if message != "Unknown member at 'vpcConfig'":
        change.pop("VpcConfig")
    assert message in refusal(account, "UpdateCluster", change)


OF_SCRIPTS: dict[str, dict[str, bytes | None]] = {
    "Exec format error": {"on_create.sh": b"echo no interpreter\n"},
    "syntax error": {"start.sh": b"#!/bin/bash\nif true; then\n"},
    "bad interpreter": {"start.sh": b"#!/bin/bash\r\ntrue\r\n"},
    "SyntaxError": {"start.py": b"def\n"},
    "no provisioning_parameters.json": {
        "provisioning_params.json": None,
        "provisioning_parameters.json": None,
    },
    "Expecting value": {"provisioning_params.json": b"not JSON"},
    "version is not 1.0.0": {"provisioning_params.json": b"{}"},
    "workload_manager is not": {"provisioning_params.json": b'{"version": "1.0.0"}'},
    NAMES_DIFFER: {
        "provisioning_parameters.json": b'{"version": "1.0.0", "workload_manager": "slurm"}'
    },
}


def moved(account: Emulator, request: Json, changes: dict[str, bytes | None]) -> None:
    """Puts the scripts somewhere else in the bucket, changed, and lets the groups have them."""
    s3 = account.cloud.client("s3")
    uri = group(request)["LifeCycleConfig"]["SourceS3Uri"]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    place = f"{prefix.rpartition('/')[0]}/changed"
    # It lets the upload write there, and nobody else.
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=place).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])
    bodies = {
        item["Key"].removeprefix(f"{prefix}/"): s3.get_object(Bucket=bucket, Key=item["Key"])[
            "Body"
        ].read()
        for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    }
    for name, body in (bodies | changes).items():
        if body is not None:
            s3.put_object(Bucket=bucket, Key=f"{place}/{name}", Body=body)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    for item in request["InstanceGroups"]:
        item["LifeCycleConfig"]["SourceS3Uri"] = f"s3://{bucket}/{place}"


@pytest.mark.parametrize("message", OF_SCRIPTS)
def test_scripts(account: Emulator, request_: Json, message: str) -> None:
    moved(account, request_, OF_SCRIPTS[message])
    assert message in refusal(account, "CreateCluster", request_)


OF_FORMS: dict[str, Change] = {
    "Name or service not known": lambda form: form.update(fsx_dns_name="fs-00000000.fsx"),
    "not found": lambda form: form.update(fsx_mountname="other"),
    "TCP (111, 111)": lambda form: form.update(fsx_openzfs_dns_name=form["fsx_dns_name"]),
}


@pytest.mark.parametrize("message", OF_FORMS)
def test_file_systems_of_the_form(account: Emulator, request_: Json, message: str) -> None:
    s3 = account.cloud.client("s3")
    uri = group(request_)["LifeCycleConfig"]["SourceS3Uri"]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    name = "provisioning_parameters.json"
    form = json.load(s3.get_object(Bucket=bucket, Key=f"{prefix}/{name}")["Body"])
    OF_FORMS[message](form)
    moved(account, request_, {name: json.dumps(form).encode()})
    assert message in refusal(account, "CreateCluster", request_)


@pytest.mark.parametrize(
    ("service", "actions", "message"),
    [
        ("lambda.amazonaws.com", ["*"], "cannot assume the execution role"),
        ("sagemaker.amazonaws.com", [], "Unable to retrieve subnets"),
        ("sagemaker.amazonaws.com", NODE_ACTIONS, "ec2:DescribeNetworkInterfaces"),
        ("sagemaker.amazonaws.com", ["ec2:*"], "logs:PutLogEvents"),
        ("sagemaker.amazonaws.com", ["ec2:*", "logs:*"], "AccessDenied: s3:ListBucket"),
        (
            "sagemaker.amazonaws.com",
            [*NODE_ACTIONS, *DESCRIBE_ACTIONS, "logs:*", "s3:ListBucket"],
            "AccessDenied: s3:GetObject",
        ),
    ],
)
def test_role(
    account: Emulator, request_: Json, service: str, actions: list[str], message: str
) -> None:
    iam = account.cloud.client("iam")
    name = f"role{abs(hash((service, tuple(actions))))}"
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_role_policy(
            RoleName=name,
            PolicyName="p",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    group(request_).update(ExecutionRole=role["Arn"])
    assert message in refusal(account, "CreateCluster", request_)


def test_boundary_of_the_role(account: Emulator, request_: Json) -> None:
    iam, role = account.cloud.client("iam"), group(request_)["ExecutionRole"].rpartition("/")[2]
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy(Action="ec2:*"))
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary["Policy"]["Arn"])
    message = refusal(account, "CreateCluster", request_)
    iam.delete_role_permissions_boundary(RoleName=role)
    assert "AccessDenied: logs:PutLogEvents" in message


def test_bucket_policy_denies_those_whom_it_names(account: Emulator, request_: Json) -> None:
    s3, role = account.cloud.client("s3"), group(request_)["ExecutionRole"]
    bucket, _, prefix = (
        group(request_)["LifeCycleConfig"]["SourceS3Uri"].removeprefix("s3://").partition("/")
    )
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    denies = policy(Effect="Deny", Principal={"AWS": role}, Action="s3:GetObject")
    s3.put_bucket_policy(Bucket=bucket, Policy=denies)
    message = refusal(account, "CreateCluster", request_)
    form = s3.get_object(Bucket=bucket, Key=f"{prefix}/provisioning_parameters.json")
    s3.put_bucket_policy(Bucket=bucket, Policy=before)
    assert "AccessDenied: s3:GetObject" in message
    assert json.load(form["Body"])["version"] == "1.0.0"


def test_key_of_the_bucket(account: Emulator, request_: Json) -> None:
    s3, kms = account.cloud.client("s3"), account.cloud.client("kms")
    bucket = group(request_)["LifeCycleConfig"]["SourceS3Uri"].split("/")[2]
    before = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    roles = {item["ExecutionRole"].rpartition("/")[2] for item in request_["InstanceGroups"]}
    for role in roles:
        account.cloud.client("iam").put_role_policy(
            RoleName=role, PolicyName="key", PolicyDocument=policy(Action="kms:Decrypt")
        )
    of_others = policy(Principal={"AWS": "210987654321"}, Action="kms:*")
    created = kms.create_key(Policy=of_others, BypassPolicyLockoutSafetyCheck=True)
    key = created["KeyMetadata"]["Arn"]
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    message = refusal(account, "CreateCluster", request_)
    of_account = policy(Principal={"AWS": account.cloud.account}, Action="kms:*")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=of_account)
    account.clusters.call("CreateCluster", request_)
    account.clusters.call("DeleteCluster", {"ClusterName": request_["ClusterName"]})
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=before)
    for role in roles:
        account.cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="key")
    assert f"AccessDenied: kms:Decrypt on {key}" in message


def policy(**elements: Any) -> str:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_network(account: Emulator, request_: Json) -> None:
    ec2 = account.cloud.client("ec2")
    network = request_["VpcConfig"]
    (subnet,) = ec2.describe_subnets(SubnetIds=network["Subnets"])["Subnets"]
    here = {"VpcId": subnet["VpcId"], "Description": "nodes"}
    other_vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    lone = ec2.create_security_group(GroupName="lone", VpcId=other_vpc, Description="x")["GroupId"]
    bare = ec2.create_security_group(GroupName="bare", **here)["GroupId"]
    offline = ec2.create_subnet(VpcId=subnet["VpcId"], CidrBlock="10.0.9.0/24")["Subnet"]
    public = ec2.create_subnet(VpcId=subnet["VpcId"], CidrBlock="10.0.8.0/24")["Subnet"]
    ec2.modify_subnet_attribute(SubnetId=public["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    for change, message in (
        ({"SecurityGroupIds": [lone]}, "must be in the same VPC"),
        ({"SecurityGroupIds": [bare]}, "EFA health checks did not run successfully"),
        ({"Subnets": [offline["SubnetId"]]}, "Could not connect to S3"),
        ({"Subnets": [public["SubnetId"]]}, "must be private"),
    ):
        changed = {**request_, "VpcConfig": {**network, **change}}
        assert message in refusal(account, "CreateCluster", changed)


def test_cluster_that_does_not_exist(account: Emulator) -> None:
    for operation in ("DescribeCluster", "DeleteCluster", "ListClusterNodes", "UpdateCluster"):
        assert "ResourceNotFound" in refusal(account, operation, {"ClusterName": "none"})


def test_node_that_does_not_exist(account: Emulator, existing: Json) -> None:
    request = {"ClusterName": existing["ClusterName"]}
    nodes = account.clusters.call("ListClusterNodes", request)["ClusterNodeSummaries"]
    found = {**request, "NodeId": nodes[0]["InstanceId"]}
    details = account.clusters.call("DescribeClusterNode", found)["NodeDetails"]
    assert {name: details[name] for name in nodes[0]} == nodes[0]
    unknown = {**request, "NodeId": "i-00000000000000000"}
    assert "ResourceNotFound: Node" in refusal(account, "DescribeClusterNode", unknown)


def test_failed_cluster_is_not_updated(account: Emulator, existing: Json) -> None:
    cluster = account.clusters.find(existing["ClusterName"])
    assert cluster is not None
    cluster.status = "Failed"
    request = {"ClusterName": existing["ClusterName"], "NodeRecovery": "None"}
    assert "ConflictException" in refusal(account, "UpdateCluster", request)
