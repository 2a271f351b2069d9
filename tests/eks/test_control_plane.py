"""The EKS cluster that the library creates: what is rendered, in which order, and what is refused."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.synth import CONTEXT, make_stack, template

from .charts import make_chart
from .found import after, one
from .stacks import CHART, make_control_plane, make_nodes

ADMIN = "arn:aws:iam::111122223333:role/platform"
VIEWER = "arn:aws:iam::111122223333:role/viewer"
_POLICY = "arn:aws:eks::aws:cluster-access-policy"


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A control plane with all arguments, its nodes, and two roles with access."""
    folder = tmp_path_factory.mktemp("everything")
    app = cdk.App(context=CONTEXT, outdir=str(folder / "cdk.out"))
    stack = make_stack(app, "Stack")
    control_plane = make_control_plane(
        stack,
        cluster_name="training",
        helm_chart=hp.HyperPodHelmChart.from_asset(
            make_chart(folder),
            components=hp.ChartComponents(training_operators=False, neuron_device_plugin=False),
            values={"mpi-operator": {"mpiOperator": {"replicas": 2}}},
        ),
        availability_zone="us-west-2b",
        control_plane_availability_zones=["us-west-2a", "us-west-2b"],
        ip_addresses=ec2.IpAddresses.cidr("10.4.0.0/16"),
        public_access_cidrs=["203.0.113.0/24"],
        secrets_key=kms.Key.from_key_arn(
            stack,
            "Key",
            "arn:aws:kms:us-west-2:111122223333:key/11111111-2222-3333-4444-555555555555",
        ),
        add_on_versions={"vpc-cni": "v1.20.4-eksbuild.1"},
        dns_before_nodes=True,
    )
    make_nodes(stack, control_plane)
    control_plane.grant_access(
        iam.Role.from_role_arn(stack, "Admin", ADMIN), hp.EksAccess.CLUSTER_ADMIN
    )
    viewer = iam.Role.from_role_arn(stack, "Viewer", VIEWER)
    control_plane.grant_access(viewer, hp.EksAccess.VIEW)
    control_plane.grant_access(viewer, hp.EksAccess.EDIT, namespaces=["hyperpod-ns-research"])
    return template(stack)


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path_factory.mktemp("least") / "cdk.out"))
    stack = make_stack(app, "Stack")
    make_nodes(stack, make_control_plane(stack))
    return template(stack)


