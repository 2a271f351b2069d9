"""Task governance: the policy and the quotas in all Regions, and what is refused."""

import json
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from hyperpod_constructs.model.kubernetes.governance_checks import quota_problems
from hyperpod_constructs.model.kubernetes.governance_regions import COMPUTE_QUOTA, SCHEDULER_CONFIG
from tests.fuzz.second_opinions import api_problems
from tests.synth import CONTEXT, template

from .found import after, one
from .stacks import make_control_plane, make_nodes

URGENT = hp.PriorityClass("urgent", weight=90)
RESEARCH = hp.ComputeQuota(
    "research",
    fair_share_weight=60,
    resources=[hp.QuotaResource("ml.p5.48xlarge", count=6)],
    sharing=hp.ResourceSharing.lend_and_borrow(
        limit=50, limits=[hp.QuotaResource("ml.p5.48xlarge", count=1)]
    ),
)
PRODUCT = hp.ComputeQuota(
    "product",
    fair_share_weight=40,
    resources=[
        hp.QuotaResource("ml.p5.48xlarge", partition="mig-1g.10gb", partition_count=14),
        hp.QuotaResource("ml.c5.4xlarge", v_cpu=8, memory_in_gib=16.5),
    ],
    sharing=hp.ResourceSharing.do_not_lend(),
    preemption=hp.Preemption.NEVER,
    enabled=False,
    description="Interns",
)
_CLUSTER = "arn:aws:sagemaker:us-east-1:111122223333:cluster/abcdefghijkl"


def make(region: str | None = "us-east-1", **settings: Any) -> cdk.Stack:
    zones = {f"availability-zones:account=111122223333:region={region}": ["a", "b"]}
    app = cdk.App(context={**CONTEXT, **zones})
    home = cdk.Environment(account="111122223333", region=region)
    synthesizer = cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    stack = cdk.Stack(app, "Stack", env=home if region else None, synthesizer=synthesizer)
    lacks_types = cdk.Acknowledgment(
        id="CloudFormation-Validate::E3644", reason="the Region is any"
    )
    cdk.Validations.of(stack).acknowledge(lacks_types)
    cluster = make_nodes(stack, make_control_plane(stack))
    arguments = {"priority_classes": [URGENT], "teams": [RESEARCH, PRODUCT], **settings}
    hp.TaskGovernance(stack, "Governance", cluster=cluster, **arguments)
    return stack


@pytest.fixture(scope="module")
def native() -> dict[str, Any]:
    return template(make())


