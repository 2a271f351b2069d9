"""What the roles of nodes are allowed, in the settings that restrict them."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import aws_cdk as cdk

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters.requests import EKS_ARN, ROLE_ARN
from tests.clusters.stacks import GPU, GROUPS
from tests.synth import CONTEXT, make_stack

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "": {},
    ", `restrict_network_interfaces=False`": {"restrict_network_interfaces": False},
    ", `restrict_bucket_listing=True`": {"restrict_bucket_listing": True},
}
COLUMNS = tuple(f"{mode}{setting}" for mode in ("Slurm", "EKS") for setting in SETTINGS)
_HERE = "us-west-2:111122223333"
_LOGS = f"arn:aws:logs:{_HERE}:log-group:/aws/sagemaker/Clusters"
_EC2 = f"arn:aws:ec2:{_HERE}"


class NodeRequest(NamedTuple):
    """A request of a node."""

    words: str
    action: str
    resource: str
    context: Mapping[str, Any]


@cache
def access() -> Mapping[str, tuple[bool, ...]]:
    """Whether each request is allowed, by column."""
    found: dict[str, tuple[bool, ...]] = {}
    for on_eks in (False, True):
        for setting in SETTINGS.values():
            for words, allowed in _allowed(on_eks=on_eks, setting=setting):
                found[words] = (*found.get(words, ()), allowed)
    return found


def _allowed(*, on_eks: bool, setting: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    stack = make_stack(cdk.App(context=CONTEXT), "Training")
    network = hp.ClusterNetwork(stack, "Network")
    reference: Any = hp.EksClusterReference(EKS_ARN)
    cluster = hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="training",
        orchestrator=hp.Eks(reference) if on_eks else hp.Slurm(),
        vpc=network.vpc,
        security_groups=[network.security_group],
        instance_groups=[GPU] if on_eks else list(GROUPS),
        **setting,
    )
    requests = list(_requests(cluster, network))
    role = ClusterTemplate.from_stack(stack).role("gpu")
    for each in requests:
        context = {key: role.resolve(value) for key, value in each.context.items()}
        yield each.words, role.allows(each.action, each.resource, context=context)


def _requests(cluster: hp.HyperPodCluster, network: hp.ClusterNetwork) -> Iterator[NodeRequest]:
    bucket, scripts = cluster.lifecycle_bucket, cluster.lifecycle_prefix
    own_vpc = {"ec2:Vpc": f"{_EC2}:vpc/{network.vpc.vpc_id}"}
    other_vpc = {"ec2:Vpc": f"{_EC2}:vpc/vpc-0123456789abcdef0"}
    interface = f"{_EC2}:network-interface/eni-0123456789abcdef0"
    other_subnet = f"{_EC2}:subnet/subnet-0123456789abcdef0"
    tls = {"aws:SecureTransport": "true"}
    rows: list[tuple[str, str, str, Mapping[str, Any]]] = [
        ("read the scripts", "s3:GetObject", bucket.arn_for_objects(f"{scripts}/a/b.sh"), tls),
        ("read other objects of the bucket", "s3:GetObject", bucket.arn_for_objects("x"), tls),
        (
            "list the scripts",
            "s3:ListBucket",
            bucket.bucket_arn,
            {**tls, "s3:prefix": f"{scripts}/"},
        ),
        ("list all objects of the bucket", "s3:ListBucket", bucket.bucket_arn, tls),
        ("write scripts", "s3:PutObject", bucket.arn_for_objects(f"{scripts}/a/b.sh"), tls),
        (
            "write logs of the cluster",
            "logs:PutLogEvents",
            f"{_LOGS}/training/a:log-stream:b",
            {},
        ),
        (
            "write logs of another cluster",
            "logs:PutLogEvents",
            f"{_LOGS}/other/a:log-stream:b",
            {},
        ),
        (
            "create network interfaces in the subnet of the cluster",
            "ec2:CreateNetworkInterface",
            f"{_EC2}:subnet/{network.subnet.subnet_id}",
            own_vpc,
        ),
        (
            "create network interfaces in another subnet of the VPC",
            "ec2:CreateNetworkInterface",
            other_subnet,
            own_vpc,
        ),
        (
            "create network interfaces in another VPC",
            "ec2:CreateNetworkInterface",
            other_subnet,
            other_vpc,
        ),
        (
            "delete network interfaces of the VPC",
            "ec2:DeleteNetworkInterface",
            interface,
            own_vpc,
        ),
        (
            "delete network interfaces of another VPC",
            "ec2:DeleteNetworkInterface",
            interface,
            other_vpc,
        ),
        ("update the cluster", "sagemaker:UpdateCluster", cluster.cluster_arn, {}),
        ("pass roles", "iam:PassRole", ROLE_ARN, {}),
        ("start sessions on nodes", "ssm:StartSession", "*", {}),
    ]
    for row in rows:
        yield NodeRequest(*row)