def test_minimal(least: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert least == snapshot


def test_everything(everything: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert everything == snapshot


def test_imported_vpc(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a", "us-west-2b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
    )
    control_plane = make_control_plane(
        stack,
        vpc=vpc,
        node_subnets=ec2.SubnetSelection(availability_zones=["us-west-2b"]),
        helm_chart=hp.HyperPodHelmChart.installed(),
    )
    make_nodes(stack, control_plane)

    assert template(stack) == snapshot


def test_the_network_has_two_small_subnets_and_one_for_nodes(least: dict[str, Any]) -> None:
    _, cluster = one(least, "AWS::EKS::Cluster")
    _, nodes = one(least, "AWS::SageMaker::Cluster")
    subnets = {
        name: each["Properties"]
        for name, each in least["Resources"].items()
        if each["Type"] == "AWS::EC2::Subnet"
    }
    small = [each["Ref"] for each in cluster["Properties"]["ResourcesVpcConfig"]["SubnetIds"]]
    (private,) = (each["Ref"] for each in nodes["Properties"]["VpcConfig"]["Subnets"])

    assert len({subnets[name]["AvailabilityZone"] for name in small}) == 2
    assert all("4" in json.dumps(subnets[name]["CidrBlock"]) for name in small)
    assert private not in small
    assert subnets[private]["CidrBlock"] == "10.0.128.0/17"
    tags = {each["Key"]: each["Value"] for each in subnets[private]["Tags"]}
    assert tags["kubernetes.io/role/internal-elb"] == "1"


def test_functions_in_the_control_plane_subnets_reach_aws(least: dict[str, Any]) -> None:
    functions = [
        each["Properties"]["VpcConfig"]["SubnetIds"]
        for each in least["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function" and "VpcConfig" in each["Properties"]
    ]
    assert len(functions) == 2
    for subnet in functions[0] + functions[1]:
        _, association = one(least, "AWS::EC2::SubnetRouteTableAssociation", SubnetId=subnet)
        table = association["Properties"]["RouteTableId"]
        _, route = one(least, "AWS::EC2::Route", RouteTableId=table)
        assert "NatGatewayId" in route["Properties"]
        assert table in tables_to_s3(least)


def tables_to_s3(found: dict[str, Any]) -> list[dict[str, str]]:
    """Route tables of the gateway endpoint of S3, from which charts are downloaded."""
    _, endpoint = one(found, "AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")
    tables: list[dict[str, str]] = endpoint["Properties"]["RouteTableIds"]
    return tables


def test_the_endpoint_is_private_and_secrets_are_encrypted(least: dict[str, Any]) -> None:
    _, cluster = one(least, "AWS::EKS::Cluster")

    network = cluster["Properties"]["ResourcesVpcConfig"]
    assert network["EndpointPrivateAccess"] is True
    assert network["EndpointPublicAccess"] is False
    assert cluster["Properties"]["EncryptionConfig"][0]["Resources"] == ["secrets"]
    assert cluster["Properties"]["AccessConfig"]["AuthenticationMode"] == "API"
    assert cluster["Properties"]["ComputeConfig"] == {"Enabled": False}
    logging = cluster["Properties"]["Logging"]["ClusterLogging"]["EnabledTypes"]
    assert len(logging) == 5


def test_chart_after_its_access_entry_and_nodes_after_the_chart(least: dict[str, Any]) -> None:
    chart, _ = one(least, "Custom::AWSCDK-EKS-HelmChart")
    nodes, _ = one(least, "AWS::SageMaker::Cluster")
    entry, _ = one(least, "AWS::EKS::AccessEntry")
    base = [
        one(least, "AWS::EKS::Addon", AddonName=name)[0]
        for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
    ]
    dns, _ = one(least, "AWS::EKS::Addon", AddonName="coredns")

    assert {entry, *base} <= after(least, chart)
    assert {chart, *base, entry} <= after(least, nodes)
    assert nodes in after(least, dns)


def test_what_the_user_adds_to_the_eks_cluster_can_require_nodes(stack: cdk.Stack) -> None:
    control_plane = make_control_plane(stack)
    cluster = make_nodes(stack, control_plane)
    manifest = control_plane.eks_cluster.add_manifest("Own", {"kind": "ConfigMap"})
    manifest.node.add_dependency(cluster)

    found = template(stack)
    nodes, _ = one(found, "AWS::SageMaker::Cluster")
    own, _ = one(found, "Custom::AWSCDK-EKS-KubernetesResource")
    assert nodes in after(found, own)
    assert own not in after(found, nodes)


def test_dns_can_be_created_before_the_nodes(everything: dict[str, Any]) -> None:
    dns, _ = one(everything, "AWS::EKS::Addon", AddonName="coredns")
    nodes, _ = one(everything, "AWS::SageMaker::Cluster")

    assert dns in after(everything, nodes)


def test_the_chart_has_the_region_and_does_not_wait(everything: dict[str, Any]) -> None:
    _, chart = one(everything, "Custom::AWSCDK-EKS-HelmChart")
    values = json.loads(chart["Properties"]["Values"])

    assert values["global"] == {"region": "us-west-2"}
    assert values["health-monitoring-agent"] == {"enabled": True, "region": "us-west-2"}
    assert values["trainingOperators"] == {"enabled": False}
    assert values["neuron-device-plugin"] == {"devicePlugin": {"enabled": False}}
    assert values["mpi-operator"] == {"enabled": True, "mpiOperator": {"replicas": 2}}
    assert "Wait" not in chart["Properties"]
    assert chart["Properties"]["Namespace"] == "kube-system"
    assert chart["Properties"]["Release"] == "hyperpod-dependencies"


def test_the_cluster_has_the_tag_that_managed_policies_require(least: dict[str, Any]) -> None:
    _, nodes = one(least, "AWS::SageMaker::Cluster")

    assert nodes["Properties"]["Tags"] == [{"Key": "SageMaker", "Value": "true"}]


def test_traffic_between_nodes_and_control_plane_is_allowed(least: dict[str, Any]) -> None:
    _, nodes = one(least, "AWS::SageMaker::Cluster")
    (group,) = nodes["Properties"]["VpcConfig"]["SecurityGroupIds"]
    rules = [
        (each["Properties"]["GroupId"], each["Properties"]["SourceSecurityGroupId"])
        for each in least["Resources"].values()
        if each["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]
    control_planes = {json.dumps(a) for a, b in rules if b == group} - {json.dumps(group)}

    assert len(control_planes) == 2
    assert control_planes == {json.dumps(b) for a, b in rules if a == group} - {json.dumps(group)}


def test_each_role_has_one_entry(everything: dict[str, Any]) -> None:
    _, admin = one(everything, "AWS::EKS::AccessEntry", PrincipalArn=ADMIN)
    _, viewer = one(everything, "AWS::EKS::AccessEntry", PrincipalArn=VIEWER)

    assert admin["Properties"]["AccessPolicies"] == [
        {"PolicyArn": f"{_POLICY}/AmazonEKSClusterAdminPolicy", "AccessScope": {"Type": "cluster"}}
    ]
    assert viewer["Properties"]["AccessPolicies"] == [
        {"PolicyArn": f"{_POLICY}/AmazonEKSViewPolicy", "AccessScope": {"Type": "cluster"}},
        {
            "PolicyArn": f"{_POLICY}/AmazonEKSEditPolicy",
            "AccessScope": {"Type": "namespace", "Namespaces": ["hyperpod-ns-research"]},
        },
    ]
    (policy,) = (
        each["Properties"]
        for each in everything["Resources"].values()
        if each["Type"] == "AWS::IAM::Policy" and each["Properties"]["Roles"] == ["viewer"]
    )
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["eks:AccessKubernetesApi", "eks:DescribeCluster"]


def test_an_access_that_is_granted_again_has_all_its_namespaces(stack: cdk.Stack) -> None:
    control_plane = make_control_plane(stack)
    viewer = iam.Role.from_role_arn(stack, "Viewer", VIEWER)
    for namespaces in (["a"], ["b", "a"]):
        control_plane.grant_access(viewer, hp.EksAccess.EDIT, namespaces=namespaces)
    for namespaces in (["a"], [], ["b"]):
        control_plane.grant_access(viewer, hp.EksAccess.VIEW, namespaces=namespaces)

    _, entry = one(template(stack), "AWS::EKS::AccessEntry", PrincipalArn=VIEWER)
    assert entry["Properties"]["AccessPolicies"] == [
        {
            "PolicyArn": f"{_POLICY}/AmazonEKSEditPolicy",
            "AccessScope": {"Type": "namespace", "Namespaces": ["a", "b"]},
        },
        {"PolicyArn": f"{_POLICY}/AmazonEKSViewPolicy", "AccessScope": {"Type": "cluster"}},
    ]


def test_a_role_of_another_stack_makes_no_cycle(app: cdk.App) -> None:
    people, stack = make_stack(app, "People"), make_stack(app, "Stack")
    role = iam.Role(people, "Role", assumed_by=iam.AccountRootPrincipal())
    make_control_plane(stack).grant_access(role, hp.EksAccess.ADMIN)

    app.synth()
    assert [each.node.path for each in stack.dependencies] == ["People"]
    assert not people.dependencies


def test_the_order_of_roles_does_not_matter() -> None:
    def make(*arns: str) -> dict[str, str]:
        stack = make_stack(cdk.App(context=CONTEXT), "Stack")
        control_plane = make_control_plane(stack)
        for arn in arns:
            role = iam.Role.from_role_arn(stack, arn.rpartition("/")[2], arn)
            control_plane.grant_access(role, hp.EksAccess.VIEW)
        return {
            str(each["Properties"]["PrincipalArn"]): key
            for key, each in template(stack)["Resources"].items()
            if each["Type"] == "AWS::EKS::AccessEntry"
        }

    assert make(ADMIN, VIEWER) == make(VIEWER, ADMIN)


def test_subnets_without_a_known_zone_are_accepted(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    subnets = [
        ec2.Subnet.from_subnet_id(stack, f"Subnet{number}", f"subnet-0123456789abcdef{number}")
        for number in range(2)
    ]
    make_control_plane(
        stack, vpc=vpc, control_plane_subnets=ec2.SubnetSelection(subnets=[*subnets])
    )

    _, cluster = one(template(stack), "AWS::EKS::Cluster")
    assert len(cluster["Properties"]["ResourcesVpcConfig"]["SubnetIds"]) == 2


def test_nodes_of_another_stack_make_no_cycle(app: cdk.App) -> None:
    shared, stack = make_stack(app, "Shared"), make_stack(app, "Stack")
    make_nodes(stack, make_control_plane(shared))

    app.synth()
    assert [each.node.path for each in stack.dependencies] == ["Shared"]
    assert not shared.dependencies


def test_an_isolated_network_has_endpoints_and_no_route(stack: cdk.Stack) -> None:
    mirror = hp.ImageMirror("111122223333.dkr.ecr.us-west-2.amazonaws.com/mirror")
    chart = hp.HyperPodHelmChart.from_oci(
        CHART.repository or "",
        version="1",
        images=mirror,
        components=hp.ChartComponents(neuron_device_plugin=False),
    )
    control_plane = make_control_plane(stack, isolated=True, helm_chart=chart)
    make_nodes(stack, control_plane)

    found = template(stack)
    kinds = {each["Type"] for each in found["Resources"].values()}
    assert kinds.isdisjoint({"AWS::EC2::NatGateway", "AWS::EC2::InternetGateway"})
    services = json.dumps(
        [
            each["Properties"]["ServiceName"]
            for each in found["Resources"].values()
            if each["Type"] == "AWS::EC2::VPCEndpoint"
        ]
    )
    for name in ("ecr.api", "ecr.dkr", "sts", "eks", "eks-auth", "lambda", "s3", "sagemaker.api"):
        assert f".{name}" in services
    _, release = one(found, "Custom::AWSCDK-EKS-HelmChart")
    image = json.loads(release["Properties"]["Values"])["training-operators"]["image"]
    assert image == {"repository": f"{mirror.registry}/kubeflow/training-operator"}
    assert len(tables_to_s3(found)) == 3
    # The first half of the addresses has the blocks of the control plane.
    one(found, "AWS::EC2::Subnet", CidrBlock="10.0.128.0/17")
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


def test_the_eks_cluster_serves_one_hyperpod_cluster(stack: cdk.Stack) -> None:
    control_plane = make_control_plane(stack)
    make_nodes(stack, control_plane)

    with pytest.raises(hp.ValidationError, match="EksClusterTwice"):
        hp.HyperPodCluster(stack, "Second", orchestrator=hp.Eks(control_plane), instance_groups=[])


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"kubernetes_version": "1.29"}, "kubernetes_version: '1.29' is not supported"),
    ({"kubernetes_version": 1.34}, "kubernetes_version: 1.34 is of type float"),
    ({"kubernetes_version": "v1.34"}, "'v1.34' is not a minor version"),
    ({"kubectl_layer": None}, "kubectl_layer: is None"),
    ({"helm_chart": "charts"}, "helm_chart: 'charts' is of type str"),
    ({"control_plane_availability_zones": ["us-west-2a"]}, "must be two Availability Zones"),
    (
        {"node_subnets": ec2.SubnetSelection()},
        "node_subnets: 'node_subnets' is for a specified VPC",
    ),
    ({"public_access_cidrs": ["everyone"]}, "public_access_cidrs[0]: 'everyone' is not a block"),
    ({"add_on_versions": {"vpc-cni": "v1.18.2-eksbuild.1"}}, "requires 1.18.3 or later"),
    ({"add_on_versions": {"cni": "v1"}}, "is a version of 'cni', which is not a base add-on"),
    ({"isolated": True}, "helm_chart.images: 'images' is required with isolated=True"),
    ({"ip_addresses": ec2.IpAddresses.cidr("10.0.0.0/20")}, "(VpcCidrBlock)"),
    ({"availability_zone": "usw2-az1"}, "(AvailabilityZone)"),
]


@pytest.mark.parametrize(("settings", "text"), REFUSED, ids=[text for _, text in REFUSED])
def test_is_refused(stack: cdk.Stack, settings: dict[str, Any], text: str) -> None:
    with pytest.raises(hp.ValidationError) as error:
        make_control_plane(stack, **settings)

    assert text in str(error.value)


def test_all_problems_are_reported_together(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError) as error:
        make_control_plane(
            stack,
            kubernetes_version="1.28",
            vpc=ec2.Vpc(stack, "Vpc", max_azs=1),
            isolated=True,
            helm_chart=hp.HyperPodHelmChart.from_oci("ecr", version="1"),
        )

    assert [problem.code for problem in error.value.problems] == [
        "KubernetesVersion",
        "ControlPlaneNetwork",
        "ControlPlaneSubnets",
        "ChartRepository",
        "ChartImages",
    ]


@pytest.mark.parametrize(("home", "expected"), [("us-west-2", 0), ("eu-west-1", 2), (None, 0)])
def test_an_isolated_network_reaches_registries_of_its_region(
    app: cdk.App, home: str | None, expected: int
) -> None:
    registry = "111122223333.dkr.ecr.us-west-2.amazonaws.com"
    chart = hp.HyperPodHelmChart.from_oci(
        f"oci://{registry}/hyperpod-helm-chart",
        version="0.1.0",
        images=hp.ImageMirror(f"{registry}/mirror"),
        components=hp.ChartComponents(neuron_device_plugin=False),
    )
    for isolated in (False, True):
        stack = cdk.Stack(app, f"Home{isolated}", env=cdk.Environment(region=home))
        with pytest.raises(hp.ValidationError) as error:
            make_control_plane(stack, kubernetes_version="", isolated=isolated, helm_chart=chart)

        problems = error.value.problems[1:]
        assert [each.path for each in problems] == (
            ["helm_chart.repository", "helm_chart.images"][: expected * isolated]
        )


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"kubernetes_version": "1.36"}, "KubernetesVersion"),
        ({"public_access_cidrs": ["0.0.0.0/0"]}, "PublicAccess"),
    ],
)
def test_warns(stack: cdk.Stack, settings: dict[str, Any], code: str) -> None:
    make_control_plane(stack, **settings)

    pattern = Match.string_like_regexp(rf"\({code}\)")
    assert len(Annotations.from_stack(stack).find_warning("*", pattern)) == 1


