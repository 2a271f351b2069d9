"""Each check finds what is wrong in an account, and nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from hyperpod_constructs.command_line.models import read_model
from hyperpod_constructs.operations.preflight.check import Finding
from hyperpod_constructs.operations.preflight.checks import CHECKS
from hyperpod_constructs.operations.preflight.outcome import Outcome
from hyperpod_constructs.operations.preflight.planned import Planned
from hyperpod_constructs.operations.quotas import OF_CLUSTER, OF_CLUSTERS, usage_quota
from tests.aws.emulator import Emulator
from tests.aws.hyperpod.cluster import Node
from tests.aws.services import add_ons, quotas

from . import preflight_page
from .checked import findings
from .damage import (
    Change,
    add_cluster,
    add_endpoints,
    add_security_group,
    allow_addresses_only,
    assign_public_addresses,
    both,
    change_mount,
    close_ports,
    delete_route,
    delete_rule,
    group,
    move_to,
    plan,
    route_to_the_internet,
    set_key_policy,
    set_service_role,
    set_vpc,
    use_key,
)
from .prepared import (
    ACCOUNT,
    BUCKET,
    GPU,
    NAME,
    REGION,
    ZONE,
    Prepared,
    make_eks_cluster,
    prepare,
    trust,
)

FAILED, WARNING = Outcome.FAILED, Outcome.WARNING


def wrong(found: list[Finding]) -> list[tuple[str, Outcome]]:
    return [(each.code, each.result.outcome) for each in found if each.result.outcome != Outcome.OK]


@pytest.fixture
def prepared(running: Emulator, tmp_path: Path) -> Prepared:
    return prepare(running, tmp_path)


class Case(NamedTuple):
    """What is wrong, and what a check says.

    Attributes:
        change: Has it be wrong.
        code: Code of the only check that finds something.
        words: Part of what it says.
        outcome: The outcome.
    """

    change: Change
    code: str
    words: str
    outcome: Outcome = FAILED


CASES: Mapping[str, Case] = {
    "name in use": Case(
        lambda it: add_cluster(it, NAME), "ClusterNameFree", "is a cluster with", WARNING
    ),
    "type not allowed": Case(
        lambda _: quotas.increase(usage_quota(GPU, is_spot=False), 3),
        "QuotaInstances",
        "is 3; the cluster needs 4; request an increase of L-8762A75F: https://us-west-2.console",
    ),
    "other clusters": Case(
        lambda it: add_cluster(it, "other"),
        "QuotaInstances",
        "is 2; the cluster needs 1, and other clusters have 2",
    ),
    "large cluster": Case(
        lambda _: quotas.increase(OF_CLUSTER, 4), "QuotaCluster", "is 4; the cluster needs 5"
    ),
    "many clusters": Case(
        lambda _: quotas.increase(OF_CLUSTERS, 4), "QuotaCluster", "is 4; the cluster needs 5"
    ),
    "large volume": Case(
        lambda it: group(it)["InstanceStorageConfigs"][0]["EbsVolumeConfig"].update(
            VolumeSizeInGB=2000
        ),
        "QuotaVolume",
        "is 1024; the cluster needs 2000",
    ),
    "network interfaces": Case(
        lambda _: quotas.increase("Network interfaces per Region", 130, "vpc"),
        "QuotaNetworkInterfaces",
        "is 130; the cluster needs 129, and the account has 2",
    ),
    "plan expired": Case(
        lambda it: plan(it).update(Status="Expired"), "TrainingPlan", "is Expired"
    ),
    "plan of jobs": Case(
        lambda it: plan(it).update(TargetResources=["training-job"]),
        "TrainingPlan",
        "is for training-job",
    ),
    "plan of another type": Case(
        lambda it: plan(it)["ReservedCapacitySummaries"][0].update(InstanceType="ml.p5en.48xlarge"),
        "TrainingPlan",
        "has ml.p5en.48xlarge; group gpu uses ml.p5.48xlarge",
    ),
    "plan in another zone": Case(
        lambda it: plan(it)["ReservedCapacitySummaries"][0].update(AvailabilityZone="us-west-2b"),
        "TrainingPlan",
        "is in us-west-2b; group gpu is in us-west-2a",
    ),
    "plan in use": Case(
        lambda it: plan(it).update(AvailableInstanceCount=3),
        "TrainingPlan",
        "has 3 free instances; groups need 4 more",
    ),
    "no plan": Case(
        lambda it: it.emulator.clusters.plans.clear(), "TrainingPlan", "does not exist"
    ),
    "public subnet": Case(assign_public_addresses, "SubnetExists", "assigns public IP addresses"),
    "few addresses": Case(
        lambda it: move_to(it, ZONE, "10.0.9.0/26"),
        "FreeAddresses",
        "has 59 free IP addresses; new nodes need 129",
    ),
    "no inbound rule": Case(
        lambda it: delete_rule(it, "ingress"), "SecurityGroupRules", "has no inbound rule for all"
    ),
    "no outbound rule": Case(
        lambda it: delete_rule(it, "egress"), "SecurityGroupRules", "has no outbound rule for all"
    ),
    "rule of addresses": Case(
        allow_addresses_only, "SecurityGroupRules", "has no inbound rule for all traffic with"
    ),
    "second security group": Case(
        add_security_group, "SecurityGroupRules", "has no inbound and no outbound rule", WARNING
    ),
    "no DNS": Case(
        lambda it: set_vpc(it, EnableDnsSupport={"Value": False}),
        "VpcDns",
        "does not have enableDnsSupport",
    ),
    "no DNS hostnames": Case(
        lambda it: set_vpc(it, EnableDnsHostnames={"Value": False}),
        "VpcDns",
        "does not have enableDnsHostnames",
    ),
    "no route": Case(
        delete_route,
        "S3Reachable",
        "has no default route, and no endpoint of s3, logs, ssm, ssmmessages",
    ),
    "route to the internet": Case(
        route_to_the_internet, "S3Reachable", "nodes have no public IP addresses"
    ),
    "endpoint without DNS": Case(
        both(
            delete_route,
            lambda it: add_endpoints(it, "s3", "logs", "ssm"),
            lambda it: add_endpoints(it, "ssmmessages", private=False),
        ),
        "S3Reachable",
        "no endpoint of ssmmessages",
    ),
    "other file system": Case(
        lambda it: change_mount(it, DnsName="fs-0abc123def4567890.fsx.us-west-2.amazonaws.com"),
        "FileSystemState",
        "is not a file system of the account and Region",
    ),
    "file system in another zone": Case(
        both(
            lambda it: move_to(it, "us-west-2b"),
            lambda it: plan(it)["ReservedCapacitySummaries"][0].update(
                AvailabilityZone="us-west-2b"
            ),
        ),
        "FileSystemZone",
        "is in us-west-2a, and nodes in us-west-2b",
    ),
    "ports of the file system": Case(
        close_ports, "FileSystemTraffic", "does not allow TCP 1018-1023 from sg-"
    ),
    "trust in another service": Case(
        lambda it: it.put_trust(trust({"Service": "ec2.amazonaws.com"})),
        "RoleTrust",
        "cannot be assumed by sagemaker.amazonaws.com",
    ),
    "denied trust": Case(
        lambda it: it.put_trust(
            {
                **trust(),
                "Statement": [*trust()["Statement"], *trust(Effect="Deny")["Statement"]],
            }
        ),
        "RoleTrust",
        "cannot be assumed by sagemaker.amazonaws.com",
    ),
    "trust under a condition": Case(
        lambda it: it.put_trust(
            trust(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}})
        ),
        "RoleTrust",
        "trusts sagemaker.amazonaws.com under conditions: aws:PrincipalOrgID",
        WARNING,
    ),
    "no scripts allowed": Case(
        lambda it: it.put_role_policy("s3:GetObject"),
        "RolePermissions",
        "does not allow s3:GetObject on arn:aws:s3:::scripts-of-training/scripts/on_create.sh",
    ),
    "no logs allowed": Case(
        lambda it: it.put_role_policy("logs:PutLogEvents"),
        "RolePermissions",
        "does not allow logs:PutLogEvents on",
    ),
    "no interfaces allowed": Case(
        lambda it: it.put_role_policy("ec2:CreateNetworkInterface"),
        "RolePermissions",
        "ec2:CreateNetworkInterface on arn:aws:ec2:us-west-2:123456789012:subnet/subnet-",
    ),
    "first cluster": Case(
        set_service_role, "ServiceLinkedRole", "allow iam:CreateServiceLinkedRole", WARNING
    ),
    "key disabled": Case(
        lambda it: it.client("kms").disable_key(KeyId=it.ids["key"].rpartition("/")[2]),
        "VolumeKey",
        "is Disabled",
    ),
    "asymmetric key": Case(
        lambda it: use_key(it, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
        "VolumeKey",
        "is a RSA_2048 key",
    ),
    "key of another Region": Case(
        lambda it: group(it)["InstanceStorageConfigs"][0]["EbsVolumeConfig"].update(
            VolumeKmsKeyId=it.ids["key"].replace(REGION, "eu-west-1")
        ),
        "VolumeKey",
        "is in eu-west-1; use a key in us-west-2",
    ),
    "key of others": Case(
        lambda it: set_key_policy(it, "arn:aws:iam::123456789012:role/other"),
        "VolumeKey",
        "has a policy that neither delegates to IAM nor names the execution roles",
    ),
    "empty folder of scripts": Case(
        lambda it: it.client("s3").delete_object(Bucket=BUCKET, Key="scripts/on_create.sh"),
        "ScriptsBucket",
        "has no objects; upload the lifecycle scripts",
    ),
    "denied scripts": Case(
        lambda it: it.put_bucket_policy(),
        "ScriptsBucket",
        "has a policy that denies s3:GetObject; remove the statement",
    ),
    "scripts denied by a condition": Case(
        lambda it: it.put_bucket_policy(
            Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
        ),
        "ScriptsBucket",
        "has a policy that denies s3:GetObject by aws:SourceVpce",
        WARNING,
    ),
    "old EKS": Case(
        lambda it: make_eks_cluster(it, "1.29"),
        "EksCluster",
        "has Kubernetes 1.29; update it; HyperPod supports 1.30 to 1.35",
    ),
    "new EKS": Case(
        lambda it: make_eks_cluster(it, "1.36"), "EksCluster", "has Kubernetes 1.36", WARNING
    ),
    "config map": Case(
        lambda it: make_eks_cluster(it, mode="CONFIG_MAP"),
        "EksCluster",
        "has the authentication mode CONFIG_MAP; use API or API_AND_CONFIG_MAP",
    ),
    "no add-on": Case(
        both(make_eks_cluster, lambda _: add_ons.uninstall("nodes", "coredns")),
        "EksAddOns",
        "has no add-on coredns",
        WARNING,
    ),
}
RIGHT: Mapping[str, Change] = {
    "as it is": lambda _: None,
    "endpoints in place of a route": both(
        delete_route,
        lambda it: add_endpoints(it, "s3", "logs", "ssm", "ssmmessages"),
    ),
    "EKS": make_eks_cluster,
    "key that names the role": lambda it: set_key_policy(it, it.ids["role"]),
    "trust of the account": lambda it: it.put_trust(
        trust(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    ),
    "objects over TLS only": lambda it: it.put_bucket_policy(
        Condition={"Bool": {"aws:SecureTransport": "false"}}
    ),
    "without a VPC": lambda it: it.request.pop("VpcConfig"),
}


ALONE = {
    *("name in use", "other clusters", "network interfaces", "few addresses", "other file system"),
    *("file system in another zone", "old EKS", "new EKS", "config map", "no add-on"),
}
"""Cases that change what other checks find."""


def rounds() -> Iterator[tuple[str, ...]]:
    """Cases that are tested together, since their checks differ; each account takes time to prepare."""
    yield from ((name,) for name in CASES if name in ALONE)
    left = [name for name in CASES if name not in ALONE]
    while left:
        together = {CASES[name].code: name for name in reversed(left)}
        yield tuple(together.values())
        left = [name for name in left if name not in together.values()]


@pytest.mark.parametrize("names", list(rounds()), ids=", ".join)
def test_checks_find_what_is_wrong_and_nothing_else(
    prepared: Prepared, names: tuple[str, ...]
) -> None:
    cases = [CASES[name] for name in names]
    for case in cases:
        case.change(prepared)

    found = findings(prepared)

    assert sorted(wrong(found)) == sorted((case.code, case.outcome) for case in cases)
    for case in cases:
        (one,) = (
            each.result
            for each in found
            if each.code == case.code and each.result.outcome is case.outcome
        )
        assert case.words in f"{one.message}; {one.fix}"
        assert one.fix


@pytest.mark.parametrize("case", RIGHT)
def test_nothing_is_wrong(prepared: Prepared, case: str) -> None:
    RIGHT[case](prepared)

    assert wrong(findings(prepared)) == []


def test_the_page_has_all_checks() -> None:
    assert preflight_page.PAGE.read_text() == preflight_page.text()


def test_every_check_has_a_source_and_a_code_of_its_own() -> None:
    assert len({each.code for each in CHECKS}) == len(CHECKS)
    for each in CHECKS:
        assert each.statement.endswith(".")
        assert each.source.startswith("https://docs.aws.amazon.com/")


def test_every_check_has_a_case() -> None:
    others = {"TypeOffered"}

    assert {each.code for each in CHECKS} == {each.code for each in CASES.values()} | others


def test_a_type_that_a_zone_does_not_offer(prepared: Prepared) -> None:
    group(prepared, 0)["InstanceType"] = "ml.g4dn.xlarge"
    move_to(prepared, "us-west-2d")

    said = [each.result for each in findings(prepared) if each.code == "TypeOffered"]

    assert said[0].outcome is FAILED
    assert said[0].message == "is not offered in us-west-2d"
    assert said[0].fix == "use a subnet in us-west-2a, us-west-2b, us-west-2c"
    assert said[1].outcome is Outcome.OK


def test_a_type_that_the_region_does_not_offer(prepared: Prepared) -> None:
    group(prepared, 0)["InstanceType"] = "ml.hpc9z.large"
    del prepared.request["VpcConfig"]

    said = [each.result for each in findings(prepared) if each.code == "TypeOffered"]

    assert said[0].message == "is not offered in the Region"
    assert said[1].message.startswith("is offered in us-west-2a, us-west-2b")


def test_a_quota_without_a_known_code_is_found_by_name(prepared: Prepared) -> None:
    group(prepared, 0)["InstanceType"] = "ml.g4dn.xlarge"
    quotas.increase("ml.g4dn.xlarge for cluster usage", 1)

    assert wrong(findings(prepared)) == []
    assert quotas.requests.count("ListServiceQuotas") == 1
    assert quotas.requests.count("ListAWSDefaultServiceQuotas") == 2  # pages


def test_quotas_with_known_codes_are_not_listed(prepared: Prepared) -> None:
    assert wrong(findings(prepared)) == []
    assert "ListServiceQuotas" not in quotas.requests


def test_nodes_that_exist_need_nothing_more(prepared: Prepared) -> None:
    add_cluster(prepared, NAME)
    cluster = prepared.emulator.clusters.find(NAME)
    assert cluster is not None
    cluster.groups["gpu"] = {**group(prepared), "InstanceStorageConfigs": []}
    cluster.nodes["gpu"] = {f"i-{index:017}": Node("") for index in range(4)}
    plan(prepared).update(AvailableInstanceCount=0)
    quotas.increase("Network interfaces per Region", 3, "vpc")

    found = findings(prepared)

    assert wrong(found) == [("ClusterNameFree", WARNING)]
    said = {each.code: each.result.message for each in found}
    assert said["FreeAddresses"].endswith("new nodes need 0")
    assert said["TrainingPlan"] == "is Active, with 0 free instances for 0 new nodes"

    group(prepared)["InstanceCount"] = 5
    quotas.increase(usage_quota(GPU, is_spot=False), 5)
    assert ("TrainingPlan", FAILED) in wrong(findings(prepared))


def test_the_form_names_file_systems(prepared: Prepared) -> None:
    prepared.request["Orchestrator"] = {}
    del group(prepared)["InstanceStorageConfigs"][1]
    form = (
        '{"version": "1.0.0", "workload_manager": "slurm", "controller_group": "controller", '
        '"worker_groups": [{"instance_group_name": "gpu", "partition_name": "gpu"}], '
        f'"fsx_dns_name": "{prepared.ids["dns"]}", "fsx_mountname": "{prepared.ids["mount"]}"}}'
    )
    close_ports(prepared)

    assert ("FileSystemTraffic", FAILED) in wrong(findings(prepared, form))


def test_what_the_deployment_creates_is_not_checked(prepared: Prepared) -> None:
    prepared.request["VpcConfig"] = {
        "Subnets": [{"Ref": "Subnet"}],
        "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
    }
    for each in prepared.request["InstanceGroups"]:
        each["ExecutionRole"] = {"Fn::GetAtt": ["Role", "Arn"]}
        each["LifeCycleConfig"]["SourceS3Uri"] = {"Fn::Sub": "s3://${Bucket}/scripts"}
    model = read_model(prepared.request, None)
    assert model is not None
    planned = Planned.of(prepared.request, model, None, f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:x")

    assert planned.created_later == ["the network", "roles", "the bucket of the scripts"]
    assert wrong(findings(prepared)) == []
    assert replace(planned, form={}).subnets == []
