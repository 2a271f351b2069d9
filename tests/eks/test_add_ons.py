"""Add-ons: roles, service accounts, values and order, and those that others require."""

import json
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_eks as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_grafana as grafana
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.synth import CONTEXT, make_stack, template

from .found import after, one
from .stacks import make_control_plane, make_nodes

ADD_ON = "AWS::EKS::Addon"
HYPERPOD = "amazon-sagemaker-hyperpod"
CLUSTER = "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl"
EKS_ARN = "arn:aws:eks:us-west-2:111122223333:cluster/training"


def warnings(stack: cdk.Stack, code: str) -> int:
    pattern = Match.string_like_regexp(rf"\({code}\)")
    return len(Annotations.from_stack(stack).find_warning("*", pattern))


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> cdk.Stack:
    """Every add-on, in the order of the documentation: those that are required come last."""
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path_factory.mktemp("production") / "cdk.out"))
    stack = make_stack(app, "Stack")
    control_plane = make_control_plane(stack)
    cluster = make_nodes(stack, control_plane)
    workspace = hp.PrometheusWorkspace(stack, "Metrics", topic=sns.Topic(stack, "Topic"))
    dashboards = grafana.CfnWorkspace(
        stack,
        "Grafana",
        account_access_type="CURRENT_ACCOUNT",
        authentication_providers=["AWS_SSO"],
        permission_type="SERVICE_MANAGED",
        name="dashboards",
    )
    hp.ObservabilityAddOn(
        stack,
        "Observability",
        cluster=cluster,
        workspace=workspace,
        grafana_workspace=dashboards,
        metrics=hp.ObservabilityMetrics(
            accelerated_compute=hp.MetricsLevel.ADVANCED, network=hp.MetricsLevel.DISABLED
        ),
        logs=True,
    )
    hp.TrainingOperatorAddOn(stack, "Training", cluster=cluster, version="v1.2.0-eksbuild.1")
    hp.InferenceOperatorAddOn(stack, "Inference", cluster=cluster)
    hp.SpacesAddOn(stack, "Spaces", cluster=cluster)
    scratch = fsx.LustreFileSystem(
        stack,
        "Scratch",
        vpc=control_plane.vpc,
        vpc_subnet=control_plane.node_subnets[0],
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.PERSISTENT_2, per_unit_storage_throughput=250
        ),
    )
    research = hp.ComputeQuota("research")
    governance = hp.TaskGovernance(stack, "Governance", cluster=cluster, teams=[research])
    storage = hp.FsxCsiDriverAddOn(
        stack,
        "Storage",
        cluster=cluster,
        file_systems=[
            hp.FileSystem.lustre(scratch),
            hp.FileSystem.lustre(
                dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com",
                mount_name="abcdefgh",
                mount_path="/data",
            ),
        ],
        namespaces=["default", research.namespace],
        dynamic_volumes=True,
    )
    storage.node.add_dependency(governance)
    hp.S3CsiDriverAddOn(stack, "Buckets", cluster=cluster, buckets=[s3.Bucket(stack, "Data")])
    return stack


@pytest.fixture(scope="module")
def found(production: cdk.Stack) -> dict[str, Any]:
    return template(production)