def test_warns_of_a_region_without_the_agent(tmp_path: Path) -> None:
    zones = {"availability-zones:account=111122223333:region=eu-central-2": ["a", "b"]}
    app = cdk.App(context={**CONTEXT, **zones}, outdir=str(tmp_path / "cdk.out"))
    home = cdk.Environment(account="111122223333", region="eu-central-2")
    stack = cdk.Stack(app, "Zurich", env=home)
    make_control_plane(stack)

    pattern = Match.string_like_regexp(r"\(AgentRegion\)")
    assert len(Annotations.from_stack(stack).find_warning("*", pattern)) == 1


@pytest.mark.parametrize(
    ("namespace", "fix"),
    [
        ("Research NS", "use 'research-ns'"),
        ("hyperpod-ns-", "use 'hyperpod-ns'"),
        ("a" * 64, "use 'aaa"),
        ("", "use 'default'"),
        ("research-*", None),
        ("a" * 63, None),
    ],
)
def test_access_to_namespaces_that_can_exist(
    stack: cdk.Stack, namespace: str, fix: str | None
) -> None:
    control_plane = make_control_plane(stack)
    role = iam.Role.from_role_arn(stack, "Admin", ADMIN)
    if fix is None:
        control_plane.grant_access(role, hp.EksAccess.EDIT, namespaces=["default", namespace])
        return

    with pytest.raises(hp.ValidationError, match=rf"namespaces\[1\]: .*{fix}.*KubernetesNamespace"):
        control_plane.grant_access(role, hp.EksAccess.EDIT, namespaces=["default", namespace])


