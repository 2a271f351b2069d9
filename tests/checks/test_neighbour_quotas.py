"""Compute quotas of a template against the instance groups of its cluster."""

from typing import Any

import pytest

from hyperpod_constructs.checks.neighbours import neighbour_findings
from tests.clusters.neighbours import GOOD, resource

QUOTA = "SageMaker::ComputeQuota"
CLUSTER = {
    "InstanceGroups": [
        {"InstanceGroupName": "gpu", "InstanceType": "ml.p5.48xlarge", "InstanceCount": "8"},
        {"InstanceGroupName": "scaled", "InstanceType": "ml.g5.8xlarge", "InstanceCount": 0},
        {"InstanceGroupName": "cpu", "InstanceType": "ml.c5.4xlarge", "ThreadsPerCore": "1"},
    ]
}


def quota(
    *resources: dict[str, Any], arn: Any = None, team: Any = None, limits: Any = ()
) -> dict[str, Any]:
    sharing = {"Strategy": "LendAndBorrow", "AbsoluteBorrowLimits": [*limits]}
    return resource(
        QUOTA,
        ClusterArn=arn or {"Ref": "Cluster"},
        ComputeQuotaConfig={
            "ComputeQuotaResources": [*resources],
            **({"ResourceSharingConfig": sharing} if limits else {}),
        },
        ComputeQuotaTarget={"TeamName": team or {"Ref": "Team"}},
    )


def found(**quotas: dict[str, Any]) -> list[tuple[str, str]]:
    cluster = {**GOOD["Cluster"]["Properties"], **CLUSTER}
    template = {
        "Resources": {**GOOD, "Cluster": resource("SageMaker::Cluster", **cluster), **quotas}
    }
    return [
        (each.problem.code, ".".join(map(str, each.path)))
        for each in neighbour_findings(template, cluster)
    ]


P5 = {"InstanceType": "ml.p5.48xlarge"}
CPU = {"InstanceType": "ml.c5.4xlarge"}
LIMITS = "ComputeQuotaConfig.ResourceSharingConfig.AbsoluteBorrowLimits"
PLACE = "ComputeQuotaConfig.ComputeQuotaResources"


@pytest.mark.parametrize(
    ("quotas", "expected"),
    [
        ({"A": quota({**P5, "Count": 6}), "B": quota({**P5, "Count": "2"})}, []),
        (
            {"A": quota({**P5, "Count": 6}), "B": quota({**P5, "Count": 3})},
            [("QuotaCount", f"Resources.B.Properties.{PLACE}.0.Count")],
        ),
        (
            {"A": quota({**P5, "Count": 1}, {"InstanceType": "ml.m5.large", "Count": 1})},
            [("QuotaInstanceType", f"Resources.A.Properties.{PLACE}.1.InstanceType")],
        ),
        ({"A": quota({"InstanceType": "ml.g5.8xlarge", "Count": 100})}, []),
        ({"A": quota({**P5, "Count": {"Ref": "Count"}})}, []),
        ({"A": quota({"InstanceType": {"Ref": "Type"}, "Count": 100})}, []),
        ({"A": quota({**P5, "Count": 100}, arn={"Ref": "Parameter"})}, []),
        ({"A": quota({**P5, "Count": 100}, arn={"Fn::ImportValue": "Arn"})}, []),
        ({"A": quota({**P5, "Accelerators": 8})}, []),
        (
            {"A": quota({**CPU, "Accelerators": "1"})},
            [("QuotaAccelerators", f"Resources.A.Properties.{PLACE}.0.Accelerators")],
        ),
        (
            {"A": quota({**CPU, "AcceleratorPartition": {"Type": "mig-1g.10gb", "Count": 1}})},
            [("QuotaAccelerators", f"Resources.A.Properties.{PLACE}.0.AcceleratorPartition")],
        ),
        (
            {"A": quota({**CPU, "VCpu": 7.5})},
            [("QuotaThreads", f"Resources.A.Properties.{PLACE}.0.VCpu")],
        ),
        (
            {"A": quota(limits=[{"InstanceType": "ml.m5.large", "Count": 1}])},
            [("QuotaInstanceType", f"Resources.A.Properties.{LIMITS}.0.InstanceType")],
        ),
        ({"A": quota(team="research"), "B": quota(team="product"), "C": quota()}, []),
        (
            {"A": quota(team="research"), "B": quota(team="research")},
            [("GovernanceTwice", "Resources.B.Properties.ComputeQuotaTarget.TeamName")],
        ),
        ({"A": {**quota({**P5, "Count": 9}), "Condition": "Large"}}, []),
    ],
)
def test_quotas(quotas: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(**quotas) == expected