def values(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The values of an add-on, with `?` for what is known at deployment."""
    _, add_on = one(found, ADD_ON, AddonName=name)
    text = add_on["Properties"]["ConfigurationValues"]
    if isinstance(text, dict):
        text = "".join(part if isinstance(part, str) else "?" for part in text["Fn::Join"][1])
    return dict(json.loads(text))


def test_production(found: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert found == snapshot


def test_no_warnings(production: cdk.Stack) -> None:
    template(production)
    assert Annotations.from_stack(production).find_warning("*", Match.any_value()) == []


def test_every_finding_of_cdk_nag_has_a_reason(production: cdk.Stack) -> None:
    report = cdk_nag.AwsSolutionsChecks().validate_scope(production)
    rules = {each.rule_name.partition("[")[0] for each in report.violations}

    of_the_test = {"AwsSolutions-SNS3", "AwsSolutions-S10"}
    assert rules - of_the_test == {
        "AwsSolutions-IAM4",  # roles of CDK's functions, and the policies of AWS for Spaces and EBS
        "AwsSolutions-IAM5",  # names that are not known before, and actions without resources
        "AwsSolutions-L1",  # functions of CDK
        "AwsSolutions-S1",  # access logs of buckets are the user's to place
    }


ORDER = [
    (f"{HYPERPOD}-training-operator", ["cert-manager"]),
    (
        f"{HYPERPOD}-inference",
        ["cert-manager", "metrics-server", "aws-fsx-csi-driver", "aws-mountpoint-s3-csi-driver"],
    ),
    ("amazon-sagemaker-spaces", ["cert-manager", "aws-ebs-csi-driver"]),
    (f"{HYPERPOD}-observability", ["coredns", "eks-pod-identity-agent"]),
]


@pytest.mark.parametrize(("name", "before"), ORDER)
def test_each_is_after_what_it_requires(
    found: dict[str, Any], name: str, before: list[str]
) -> None:
    key, _ = one(found, ADD_ON, AddonName=name)
    required = {one(found, ADD_ON, AddonName=each)[0] for each in before}

    assert required <= after(found, key)


def test_all_are_after_the_nodes(found: dict[str, Any]) -> None:
    nodes, _ = one(found, "AWS::SageMaker::Cluster")
    base = {"vpc-cni", "kube-proxy", "eks-pod-identity-agent"}
    late = [
        name
        for name, each in found["Resources"].items()
        if each["Type"] == ADD_ON and each["Properties"]["AddonName"] not in base
    ]

    assert len(late) == 11
    assert all(nodes in after(found, name) for name in late)


def test_the_association_of_the_training_operator_is_before_it(found: dict[str, Any]) -> None:
    key, add_on = one(found, ADD_ON, AddonName=f"{HYPERPOD}-training-operator")
    association, each = one(found, "AWS::EKS::PodIdentityAssociation")

    assert association in after(found, key)
    assert "PodIdentityAssociations" not in add_on["Properties"]
    assert each["Properties"]["Namespace"] == "aws-hyperpod"
    assert each["Properties"]["ServiceAccount"] == "hp-training-operator-controller-manager"
    assert add_on["Properties"]["AddonVersion"] == "v1.2.0-eksbuild.1"


def test_values_of_observability(found: dict[str, Any]) -> None:
    assert values(found, f"{HYPERPOD}-observability") == {
        "ampWorkspace": {
            "prometheusEndpoint": "https://aps-workspaces.us-west-2.?/workspaces/?",
            "arn": "?",
        },
        "amgWorkspace": {
            "workspaceName": "dashboards",
            "arn": "arn:aws:grafana:us-west-2:111122223333:/workspaces/?",
        },
        "metricsProvider": {
            "acceleratedComputeMetrics": {"level": "ADVANCED"},
            "networkMetrics": {"level": "DISABLED"},
        },
        "logging": {"enabled": True},
    }
    _, add_on = one(found, ADD_ON, AddonName=f"{HYPERPOD}-observability")
    assert add_on["Properties"]["Tags"] == [{"Key": "SageMaker", "Value": "true"}]
    _, workspace = one(found, "AWS::APS::Workspace")
    _, dashboards = one(found, "AWS::Grafana::Workspace")
    assert workspace["Properties"]["Tags"] == [{"Key": "SageMaker", "Value": "true"}]
    assert dashboards["Properties"].get("Tags") in (None, [{"Key": "SageMaker", "Value": "true"}])
    (identity,) = add_on["Properties"]["PodIdentityAssociations"]
    assert identity["ServiceAccount"] == "hyperpod-observability-operator-otel-collector"


def test_roles_of_pods_are_of_one_eks_cluster(found: dict[str, Any]) -> None:
    documents = [
        each["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        for each in found["Resources"].values()
        if each["Type"] == "AWS::IAM::Role"
        and "pods.eks.amazonaws.com" in json.dumps(each["Properties"])
    ]

    assert len(documents) == 6
    for statements in documents:
        text = json.dumps(statements)
        assert all(word in text for word in ("sts:AssumeRole", "sts:TagSession", "aws:SourceArn"))
        assert all("Condition" in each for each in statements)


def test_the_inference_operator_has_names_with_prefixes(found: dict[str, Any]) -> None:
    given = values(found, f"{HYPERPOD}-inference")
    names = [
        each["Properties"]["RoleName"]
        for each in found["Resources"].values()
        if each["Type"] == "AWS::IAM::Role" and "RoleName" in each["Properties"]
    ]
    buckets = json.dumps(
        [
            each.get("Properties", {}).get("BucketName")
            for each in found["Resources"].values()
            if each["Type"] == "AWS::S3::Bucket"
        ]
    )

    assert [name.startswith("SageMakerHyperPodInference") for name in names] == [True]
    assert all(len(name) <= 64 for name in names)
    assert '"hyperpod-tls-' in buckets
    assert given["alb"] == {"enabled": False}
    assert given["keda"]["auth"]["aws"]["irsa"]["enabled"] is True


def test_file_systems_are_volumes_and_claims(found: dict[str, Any]) -> None:
    key, manifest = one(found, "Custom::AWSCDK-EKS-KubernetesResource")
    parts = manifest["Properties"]["Manifest"]["Fn::Join"][1]
    objects = json.loads("".join(part if isinstance(part, str) else "?" for part in parts))
    driver, _ = one(found, ADD_ON, AddonName="aws-fsx-csi-driver")
    quota, _ = one(found, "AWS::SageMaker::ComputeQuota")

    assert driver in after(found, key)
    assert quota in after(found, key)
    volumes = [each for each in objects if each["kind"] == "PersistentVolume"]
    claims = [each for each in objects if each["kind"] == "PersistentVolumeClaim"]
    assert [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in claims] == [
        ("default", "fsx"),
        ("default", "data"),
        ("hyperpod-ns-research", "fsx"),
        ("hyperpod-ns-research", "data"),
    ]
    assert len({each["metadata"]["name"] for each in volumes}) == 4
    assert volumes[1]["spec"]["csi"] == {
        "driver": "fsx.csi.aws.com",
        "volumeHandle": "fs-0123456789abcdef0",
        "volumeAttributes": {
            "dnsname": "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com",
            "mountname": "abcdefgh",
        },
    }


def test_nodes_can_reach_the_file_system(found: dict[str, Any]) -> None:
    ports = {
        (each["Properties"].get("FromPort"), each["Properties"].get("ToPort"))
        for name, each in found["Resources"].items()
        if each["Type"] == "AWS::EC2::SecurityGroupIngress"
        and "Scratch" in json.dumps(each["Properties"]["GroupId"])
    }

    assert {(988, 988), (1018, 1023)} <= ports


def test_a_file_system_is_after_the_rule_among_its_servers(found: dict[str, Any]) -> None:
    name, file_system = one(found, "AWS::FSx::FileSystem")
    (group,) = file_system["Properties"]["SecurityGroupIds"]
    rule, _ = one(
        found, "AWS::EC2::SecurityGroupIngress", GroupId=group, SourceSecurityGroupId=group
    )

    assert rule in after(found, name)


def test_a_required_add_on_keeps_its_id_when_the_app_creates_it(app: cdk.App) -> None:
    def make(name: str, *, explicit: bool) -> str:
        stage = cdk.Stage(app, name)
        stack = make_stack(stage, "Stack")
        cluster = make_nodes(stack, make_control_plane(stack))
        hp.TrainingOperatorAddOn(stack, "Training", cluster=cluster)
        if explicit:
            hp.CertManagerAddOn(stack, "CertManager", cluster=cluster, version="v1.18.2-eksbuild.2")
        return one(template(stack), ADD_ON, AddonName="cert-manager")[0]

    implicit, explicit = make("Before", explicit=False), make("After", explicit=True)
    assert implicit[:-8] == explicit[:-8] == "CertManager"


def test_the_chart_can_have_cert_manager(stack: cdk.Stack) -> None:
    chart = hp.HyperPodHelmChart.from_oci(
        "oci://example.com/chart", version="1", components=hp.ChartComponents(cert_manager=True)
    )
    cluster = make_nodes(stack, make_control_plane(stack, helm_chart=chart))
    hp.TrainingOperatorAddOn(stack, "Training", cluster=cluster)

    assert "cert-manager" not in {
        each["Properties"]["AddonName"]
        for each in template(stack)["Resources"].values()
        if each["Type"] == ADD_ON
    }


def imported(stack: cdk.Stack) -> Any:
    return hp.HyperPodCluster.from_cluster_attributes(
        stack,
        "Imported",
        cluster_arn=CLUSTER,
        eks_cluster=hp.EksClusterReference(EKS_ARN),
    )


def test_what_an_imported_cluster_requires_is_a_warning(stack: cdk.Stack) -> None:
    hp.TrainingOperatorAddOn(stack, "Training", cluster=imported(stack))

    found = template(stack)
    one(found, ADD_ON, AddonName=f"{HYPERPOD}-training-operator")
    assert required(stack) == {"cert-manager", "eks-pod-identity-agent"}


def test_pods_of_an_imported_cluster_require_the_agent(stack: cdk.Stack) -> None:
    workspace = hp.PrometheusWorkspace(stack, "Metrics", topic=sns.Topic(stack, "Topic"))
    hp.ObservabilityAddOn(stack, "Observability", cluster=imported(stack), workspace=workspace)

    assert required(stack) == {"eks-pod-identity-agent"}


def test_an_add_on_of_cdk_is_there(stack: cdk.Stack) -> None:
    for name in ("eks-pod-identity-agent", "cert-manager"):
        eks.CfnAddon(stack, name, addon_name=name, cluster_name="training")
    hp.TrainingOperatorAddOn(stack, "Training", cluster=imported(stack))

    assert not required(stack)


def test_an_add_on_without_roles_requires_no_agent(stack: cdk.Stack) -> None:
    hp.CertManagerAddOn(stack, "CertManager", cluster=imported(stack))

    assert not required(stack)


def required(stack: cdk.Stack) -> set[str]:
    """The add-ons that warnings name."""
    pattern = Match.string_like_regexp(r"\(AddOnRequired\)")
    found = Annotations.from_stack(stack).find_warning("*", pattern)
    return {str(each.entry.data).split("'")[1] for each in found}


def test_an_isolated_network_gets_the_endpoint_of_the_workspace(stack: cdk.Stack) -> None:
    control_plane = make_control_plane(
        stack, isolated=True, helm_chart=hp.HyperPodHelmChart.installed()
    )
    workspace = hp.PrometheusWorkspace(stack, "Metrics", topic=sns.Topic(stack, "Topic"))
    cluster = make_nodes(stack, control_plane)
    hp.ObservabilityAddOn(stack, "Observability", cluster=cluster, workspace=workspace)

    services = [
        json.dumps(each["Properties"]["ServiceName"])
        for each in template(stack)["Resources"].values()
        if each["Type"] == "AWS::EC2::VPCEndpoint"
    ]
    assert sum("aps-workspaces" in service for service in services) == 1


def test_restricted_groups(app: cdk.App) -> None:
    def make(name: str) -> tuple[cdk.Stack, hp.HyperPodCluster]:
        stack = make_stack(app, name)
        nova = hp.RestrictedInstanceGroup("nova", instance_type="ml.p5.48xlarge", count=2)
        control_plane = make_control_plane(stack)
        return stack, make_nodes(stack, control_plane, restricted_instance_groups=[nova])

    watched, cluster = make("Watched")
    workspace = hp.PrometheusWorkspace(watched, "Metrics", topic=sns.Topic(watched, "Topic"))
    hp.ObservabilityAddOn(watched, "Observability", cluster=cluster, workspace=workspace)
    trained, cluster = make("Trained")
    hp.TrainingOperatorAddOn(trained, "Training", cluster=cluster)

    assert warnings(trained, "RestrictedGroupsAddOn") == 1
    assert warnings(watched, "RestrictedGroupsAddOn") == 0
    writers = [
        name
        for name, each in template(watched)["Resources"].items()
        if "aps:RemoteWrite" in json.dumps(each)
    ]
    assert any("ExecutionRoles" in name for name in writers)


def test_small_instances_are_a_warning(stack: cdk.Stack) -> None:
    groups = [hp.InstanceGroup("cpu", instance_type="ml.c5.2xlarge", count=2, min_count=1)]
    cluster = make_nodes(stack, make_control_plane(stack), instance_groups=groups)
    workspace = hp.PrometheusWorkspace(stack, "Metrics", topic=sns.Topic(stack, "Topic"))
    hp.ObservabilityAddOn(stack, "Observability", cluster=cluster, workspace=workspace)

    assert warnings(stack, "ObservabilityInstance") == 1


@pytest.fixture(scope="module")
def cluster() -> hp.HyperPodCluster:
    stack = cdk.Stack(cdk.App(context=CONTEXT), "Shared")
    return make_nodes(stack, make_control_plane(stack))


LUSTRE = hp.FileSystem.lustre(
    dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com", mount_name="abcdefgh"
)
ANY: Any = hp
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("FsxCsiDriverAddOn", {"file_systems": ["fs-1"]}, "file_systems[0]: 'fs-1' is of type str"),
    (
        "FsxCsiDriverAddOn",
        {"file_systems": [hp.FileSystem.openzfs(dns_name="fs-1.fsx.us-west-2.amazonaws.com")]},
        "(VolumeFileSystem)",
    ),
    (
        "FsxCsiDriverAddOn",
        {"file_systems": [LUSTRE, LUSTRE]},
        "is also the claim of file_systems[0]",
    ),
    ("FsxCsiDriverAddOn", {"namespaces": "default"}, "namespaces: 'default' is of type str"),
    ("S3CsiDriverAddOn", {"buckets": ["data"]}, "buckets[0]: 'data' is of type str"),
    ("ObservabilityAddOn", {"workspace": "ws-1"}, "workspace: 'ws-1' is of type str"),
    (
        "ObservabilityAddOn",
        {"workspace": None, "metrics": ANY.ObservabilityMetrics(node="DISABLED")},
        "metrics.node: 'DISABLED' is not a level of these metrics; use MetricsLevel.BASIC or "
        "MetricsLevel.ADVANCED (MetricsLevel)",
    ),
    ("TrainingOperatorAddOn", {"version": 1}, "version: 1 is of type int"),
    ("InferenceOperatorAddOn", {"keda": "yes"}, "keda: 'yes' is of type str"),
]


@pytest.mark.parametrize(("name", "settings", "text"), REFUSED)
def test_is_refused(
    cluster: hp.HyperPodCluster, name: str, settings: dict[str, Any], text: str
) -> None:
    with pytest.raises(hp.ValidationError) as error:
        getattr(hp, name)(cluster.stack, "AddOn", cluster=cluster, **settings)

    assert text in str(error.value)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("FsxCsiDriverAddOn", {"file_systems": [LUSTRE]}),
        ("KarpenterNodePool", {"instance_groups": ["gpu"]}),
        ("ObservabilityAddOn", {"workspace": None}),
        ("TaskGovernance", {"priority_classes": [], "teams": []}),
        ("TrainingOperatorAddOn", {}),
    ],
)
def test_an_eks_cluster_is_no_hyperpod_cluster(
    cluster: hp.HyperPodCluster, name: str, settings: dict[str, Any]
) -> None:
    control_plane = cluster.stack.node.find_child("ControlPlane")
    assert isinstance(control_plane, hp.EksControlPlane)
    for wrong in (control_plane, control_plane.eks_cluster):
        with pytest.raises(hp.ValidationError) as error:
            getattr(hp, name)(cluster.stack, "AddOn", cluster=wrong, **settings)

        assert "pass a HyperPodCluster, created or imported (ArgumentType)" in str(error.value)


@pytest.mark.parametrize("is_first", [True, False])
def test_claims_are_after_the_namespaces_of_teams(stack: cdk.Stack, is_first: bool) -> None:
    nodes = make_nodes(stack, make_control_plane(stack))
    team = hp.ComputeQuota("research", resources=[hp.QuotaResource("ml.p5.48xlarge", count=4)])

    def claim() -> None:
        namespaces = [team.namespace, "default"]
        hp.FsxCsiDriverAddOn(
            stack, "Storage", cluster=nodes, file_systems=[LUSTRE], namespaces=namespaces
        )

    if is_first:
        claim()
    hp.TaskGovernance(stack, "Governance", cluster=nodes, teams=[team])
    if not is_first:
        claim()

    found = template(stack)["Resources"]
    (volumes,) = (item for name, item in found.items() if name.startswith("StorageVolumes"))
    (quota,) = (
        name for name, item in found.items() if item["Type"] == "AWS::SageMaker::ComputeQuota"
    )
    assert quota in volumes["DependsOn"]


def test_a_bucket_with_another_name_is_refused(cluster: hp.HyperPodCluster) -> None:
    bucket = s3.Bucket.from_bucket_name(cluster.stack, "Tls", "certificates")

    with pytest.raises(hp.ValidationError, match="TlsBucketName"):
        hp.InferenceOperatorAddOn(cluster.stack, "AddOn", cluster=cluster, tls_bucket=bucket)


@pytest.mark.parametrize(
    ("name", "settings", "code"),
    [
        ("FsxCsiDriverAddOn", {"file_systems": [LUSTRE]}, "ManifestCluster"),
        ("InferenceOperatorAddOn", {}, "OidcProvider"),
    ],
)
def test_an_arn_alone_is_not_enough(
    stack: cdk.Stack, name: str, settings: dict[str, Any], code: str
) -> None:
    with pytest.raises(hp.ValidationError, match=code):
        getattr(hp, name)(stack, "AddOn", cluster=imported(stack), **settings)
