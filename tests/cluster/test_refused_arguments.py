"""Arguments that the cluster refuses, and what it says."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

import hyperpod_constructs as hp
from tests.clusters.stacks import DNS_NAME, GROUPS, make_cluster, make_vpc

WRONG: dict[str, Any] = {
    "vpc": "vpc-1",
    "none": None,
    "cidr": "10.0.0.0/16",
    "service": "ssm",
    "bucket": "b",
}
FIVE: Any = 5
IMPORTED_GROUPS = [f"sg-0123456{index}" for index in range(6)]


def security_groups(stack: cdk.Stack, *ids: str) -> list[ec2.ISecurityGroup]:
    return [
        ec2.SecurityGroup.from_security_group_id(stack, f"Imported{index}", each)
        for index, each in enumerate(ids)
    ]


BAD_ARGUMENTS: list[tuple[Callable[[cdk.Stack], dict[str, Any]], str]] = [
    (lambda _: {"vpc": "vpc-0123"}, r"vpc: 'vpc-0123' is of type str; pass a VPC"),
    (lambda _: {"execution_role": "arn:aws:iam::1:role/x"}, r"execution_role: 'arn:aws:iam"),
    (lambda _: {"vpc": ec2.Vpc}, r"vpc: <class .*Vpc'> is a class, not an object; pass a VPC"),
    (lambda _: {"execution_role": iam.Role}, r"execution_role: <class .*Role'> .* pass a role"),
    (lambda _: {"cluster_role": iam.Role}, r"cluster_role: <class .*Role'> .* pass a role"),
    (
        lambda _: {"security_groups": [ec2.SecurityGroup]},
        r"security_groups\[0\]: <class .* pass a security group",
    ),
    (
        lambda _: {"source_account_condition": "yes"},
        r"source_account_condition: 'yes' is of type str; pass True or False \(ArgumentType\)",
    ),
    (
        lambda _: {"restrict_bucket_listing": "yes"},
        r"restrict_bucket_listing: 'yes' is of type str; pass True or False \(ArgumentType\)",
    ),
    (
        lambda _: {"restrict_network_interfaces": "yes"},
        r"restrict_network_interfaces: 'yes' is of type str; pass True or False \(ArgumentType\)",
    ),
    (
        lambda stack: {
            "vpc": make_vpc(stack),
            "security_groups": security_groups(stack, *IMPORTED_GROUPS),
        },
        r"security_groups: 6 security groups exceed the limit of 5; .*\(VpcConfigLimit\)",
    ),
    (lambda _: {"security_groups": ["sg-1"]}, r"security_groups\[0\]: 'sg-1' is of type str"),
    (lambda _: {"security_groups": "sg-1"}, r"security_groups: 'sg-1' is of type str"),
    (lambda _: {"file_systems": ["fs-1"]}, r"file_systems\[0\]: 'fs-1' .* pass a FileSystem"),
    (lambda _: {"file_systems": "fs-1"}, r"file_systems: 'fs-1' is of type str"),
    (lambda _: {"file_systems": None}, r"file_systems: is None"),
    (lambda _: {"lifecycle_scripts": "site"}, r"lifecycle_scripts: 'site' .* LifecycleScripts"),
    (lambda _: {"instance_groups": "gpu"}, r"instance_groups: 'gpu' is of type str"),
    (lambda _: {"instance_groups": None}, r"instance_groups: is None"),
    (
        lambda _: {"instance_groups": [None]},
        r"instance_groups\[0\]: is None",
    ),
    (lambda _: {"instance_groups": []}, r"has no controller group"),
    (lambda _: {"orchestrator": "slurm"}, r"orchestrator: 'slurm' is of type str"),
    (lambda _: {"node_recovery": "Maybe"}, r"node_recovery: 'Maybe' is not a NodeRecovery"),
    (lambda stack: {"vpc": make_vpc(stack), "vpc_subnets": "a"}, r"vpc_subnets: 'a' is of type"),
    (
        lambda _: {"vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)},
        r"vpc: 'vpc' is required, since vpc_subnets is specified.*\(VpcMissing\)",
    ),
    (
        lambda stack: {"security_groups": [ec2.SecurityGroup(stack, "G", vpc=make_vpc(stack))]},
        r"vpc: 'vpc' is required, since security_groups is specified",
    ),
    (
        lambda _: {
            "file_systems": [hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh")]
        },
        r"\(FileSystemWithoutVpc\)",
    ),
    (
        lambda _: {
            "instance_groups": [
                *GROUPS,
                hp.InstanceGroup.worker(
                    "x",
                    instance_type="ml.c5.xlarge",
                    partition="x",
                    subnets=["subnet-1"],  # type: ignore[list-item]
                    execution_role="role",  # type: ignore[arg-type]
                    security_groups=["sg-1"],  # type: ignore[list-item]
                ),
            ]
        },
        r"(?s)instance_groups\[2\].subnets\[0\]: 'subnet-1'.*execution_role: 'role'.*security_groups\[0\]",
    ),
    (
        lambda _: {"security_groups": [None]},
        r"security_groups\[0\]: is None",
    ),
    (lambda _: {"file_systems": [None]}, r"file_systems\[0\]: is None"),
    (
        lambda stack: {"vpc": hp.ClusterNetwork(stack, "Network")},
        r"vpc: .*ClusterNetwork; pass a VPC",
    ),
    (
        lambda stack: {"execution_role": iam.User(stack, "User")},
        r"execution_role: .*User; pass a role",
    ),
    (
        lambda stack: {
            "vpc": make_vpc(stack),
            "vpc_subnets": ec2.SubnetSelection(availability_zones=["us-west-2z"]),
        },
        r"\(NoSubnets\)",
    ),
    (
        lambda stack: {
            "vpc": make_vpc(stack),
            "vpc_subnets": ec2.SubnetSelection(subnet_group_name="None"),
        },
        r"\(NoSubnets\)",
    ),
    (
        lambda stack: {
            "execution_role": hp.ExecutionRole(stack, "Role"),
            "source_account_condition": True,
        },
        r"\(SourceAccountCondition\)",
    ),
    (
        lambda _: {
            "instance_groups": [
                *GROUPS,
                hp.InstanceGroup.worker(
                    "x",
                    instance_type="ml.c5.xlarge",
                    partition="x",
                    volumes=[hp.EbsVolume.root(kms_key="alias/x")],  # type: ignore[arg-type]
                ),
            ]
        },
        r"instance_groups\[2\].volumes\[0\].kms_key: 'alias/x' is of type str; pass a key",
    ),
    (
        lambda stack: {
            "instance_groups": [
                GROUPS[0],
                hp.InstanceGroup.worker(
                    "x",
                    instance_type="ml.c5.xlarge",
                    partition="x",
                    count=cdk.CfnParameter(stack, "Count"),  # type: ignore[arg-type]
                ),
            ]
        },
        r"instance_groups\[1\].count: .* is of type CfnParameter; pass a whole number",
    ),
    (
        lambda stack: {"cluster_name": cdk.CfnParameter(stack, "Name")},
        r"cluster_name: .* is of type CfnParameter; pass a string",
    ),
    (
        lambda _: {"lifecycle_scripts": hp.LifecycleScripts.from_asset("/no/such/folder")},
        r"lifecycle_scripts.path: '/no/such/folder' is not a directory",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS)
def test_fails_on_bad_arguments(
    stack: cdk.Stack, arguments: Callable[[cdk.Stack], dict[str, Any]], message: str
) -> None:
    settings = arguments(stack)

    with pytest.raises(hp.ValidationError, match=message):
        make_cluster(stack, **settings)


def test_fails_on_a_volume_that_is_no_whole_number_of_gibibytes(stack: cdk.Stack) -> None:
    group = hp.InstanceGroup.worker(
        "x",
        instance_type="ml.c5.xlarge",
        partition="x",
        volumes=[hp.EbsVolume(size=cdk.Size.mebibytes(1500))],
    )

    with pytest.raises(hp.ValidationError, match="must be a whole number of GiB"):
        make_cluster(stack, instance_groups=[*GROUPS, group])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda stack: hp.EfaSecurityGroup(stack, "A", vpc=WRONG["vpc"]),
            "vpc: 'vpc-1' is of type",
        ),
        (lambda stack: hp.EfaSecurityGroup(stack, "A", vpc=WRONG["none"]), "vpc: is None"),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", ip_addresses=WRONG["cidr"]),
            "ip_addresses: '10.0.0.0/16' is of type str; pass addresses",
        ),
        (
            lambda stack: hp.EfaSecurityGroup(stack, "A", vpc=make_vpc(stack), description=FIVE),
            "description: 5 is of type int; pass a string",
        ),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", availability_zone=FIVE),
            "availability_zone: 5 is of type int; pass a string",
        ),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", flow_log_retention=FIVE),
            "flow_log_retention: 5 is of type int; pass a RetentionDays",
        ),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", flow_log_retention=WRONG["none"]),
            "flow_log_retention: is None; pass a RetentionDays",
        ),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", database_subnets=WRONG["vpc"]),
            "database_subnets: 'vpc-1' is of type str; pass True or False",
        ),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", interface_endpoints=[WRONG["service"]]),
            r"interface_endpoints\[0\]: 'ssm' is of type str",
        ),
        (
            lambda stack: hp.ExecutionRole(stack, "A", lifecycle_bucket=WRONG["bucket"]),
            "lifecycle_bucket: 'b' is of type str; pass a bucket",
        ),
    ],
)
def test_fails_on_strings_in_place_of_constructs(
    stack: cdk.Stack, make: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(hp.ValidationError, match=message):
        make(stack)