def test_native(native: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert native == snapshot


def test_by_function(snapshot: SnapshotAssertion) -> None:
    stack = make("ap-southeast-4")

    assert template(stack) == snapshot
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


def test_order(native: dict[str, Any]) -> None:
    nodes, _ = one(native, "AWS::SageMaker::Cluster")
    add_on, _ = one(native, "AWS::EKS::Addon", AddonName="amazon-sagemaker-hyperpod-taskgovernance")
    dns, _ = one(native, "AWS::EKS::Addon", AddonName="coredns")
    policy, _ = one(native, SCHEDULER_CONFIG)
    quotas = [name for name, each in native["Resources"].items() if each["Type"] == COMPUTE_QUOTA]

    assert {nodes, dns} <= after(native, add_on)
    assert add_on in after(native, policy)
    assert len(quotas) == 2
    assert all(policy in after(native, quota) for quota in quotas)


def test_requests_are_those_of_the_api(native: dict[str, Any]) -> None:
    operations = {
        SCHEDULER_CONFIG: "CreateClusterSchedulerConfig",
        COMPUTE_QUOTA: "CreateComputeQuota",
    }
    requests = [
        (operations[each["Type"]], {**each["Properties"], "ClusterArn": _CLUSTER})
        for each in native["Resources"].values()
        if each["Type"] in operations
    ]

    assert len(requests) == 3
    assert [api_problems(request, operation) for operation, request in requests] == [[]] * 3
    assert api_problems({**requests[1][1], "Name": "a_b"}, "CreateComputeQuota") != []


def test_the_function_receives_the_same_requests(native: dict[str, Any]) -> None:
    found = template(make("ap-southeast-4"))

    def teams(resources: dict[str, Any], kind: str) -> list[Any]:
        return [
            each["Properties"] for each in resources["Resources"].values() if each["Type"] == kind
        ]

    by_function = [
        json.loads(
            "".join(
                part if isinstance(part, str) else _CLUSTER
                for part in each["Request"]["Fn::Join"][1]
            )
        )
        for each in teams(found, "Custom::HyperPodComputeQuota")
    ]
    assert [
        {**each, "ClusterArn": _CLUSTER} for each in teams(native, COMPUTE_QUOTA)
    ] == by_function
    assert (
        len(
            {
                json.dumps(each["ServiceToken"])
                for each in teams(found, "Custom::HyperPodComputeQuota")
            }
        )
        == 1
    )


def test_a_region_can_have_one_of_the_types() -> None:
    kinds = {each["Type"] for each in template(make("us-west-2"))["Resources"].values()}

    assert {COMPUTE_QUOTA, "Custom::HyperPodClusterSchedulerConfig"} <= kinds
    assert SCHEDULER_CONFIG not in kinds


def test_an_unknown_region_is_a_warning() -> None:
    stack = make(None)

    kinds = {each["Type"] for each in template(stack)["Resources"].values()}
    assert {COMPUTE_QUOTA, SCHEDULER_CONFIG} <= kinds
    assert warnings(stack, "GovernanceRegion") == 2


def warnings(stack: cdk.Stack, code: str) -> int:
    pattern = Match.string_like_regexp(rf"\({code}\)")
    return len(Annotations.from_stack(stack).find_warning("*", pattern))


@pytest.mark.parametrize(
    ("namespace", "fix"),
    [
        ("hyperpod-ns-reserch", "did you mean 'hyperpod-ns-research'?"),
        ("hyperpod-ns-zz", "pass team.namespace of a ComputeQuota"),
        ("hyperpod-ns-research", None),
        ("default", None),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_access_to_the_namespace_of_a_team_that_no_quota_creates(
    stack: cdk.Stack, namespace: str, fix: str | None, is_first: bool
) -> None:
    control_plane = make_control_plane(stack)
    role = iam.Role(stack, "Researcher", assumed_by=iam.AccountRootPrincipal())
    if is_first:
        control_plane.grant_access(role, hp.EksAccess.EDIT, namespaces=["default", namespace])
    hp.TaskGovernance(
        stack, "Governance", cluster=make_nodes(stack, control_plane), teams=[RESEARCH]
    )
    if not is_first:
        control_plane.grant_access(role, hp.EksAccess.EDIT, namespaces=["default", namespace])

    assert warnings(stack, "TeamNamespace") == (fix is not None)
    assert fix is None or fix in warning_texts(stack)


def test_access_to_a_team_of_another_app_is_one_warning(stack: cdk.Stack) -> None:
    control_plane = make_control_plane(stack)
    for name, namespaces in (
        ("First", [RESEARCH.namespace]),
        ("Second", ["a", RESEARCH.namespace]),
    ):
        role = iam.Role(stack, name, assumed_by=iam.AccountRootPrincipal())
        control_plane.grant_access(role, hp.EksAccess.EDIT, namespaces=namespaces)

    assert warnings(stack, "TeamNamespace") == 1


@pytest.mark.parametrize(
    ("namespace", "number"), [("hyperpod-ns-reserch", 1), (RESEARCH.namespace, 0)]
)
def test_claims_in_the_namespace_of_a_team_that_no_quota_creates(
    stack: cdk.Stack, namespace: str, number: int
) -> None:
    nodes = make_nodes(stack, make_control_plane(stack))
    file_system = hp.FileSystem.lustre(
        dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com", mount_name="abcdefgh"
    )
    hp.FsxCsiDriverAddOn(
        stack, "Fsx", cluster=nodes, file_systems=[file_system], namespaces=["default", namespace]
    )
    hp.TaskGovernance(stack, "Governance", cluster=nodes, teams=[RESEARCH])

    assert warnings(stack, "TeamNamespace") == number
    assert not number or "did you mean 'hyperpod-ns-research'?" in warning_texts(stack)


def warning_texts(stack: cdk.Stack) -> str:
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return "\n".join(str(each.entry.data) for each in found)


def test_derived_names() -> None:
    assert RESEARCH.namespace == "hyperpod-ns-research"
    assert RESEARCH.local_queue == "hyperpod-ns-research-localqueue"
    assert RESEARCH.cluster_queue == "hyperpod-ns-research-clusterqueue"
    assert RESEARCH.label == {"kueue.x-k8s.io/queue-name": "hyperpod-ns-research-localqueue"}
    assert URGENT.label == {"kueue.x-k8s.io/priority-class": "urgent-priority"}


def resources(*given: hp.QuotaResource, **settings: Any) -> dict[str, Any]:
    return {"teams": [hp.ComputeQuota("research", resources=given, **settings)]}


WRONG: Any = hp
REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"teams": [RESEARCH, hp.ComputeQuota("late", resources=RESEARCH.resources)]},
        "teams[1].resources[0].count: 6 exceeds the instances of ml.p5.48xlarge: the teams so far have "
        "12, and the cluster has 8",
    ),
    (
        resources(
            hp.QuotaResource("ml.p5.48xlarge", count=7),
            hp.QuotaResource("ml.p5.48xlarge", accelerators=9),
        ),
        "teams[0].resources[1].accelerators: 9 exceeds the accelerators of ml.p5.48xlarge: the teams "
        "so far have 65, and the cluster has 64",
    ),
    (
        resources(hp.QuotaResource("ml.p5.48xlarge", accelerators=4, v_cpu=1537)),
        "teams[0].resources[0].v_cpu: 1537 exceeds the vCPUs of ml.p5.48xlarge",
    ),
    (
        resources(*[hp.QuotaResource("ml.p5.48xlarge", memory_in_gib=8192.5)] * 2),
        "teams[0].resources[1].memory_in_gib: 8192.5 exceeds the memory in GiB of ml.p5.48xlarge: the "
        "teams so far have 16385, and the cluster has 16384",
    ),
    (
        resources(
            hp.QuotaResource("ml.p5.48xlarge", v_cpu=1536),
            hp.QuotaResource("ml.p5.48xlarge", count=1),
        ),
        "teams[0].resources[1].count: 1 exceeds the vCPUs of ml.p5.48xlarge: the teams so far have 1728",
    ),
    (
        resources(hp.QuotaResource("ml.g5.8xlarge", count=1)),
        "teams[0].resources[0].instance_type: 'ml.g5.8xlarge' is the instance type of no group",
    ),
    (resources(hp.QuotaResource("p5.48xlarge", count=1)), "(QuotaType)"),
    (resources(hp.QuotaResource("ml.p5.48xlarge")), "(QuotaAmounts)"),
    (resources(hp.QuotaResource("ml.p5.48xlarge", count=1, accelerators=8)), "(QuotaAmounts)"),
    (resources(hp.QuotaResource("ml.p5.48xlarge", count=-1)), "count: -1 is negative"),
    (resources(hp.QuotaResource("ml.p5.48xlarge", partition="mig-1g.10gb")), "partition_count"),
    (
        resources(hp.QuotaResource("ml.p5.48xlarge", partition="1g", partition_count=1)),
        "'1g' is not a type of GPU partitions",
    ),
    (resources(*[hp.QuotaResource("ml.p5.48xlarge", accelerators=1)] * 16), "(QuotaLimit)"),
    ({"teams": [RESEARCH, RESEARCH]}, "teams[1].team: 'research' is also the team of teams[0]"),
    ({"teams": [hp.ComputeQuota("Research")]}, "(GovernanceName)"),
    ({"teams": [hp.ComputeQuota("a", fair_share_weight=101)]}, "(GovernanceWeight)"),
    (resources(sharing=hp.ResourceSharing.lend_and_borrow(limit=10_001)), "(BorrowLimit)"),
    (
        resources(sharing=hp.ResourceSharing(strategy=hp.SharingStrategy.LEND, borrow_limit=5)),
        "is not supported with the strategy Lend",
    ),
    ({"priority_classes": [hp.PriorityClass("urgent", weight=-1)]}, "(GovernanceWeight)"),
    ({"priority_classes": [URGENT, URGENT]}, "(GovernanceTwice)"),
    (
        {"priority_classes": [hp.PriorityClass(f"p{n}", weight=n) for n in range(11)]},
        "(PriorityClassLimit)",
    ),
    ({"priority_classes": ["urgent"]}, "priority_classes[0]: 'urgent' is of type str"),
    (
        {"teams": [WRONG.ComputeQuota("a", sharing="Lend", preemption="Sometimes")]},
        "teams[0].sharing",
    ),
    ({"fair_share": "Enabled"}, "fair_share: 'Enabled' is of type str"),
]


