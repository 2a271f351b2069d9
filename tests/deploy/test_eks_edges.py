"""Without what a resource of the sample app for Kubernetes waits for, its creation fails.

Each row takes a resource out of every `DependsOn`, and creates what then does not wait for it any more.
`make thorough` tries all rows. `test_layout_edges.py` tries those of the network.
"""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.aws.cloudformation.order import ancestors
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import REGION, Emulator
from tests.thorough import rows

from .dependencies import edges, path
from .eks_sample import STACK, synthesize_eks
from .tools import abandon, create, failures, prepare

CHART = "ControlPlane/HelmChart/Resource/Default"
NODES = "Cluster/Resource"
OPERATOR = "TrainingOperator/Resource"
VOLUMES = "Storage/Volumes/Resource/Default"
KUBECTL = "ControlPlane/Cluster/KubectlProvider"
NO_WAY = "no way to"
NO_CREDENTIALS = "the server has asked for the client to provide credentials"
NO_SCRIPTS = "Lifecycle scripts did not run successfully"
NO_EFA = "EFA health checks did not run successfully"
NOT_JOINED = "Nodes did not join EKS cluster"
OWN: dict[str | tuple[str, ...], tuple[str, str]] = {
    "ControlPlane/Cluster/KubectlReadyBarrier": (CHART, NO_CREDENTIALS),
    "ControlPlane/Network/ControlPlaneSubnet1/DefaultRoute": (CHART, NO_WAY),
    CHART: (NODES, "The required Helm chart is not installed"),
    "ControlPlane/vpc-cni": (NODES, "cni plugin not initialized"),
    (
        "ControlPlane/Cluster/ClusterSecurityGroup/from*",
        "ControlPlane/Cluster/ControlPlaneSecurityGroup/from*",
    ): (NODES, "do not allow TCP 443"),
    NODES: ("ControlPlane/coredns", "no node of"),
    "ControlPlane/coredns": ("Governance/Resource", "does not resolve names"),
    "Governance/Resource": ("Governance/Policy/Resource", "is not installed in EKS cluster"),
    "Governance/Policy/Resource": ("Governance/Team-research/Resource", "is not installed"),
    "Governance/Team-product/Resource": (VOLUMES, 'namespaces "hyperpod-ns-product" not found'),
    "TrainingOperator/PodIdentity": (OPERATOR, "had no role when its pods started"),
    "Scratch/FsxLustreSecurityGroup/from*Scratch*": ("Scratch/Resource", "do not permit Lustre"),
}
"""What the library orders, by path: what is created too early, and why it fails."""
OTHERS: dict[str | tuple[str, ...], tuple[str, str]] = {
    "ControlPlane/Cluster/ClusterAdminRoleAccess/Resource": (CHART, NO_CREDENTIALS),
    "ControlPlane/Network/ControlPlaneSubnet2/DefaultRoute": (CHART, NO_WAY),
    "ControlPlane/Network/ControlPlaneSubnet1/RouteTableAssociation": (CHART, NO_WAY),
    "ControlPlane/Network/ControlPlaneSubnet2/RouteTableAssociation": (CHART, NO_WAY),
    f"{KUBECTL}/Handler/ServiceRole/DefaultPolicy/Resource": (CHART, "eks:DescribeCluster"),
    f"{KUBECTL}/Provider/framework-onEvent/ServiceRole/DefaultPolicy/Resource": (
        *(CHART, "lambda:InvokeFunction"),
    ),
    "ControlPlane/kube-proxy": (NODES, NOT_JOINED),
    "ControlPlane/eks-pod-identity-agent": (OPERATOR, "requires eks-pod-identity-agent"),
    (
        "Cluster/SecurityGroup/from*ControlPlaneClusterClusterSecurityGroup*",
        "Cluster/SecurityGroup/from*ControlPlaneClusterControlPlaneSecurityGroup*",
    ): (NODES, "do not allow TCP 10250"),
    "Cluster/SecurityGroup/from HyperPodEksSampleClusterSecurityGroup*": (NODES, NO_EFA),
    "Cluster/SecurityGroup/SelfEgress": (NODES, NO_EFA),
    "Cluster/Lifecycle/Upload/CustomResource/Default": (NODES, NO_SCRIPTS),
    "Cluster/AddOn-cert-manager/Resource": (OPERATOR, "requires cert-manager"),
    "Governance/Team-research/Resource": (VOLUMES, 'namespaces "hyperpod-ns-research" not found'),
}
NEEDED = OWN | OTHERS
_OF_VPC = "dependency of the CDK on all of the VPC: nodes and functions wait for their own ways out"
NOT_NEEDED = {
    "ControlPlane/Network/Vpc/*": _OF_VPC,
    "Cluster/Lifecycle/NewBucket/Resource": "test_bucket_of_failed_deployments.py",
    "Custom::CDKBucketDeployment*": "dependency of the CDK: test_layout_edges.py",
    "ControlPlane/Cluster/Resource": "chart and nodes refer to it by what they wait for",
    "Storage/Resource": "a claim is bound without the driver, which pods require",
}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_eks(tmp_path_factory.mktemp("eks-edges"), REGION)


