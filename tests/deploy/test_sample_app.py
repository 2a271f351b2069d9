"""The sample app, deployed, looked at and destroyed with the CDK CLI; each test goes on from the last."""

import json
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sagemaker as sagemaker

from hyperpod_constructs.model.node_steps.lifecycle_steps import STEPS_NAME
from hyperpod_constructs.model.script_folder import ScriptFolder
from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES
from sample_app.training_stack import TrainingStack
from tests.aws.emulator import Emulator
from tests.synth import ROOT

from .inventory import inventory
from .tools import Cli, counts, objects, synthesize

CLUSTER = "hyperpod-sample"
GROUPS = {"controller": 1, "login": 1, "gpu": 2, "cpu": 2}


@pytest.fixture(scope="module")
def cli(cloud: Emulator) -> Cli:
    return Cli(cloud, ROOT)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample-app") / "cdk.out"


@pytest.fixture(scope="module")
def leftovers() -> dict[str, object]:
    """What was there before the stack."""
    return {}


def test_bootstrap_then_deploy(
    cli: Cli, cloud: Emulator, assembly: Path, leftovers: dict[str, object], tmp_path: Path
) -> None:
    # In the folder of an app it would synthesize the app, for nothing.
    assert "bootstrapped" in Cli(cloud, tmp_path).bootstrap()
    leftovers.update(inventory(cloud))
    told = cli.run(
        *("deploy", "--require-approval=never", f"--output={assembly}"),
        app=f"{sys.executable} -m sample_app",
    )
    assert "✅  HyperPodSample" in told
    assert f"sagemaker-cluster:{cluster_id(cloud)}_login-<instance-id>" in told


def test_objects_are_the_scripts_the_form_and_the_steps(cloud: Emulator) -> None:
    bucket, prefix = scripts_of(cloud)
    found = objects(cloud, bucket, prefix)
    forms = [found.pop(name) for name in FORM_NAMES]
    steps = json.loads(found.pop(STEPS_NAME))
    folder = ScriptFolder(path=ROOT / "lifecycle_scripts")
    assert found == {name: path.read_bytes() for name, path in folder.files.items()}
    (system,) = cloud.cloud.client("fsx").describe_file_systems()["FileSystems"]
    assert forms[0] == forms[1]
    assert json.loads(forms[0]) == {
        "version": "1.0.0",
        "workload_manager": "slurm",
        "controller_group": "controller",
        "login_group": "login",
        "worker_groups": [
            {"instance_group_name": name, "partition_name": name} for name in ("gpu", "cpu")
        ],
        "fsx_dns_name": system["DNSName"],
        "fsx_mountname": system["LustreConfiguration"]["MountName"],
    }
    assert steps.keys() == {
        *("accounting", "users", "ssh_between_nodes", "log_rotation", "refresh"),
        *("ubuntu_home", "reserve_login_nodes"),
    }
    assert steps["refresh"]["bucket"] == bucket
    users = cloud.cloud.client("s3").get_object(Bucket=bucket, Key=steps["refresh"]["key"])
    assert json.loads(users["Body"].read()) == {
        "cluster": steps["refresh"]["cluster"],
        **steps["users"],
    }
    assert [user["name"] for user in steps["users"]["users"]] == ["anna", "ben"]


def test_boto3_and_the_aws_cli_show_the_groups(cli: Cli, cloud: Emulator) -> None:
    sagemaker = cloud.cloud.client("sagemaker")
    described = sagemaker.describe_cluster(ClusterName=CLUSTER)
    assert described["ClusterStatus"] == "InService"
    assert described["NodeRecovery"] == "Automatic"
    assert counts(cloud, CLUSTER) == GROUPS
    nodes = sagemaker.list_cluster_nodes(ClusterName=CLUSTER)["ClusterNodeSummaries"]
    names = [node["InstanceGroupName"] for node in nodes]
    assert {name: names.count(name) for name in names} == GROUPS

    shown = cli.aws("sagemaker", "describe-cluster", "--cluster-name", CLUSTER)
    assert {item["InstanceGroupName"] for item in shown["InstanceGroups"]} == GROUPS.keys()
    listed = cli.aws("sagemaker", "list-cluster-nodes", "--cluster-name", CLUSTER)
    assert [node["InstanceId"] for node in listed["ClusterNodeSummaries"]] == [
        node["InstanceId"] for node in nodes
    ]


def test_default_security_group_is_closed(cloud: Emulator) -> None:
    groups = cloud.cloud.client("ec2").describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    assert [] in [group["IpPermissionsEgress"] for group in groups]


def test_deploying_again_changes_nothing(cli: Cli, assembly: Path) -> None:
    assert "(no changes)" in cli.deploy(assembly)
    assert "Number of stacks with differences: 0" in cli.run("diff", app=assembly)


def test_deploying_a_change_updates_the_cluster(cli: Cli, cloud: Emulator, tmp_path: Path) -> None:
    def fill(app: cdk.App) -> None:
        stack = TrainingStack(app, "HyperPodSample")
        for construct in stack.node.find_all():
            if isinstance(construct, sagemaker.CfnCluster):
                construct.add_property_override("InstanceGroups.3.InstanceCount", 3)

    before = cluster_id(cloud)
    assert "✅  HyperPodSample" in cli.deploy(synthesize(tmp_path / "cdk.out", fill))
    assert counts(cloud, CLUSTER) == {**GROUPS, "cpu": 3}
    assert cluster_id(cloud) == before


def test_destroy_leaves_what_is_retained(
    cli: Cli, cloud: Emulator, assembly: Path, leftovers: dict[str, object]
) -> None:
    bucket, prefix = scripts_of(cloud)
    cli.destroy(assembly)
    after = inventory(cloud)
    assert set(after.pop("buckets")) - set(leftovers.pop("buckets")) == {bucket}  # type: ignore[call-overload]
    assert set(FORM_NAMES) <= objects(cloud, bucket, prefix).keys()
    assert after == leftovers


def scripts_of(cloud: Emulator) -> tuple[str, str]:
    """Bucket and prefix of the scripts of the cluster."""
    cluster = cloud.cloud.client("sagemaker").describe_cluster(ClusterName=CLUSTER)
    (uri,) = {group["LifeCycleConfig"]["SourceS3Uri"] for group in cluster["InstanceGroups"]}
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return bucket, prefix


def cluster_id(cloud: Emulator) -> str:
    """The last part of the ARN of the cluster."""
    cluster = cloud.cloud.client("sagemaker").describe_cluster(ClusterName=CLUSTER)
    return str(cluster["ClusterArn"]).rpartition("/")[2]