@pytest.fixture(scope="module")
def cluster() -> hp.HyperPodCluster:
    stack = cdk.Stack(cdk.App(context=CONTEXT), "Shared")
    return make_nodes(stack, make_control_plane(stack))


@pytest.mark.parametrize(("settings", "text"), REFUSED, ids=[text for _, text in REFUSED])
def test_is_refused(cluster: hp.HyperPodCluster, settings: dict[str, Any], text: str) -> None:
    with pytest.raises(hp.ValidationError) as error:
        hp.TaskGovernance(cluster.stack, "Governance", cluster=cluster, **settings)

    assert text in str(error.value)


def test_other_problems_do_not_hide_that_quotas_exceed_the_cluster(
    cluster: hp.HyperPodCluster,
) -> None:
    many = [hp.QuotaResource("ml.p5.48xlarge", count=20)]
    with pytest.raises(hp.ValidationError) as error:
        hp.TaskGovernance(
            cluster.stack,
            "Governance",
            cluster=cluster,
            priority_classes=[URGENT, URGENT],
            teams=[hp.ComputeQuota("Research", resources=many)],
        )

    codes = [problem.code for problem in error.value.problems]
    assert codes == ["GovernanceTwice", "GovernanceName", "QuotaCount"]


def test_weights_without_fair_share_are_a_warning() -> None:
    assert warnings(make(fair_share=False), "FairShareWeight") == 2


