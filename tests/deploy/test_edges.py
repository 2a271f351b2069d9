"""Without any one of the dependencies that the library adds, the sample app does not come or go."""

import json
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from tests.aws.cloudformation.order import Order, ancestors
from tests.aws.cloudformation.template import Json, Resolver
from tests.aws.emulator import Emulator
from tests.thorough import rows

from .tools import abandon, create, delete, failures, of_type

CLUSTER = "AWS::SageMaker::Cluster"
ROLES = tuple(
    f"Cluster/ExecutionRoles/{kind}/Resource" for kind in ("Controller", "Login", "Worker")
)
NODES = "Network/SecurityGroup/"
FILE_SERVERS = "Scratch/FsxLustreSecurityGroup/"
EFA_FAILED = "EFA health checks did not run successfully"
NEEDED = {
    "Cluster/Lifecycle/Upload/CustomResource/Default": "on_create.sh does not exist",
    f"{NODES}from HyperPodSampleNetworkSecurityGroup": EFA_FAILED,
    f"{NODES}SelfEgress": EFA_FAILED,
    "Network/Vpc/NodesSubnet1/DefaultRoute": "Lifecycle scripts execution timed out",
    "Network/Vpc/NodesSubnet1/RouteTableAssociation": "Could not connect to S3",
    "Network/Vpc/S3Endpoint/Resource": "Connection to S3 was closed",
    f"{FILE_SERVERS}from HyperPodSampleNetwork*:988-988": "TCP (988, 988)",
    f"{FILE_SERVERS}from HyperPodSampleNetwork*:1018-1023": "TCP (1018, 1023)",
}
REDUNDANT = {
    **dict.fromkeys(ROLES, "`ExecutionRole` is a reference to it"),
    f"{NODES}Resource": "`VpcConfig` and the rules, which are needed, are references to it",
    f"{FILE_SERVERS}Resource": "the rules, and the file system in the form, refer to it",
    f"{FILE_SERVERS}from HyperPodSampleScratch": "the file system, which is in the form, needs it",
}
TIMELY = "Cluster/Lifecycle/Users/CustomResource/Default"
"""Nodes have users in their steps: it keeps new nodes from applying those of an earlier deployment."""
OUTLIVES = {
    **dict.fromkeys(ROLES, "cannot assume the execution role"),
    f"{NODES}from HyperPodSampleNetworkSecurityGroup": EFA_FAILED,
    f"{NODES}SelfEgress": EFA_FAILED,
    "Network/Vpc/NodesSubnet1/DefaultRoute": "timed out",
    "Network/Vpc/NodesSubnet1/RouteTableAssociation": "Could not connect to S3",
    "Network/Vpc/S3Endpoint/Resource": "lost endpoint s3",
}


def at(sample: Json, path: str) -> str:
    """The logical id of the resource of a construct."""
    (name,) = (
        name
        for name, resource in sample["Resources"].items()
        if fnmatchcase(
            resource.get("Metadata", {}).get("aws:cdk:path", ""), f"HyperPodSample/{path}*"
        )
    )
    return str(name)


@pytest.fixture(autouse=True)
def hasty(account: Emulator) -> Iterator[None]:
    account.cloudformation.order = Order()
    yield
    abandon(account)


def test_every_dependency_is_tried(sample: Json) -> None:
    cluster = sample["Resources"][of_type(sample, CLUSTER)]
    assert set(cluster["DependsOn"]) == {at(sample, path) for path in (*NEEDED, *REDUNDANT, TIMELY)}


@pytest.mark.parametrize(
    "path",
    rows(
        NEEDED,
        *("Cluster/Lifecycle/Upload/CustomResource/Default", f"{NODES}SelfEgress"),
        f"{FILE_SERVERS}from HyperPodSampleNetwork*:988-988",
    ),
)
def test_cluster_does_not_start_without(account: Emulator, sample: Json, path: str) -> None:
    sample["Resources"][of_type(sample, CLUSTER)]["DependsOn"].remove(at(sample, path))
    stack = create(account, "HyperPodSample", sample)
    told = failures(stack)
    assert told[0].startswith(of_type(sample, CLUSTER))
    assert NEEDED[path] in told[0]
    assert stack.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"


def test_file_system_needs_the_rule_among_its_servers(account: Emulator, sample: Json) -> None:
    system = of_type(sample, "AWS::FSx::FileSystem")
    rule = at(sample, f"{FILE_SERVERS}from HyperPodSampleScratch")
    assert sample["Resources"][system].pop("DependsOn") == [rule]
    told = failures(create(account, "HyperPodSample", sample))
    assert told[0].startswith(system)
    assert "do not permit Lustre LNET network traffic on port 988" in told[0]


@pytest.mark.parametrize("path", rows(ROLES, ROLES[0]))
def test_cluster_does_not_start_without_its_role(
    account: Emulator, sample: Json, path: str
) -> None:
    cluster = sample["Resources"][of_type(sample, CLUSTER)]
    role = at(sample, path)
    cluster["DependsOn"].remove(role)
    sample["Resources"][role]["Properties"]["RoleName"] = "nodes"
    arn = f"arn:aws:iam::{account.cloud.account}:role/nodes"
    reference = json.dumps({"Fn::GetAtt": [role, "Arn"]})
    cluster["Properties"] = json.loads(
        json.dumps(cluster["Properties"]).replace(reference, json.dumps(arn))
    )
    told = failures(create(account, "HyperPodSample", sample))
    assert "cannot assume the execution role" in told[0]


@pytest.mark.parametrize("path", REDUNDANT)
def test_dependency_is_also_a_reference(sample: Json, path: str) -> None:
    cluster, name = of_type(sample, CLUSTER), at(sample, path)
    sample["Resources"][cluster]["DependsOn"].remove(name)
    parameters = {"BootstrapVersion": "30", "AWS::Region": "us-west-2"}
    resolver = Resolver(sample, parameters, {}, str, max, list)
    assert name in ancestors(resolver.edges(), cluster)


@pytest.mark.parametrize("path", rows(OUTLIVES, ROLES[0], f"{NODES}SelfEgress"))
def test_cluster_is_not_deleted_without(account: Emulator, sample: Json, path: str) -> None:
    stack = create(account, "HyperPodSample", sample)
    assert stack.status == "CREATE_COMPLETE"
    cluster = of_type(sample, CLUSTER)
    resource = stack.resources[cluster]
    stack.resources[cluster] = replace(resource, needs=resource.needs - {at(sample, path)})
    delete(account, stack)
    told = failures(stack)
    assert stack.events[-1]["ResourceStatus"] == "DELETE_FAILED"
    assert told[0].startswith(cluster)
    assert OUTLIVES[path] in told[0]