def test_cluster_admin_has_no_namespaces(stack: cdk.Stack) -> None:
    control_plane = make_control_plane(stack)
    role = iam.Role.from_role_arn(stack, "Admin", ADMIN)

    with pytest.raises(hp.ValidationError, match="AccessNamespaces"):
        control_plane.grant_access(role, hp.EksAccess.CLUSTER_ADMIN, namespaces=["default"])
    with pytest.raises(hp.ValidationError, match="access: 'ADMIN' is of type str"):
        control_plane.grant_access(role, "ADMIN")  # type: ignore[arg-type]


def shared_roles(stack: cdk.Stack) -> list[str]:
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    texts = [str(each.entry.data) for each in found]
    return [text.partition(" is the role")[0] for text in texts if "ExecutionRoleShared" in text]


def test_warns_of_a_role_of_nodes_that_others_have(stack: cdk.Stack) -> None:
    own = hp.ExecutionRole(stack, "Own")
    imported = iam.Role.from_role_arn(stack, "Imported", ADMIN)
    groups = [
        hp.InstanceGroup("system", instance_type="ml.c5.4xlarge", count=1, execution_role=own),
        hp.InstanceGroup("gpu", instance_type="ml.p5.48xlarge", count=1, execution_role=imported),
        hp.InstanceGroup("cpu", instance_type="ml.c5.4xlarge", count=1),
    ]
    control_plane = make_control_plane(stack)
    cluster = make_nodes(stack, control_plane, instance_groups=groups)
    control_plane.eks_cluster.add_nodegroup_capacity("Nodes", node_role=own)
    control_plane.grant_access(imported, hp.EksAccess.VIEW)
    control_plane.grant_access(cluster.execution_roles["worker"], hp.EksAccess.VIEW)

    assert sorted(shared_roles(stack)) == [
        "execution_roles['worker']: 'Stack/Cluster/ExecutionRoles/Worker'",
        "instance_groups[0].execution_role: 'Stack/Own'",
        "instance_groups[1].execution_role: 'Stack/Imported'",
    ]


def test_says_nothing_of_roles_of_their_own(stack: cdk.Stack) -> None:
    control_plane = make_control_plane(stack)
    make_nodes(stack, control_plane)
    control_plane.eks_cluster.add_nodegroup_capacity("Nodes")
    control_plane.grant_access(iam.Role.from_role_arn(stack, "Admin", ADMIN), hp.EksAccess.VIEW)

    assert shared_roles(stack) == []