@pytest.fixture(scope="module")
def sample(assembly: Path) -> Json:
    template: Json = json.loads((assembly / f"{STACK}.template.json").read_text())
    return template


@pytest.fixture(scope="module")
def account(cloud: Emulator, assembly: Path) -> Emulator:
    prepare(cloud, assembly)
    return cloud


@pytest.fixture
def clean(account: Emulator) -> Iterator[Emulator]:
    yield account
    abandon(account)


def ids(template: Json, *patterns: str) -> set[str]:
    """The logical IDs of resources by their paths."""
    return {
        name
        for name in template["Resources"]
        if any(fnmatchcase(path(template, name), pattern) for pattern in patterns)
    }


def unordered(template: Json, names: set[str]) -> Json:
    """A template in which nothing waits for some resources but what refers to them."""
    resources = {}
    for name, resource in template["Resources"].items():
        given = resource.get("DependsOn", [])
        kept = [
            each for each in ([given] if isinstance(given, str) else given) if each not in names
        ]
        resources[name] = {**resource, "DependsOn": kept}
    return {**template, "Resources": resources}


def test_every_dependency_has_a_row(sample: Json) -> None:
    references = edges(unordered(sample, set(sample["Resources"])))
    awaited = {
        needed
        for name, found in edges(sample).items()
        for needed in found - ancestors(references, name)
    }
    flat = [pattern for row in NEEDED for pattern in ([row] if isinstance(row, str) else row)]
    known = ids(sample, *flat, *NOT_NEEDED)
    assert {path(sample, name) for name in awaited - known} == set()
    for pattern in (*flat, *NOT_NEEDED):
        assert ids(sample, pattern) & awaited, pattern


@pytest.mark.parametrize(
    "row",
    rows(NEEDED, CHART, "Governance/Resource", "Scratch/FsxLustreSecurityGroup/from*Scratch*"),
    ids=str,
)
def test_creation_fails_without(clean: Emulator, sample: Json, row: str | tuple[str, ...]) -> None:
    patterns = (row,) if isinstance(row, str) else row
    victim_path, message = NEEDED[row]
    missing = ids(sample, *patterns)
    assert len(missing) == len(patterns)
    (victim,) = ids(sample, victim_path)
    template = unordered(sample, missing)
    needed = ancestors(edges(template), victim)
    assert not needed & missing
    kept = {name: template["Resources"][name] for name in {*needed, victim}}
    cut = {key: value for key, value in template.items() if key != "Outputs"}

    stack = create(clean, STACK, {**cut, "Resources": kept})

    told = failures(stack)
    assert stack.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert told[0].startswith(victim)
    assert message in told[0]