def test_quotas_can_have_all_of_the_cluster(cluster: hp.HyperPodCluster) -> None:
    seventh = hp.QuotaResource("ml.p5.48xlarge", v_cpu=8 * 192 / 7, memory_in_gib=8 * 2048 / 7)
    parts = [
        hp.ComputeQuota(name, resources=[replace(seventh, accelerators=accelerators)])
        for name, accelerators in zip("abcdefg", [*[9] * 6, 10], strict=True)
    ]
    whole = [hp.ComputeQuota("a", resources=[hp.QuotaResource("ml.p5.48xlarge", count=8)])]

    groups = cluster.instance_groups or ()
    assert groups
    for teams in (parts, whole):
        assert not list(quota_problems(teams, groups))


@pytest.mark.parametrize("limit", [0, 501, 10_000])
def test_limits_that_only_the_api_documents_are_a_warning(limit: int) -> None:
    borrower = hp.ComputeQuota("a", sharing=hp.ResourceSharing.lend_and_borrow(limit=limit))

    assert warnings(make(teams=[borrower]), "BorrowLimit") == 1


def test_cpus_of_nodes_with_one_thread_are_a_warning(stack: cdk.Stack) -> None:
    groups = [
        hp.InstanceGroup(
            "cpu", instance_type="ml.c5.4xlarge", count=2, min_count=1, threads_per_core=1
        )
    ]
    cluster = make_nodes(stack, make_control_plane(stack), instance_groups=groups)
    team = hp.ComputeQuota("a", resources=[hp.QuotaResource("ml.c5.4xlarge", v_cpu=8)])
    hp.TaskGovernance(stack, "Governance", cluster=cluster, teams=[team])

    assert warnings(stack, "QuotaThreads") == 1


def test_a_slurm_cluster_is_refused(stack: cdk.Stack) -> None:
    slurm = hp.HyperPodCluster(
        stack, "Slurm", instance_groups=[hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")]
    )
    imported = hp.HyperPodCluster.from_cluster_arn(stack, "Imported", _CLUSTER)

    with pytest.raises(hp.ValidationError, match="cluster: 'Slurm' is the orchestrator"):
        hp.TaskGovernance(stack, "A", cluster=slurm)
    with pytest.raises(hp.ValidationError, match="import the cluster with eks_cluster="):
        hp.TaskGovernance(stack, "A", cluster=imported)


def test_an_imported_cluster_has_task_governance(stack: cdk.Stack) -> None:
    arn = "arn:aws:eks:us-west-2:111122223333:cluster/training"
    cluster = hp.HyperPodCluster.from_cluster_attributes(
        stack,
        "Imported",
        cluster_arn=_CLUSTER.replace("us-east-1", "us-west-2"),
        eks_cluster=hp.EksClusterReference(arn),
    )
    hp.TaskGovernance(stack, "Governance", cluster=cluster, teams=[RESEARCH])

    _, add_on = one(template(stack), "AWS::EKS::Addon")
    assert add_on["Properties"]["ClusterName"] == "training"
    with pytest.raises(hp.ValidationError, match="AddOnTwice"):
        hp.TaskGovernance(stack, "Second", cluster=cluster)


def test_a_cluster_without_nodes_is_a_warning(stack: cdk.Stack) -> None:
    groups = [hp.InstanceGroup("gpu", instance_type="ml.p5.48xlarge", count=8)]
    cluster = make_nodes(stack, make_control_plane(stack), instance_groups=groups)
    hp.TaskGovernance(stack, "Governance", cluster=cluster)

    assert warnings(stack, "NoNodesYet") == 1
