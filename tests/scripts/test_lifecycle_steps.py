"""Steps of nodes on their way to S3, and what the roles of nodes may read for them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.synth import CONTEXT, ROOT, make_stack, resources_of, template

from .test_lifecycle import upload, uploaded_files

GROUPS = [
    hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
    hp.InstanceGroup.login(instance_type="ml.m5.large"),
    hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu"),
]
HERE = "us-west-2:111122223333"
SECRET_ARN = f"arn:aws:secretsmanager:{HERE}:secret:db-AbCdEf"
BIND_ARN = f"arn:aws:secretsmanager:{HERE}:secret:bind-AbCdEf"
SHARED = hp.SlurmConfigurations(
    slurm_database_secret_arn=SECRET_ARN,
    slurm_database_endpoint="db.abcdefghijkl.us-west-2.rds.amazonaws.com",
    slurm_shared_directory="/fsx",
    slurm_sns_arn=f"arn:aws:sns:{HERE}:failover",
)


def make_cluster(stack: cdk.Stack, id: str = "Cluster", **settings: Any) -> hp.HyperPodCluster:
    return hp.HyperPodCluster(stack, id, **{"instance_groups": GROUPS, **settings})


def secret(stack: cdk.Stack, arn: str = SECRET_ARN) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_complete_arn(stack, arn.rpartition(":")[2], arn)


def database(stack: cdk.Stack) -> hp.Accounting:
    return hp.Accounting.external(endpoint="db.example.com", secret=secret(stack))


def directory(stack: cdk.Stack) -> hp.DirectoryService:
    return hp.DirectoryService(
        domain="corp.example.com",
        ldap_uri="ldaps://corp.example.com",
        search_base="dc=corp,dc=example,dc=com",
        bind_dn="cn=reader,dc=corp,dc=example,dc=com",
        bind_secret=secret(stack, BIND_ARN),
        ssh_allow_groups=["ml"],
    )


def all_steps(stack: cdk.Stack) -> dict[str, Any]:
    data = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS)
    results = s3.Bucket.from_bucket_attributes(
        stack, "Results", bucket_name="results", region="eu-west-1"
    )
    return {
        "accounting": database(stack),
        "users": hp.Users(
            users=[hp.User("anna", uid=2001, groups=["ml"], slurm_account="research")],
            groups=[hp.UserGroup("ml", gid=3000)],
        ),
        "containers": hp.Containers(),
        "metrics": hp.MetricsExporters(),
        "directory_service": directory(stack),
        "s3_mounts": [
            hp.S3Mount(bucket=data, path="/mnt/data", prefix="sets"),
            hp.S3Mount(bucket=results, path="/mnt/results", read_only=False),
        ],
    }


def steps_asset(app: cdk.App, stack: cdk.Stack) -> tuple[str, dict[str, Any]]:
    """The file as it goes to the bucket of assets, and what CloudFormation puts into it."""
    properties = upload(stack)
    key = properties["SourceObjectKeys"][-1].removesuffix(".zip")
    text = (Path(app.outdir) / f"asset.{key}" / "steps.json").read_text()
    return text, properties["SourceMarkers"][-1]


def written_steps(stack: cdk.Stack, app: cdk.App) -> Any:
    return json.loads(uploaded_files(stack, Path(app.outdir))["steps.json"])


def policies(stack: cdk.Stack) -> dict[str, list[dict[str, Any]]]:
    """Statements of the policies beside the roles, by node type or logical id of the policy."""
    found = {}
    for name, policy in resources_of(stack, "AWS::IAM::Policy").items():
        node_type = name.removeprefix("ClusterExecutionRoles").partition("DefaultPolicy")[0]
        found[node_type] = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def allowed(statements: list[dict[str, Any]], action: str) -> list[Any]:
    """The resources of an action, as the template names them."""
    found = []
    for statement in statements:
        if action in statement["Action"]:
            resource = statement["Resource"]
            found += resource if isinstance(resource, list) else [resource]
    return found


def test_everything(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    scripts = hp.LifecycleScripts.default(**all_steps(stack))
    make_cluster(stack, lifecycle_scripts=scripts)

    assert template(stack) == snapshot


def test_the_defaults_are_written(app: cdk.App, stack: cdk.Stack) -> None:
    make_cluster(stack)

    text = uploaded_files(stack, Path(app.outdir))["steps.json"].decode()
    assert text == (
        '{\n  "accounting": {},\n  "ssh_between_nodes": true,\n  "log_rotation": true\n}\n'
    )
    assert policies(stack).keys() & {"Controller", "Login", "Worker"} == set()


def test_every_step_is_written(app: cdk.App, stack: cdk.Stack) -> None:
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(**all_steps(stack)))

    text, markers = steps_asset(app, stack)
    ((bucket, data),) = markers.items()
    assert list(data) == ["Ref"]
    assert json.loads(text) == {
        "accounting": {
            "endpoint": "db.example.com",
            "port": 3306,
            "secret_arn": SECRET_ARN,
            "database": "slurm_acct_db",
        },
        "users": {
            "groups": [{"name": "ml", "gid": 3000}],
            "users": [
                {
                    "name": "anna",
                    "uid": 2001,
                    "groups": ["ml"],
                    "ssh_keys": [],
                    "slurm_account": "research",
                }
            ],
        },
        "ssh_between_nodes": True,
        "containers": {},
        "metrics": {"node": True, "gpu": True, "slurm": True},
        "log_rotation": True,
        "directory_service": {
            "domain": "corp.example.com",
            "ldap_uri": "ldaps://corp.example.com",
            "search_base": "dc=corp,dc=example,dc=com",
            "bind_dn": "cn=reader,dc=corp,dc=example,dc=com",
            "bind_secret_arn": BIND_ARN,
            "home_pattern": "/fsx/%u",
            "ssh_allow_groups": ["ml"],
        },
        "s3_mounts": [
            {
                "bucket": bucket,
                "path": "/mnt/data",
                "prefix": "sets/",
                "read_only": True,
                "region": "us-west-2",
            },
            {
                "bucket": "results",
                "path": "/mnt/results",
                "read_only": False,
                "region": "eu-west-1",
            },
        ],
    }
    assert text.startswith('{\n  "accounting": {\n    "endpoint": ')


READ = """
import dataclasses, json, pathlib, sys
from steps import Steps
print(json.dumps(dataclasses.asdict(Steps.read(pathlib.Path(sys.argv[1])))))
"""


def test_a_node_reads_what_is_written(app: cdk.App, stack: cdk.Stack, tmp_path: Path) -> None:
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(**all_steps(stack)))
    (tmp_path / "steps.json").write_text(steps_asset(app, stack)[0])

    result = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)],
        cwd=ROOT / "lifecycle_scripts",
        env={**os.environ, "PYTHONPATH": str(ROOT / "lifecycle_scripts")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    read = json.loads(result.stdout)
    assert read["accounting"]["secret_arn"] == SECRET_ARN
    assert read["directory_service"]["bind_secret_arn"] == BIND_ARN
    assert [user["name"] for user in read["users"]] == ["anna"]
    assert read["metrics"] == {"node": True, "gpu": True, "slurm": True}
    assert [mount["path"] for mount in read["s3_mounts"]] == ["/mnt/data", "/mnt/results"]


def test_deployment_time_values_become_markers(app: cdk.App, stack: cdk.Stack) -> None:
    port = cdk.CfnParameter(stack, "Port", type="Number")
    own = rds.DatabaseSecret(stack, "Secret", username="slurm")
    accounting = hp.Accounting.external(
        endpoint=cdk.Fn.import_value("endpoint"),
        secret=own,
        port=port.value_as_number,  # type: ignore[arg-type]
    )
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(accounting=accounting))

    text, markers = steps_asset(app, stack)
    for number, marker in enumerate(markers):
        text = text.replace(marker, str(number))
    values = list(markers.values())
    assert values == [
        {"Fn::ImportValue": "endpoint"},
        {"Ref": "Port"},
        {"Ref": stack.get_logical_id(child(own))},
    ]
    assert json.loads(text)["accounting"] == {
        "endpoint": "0",
        "port": 1,
        "secret_arn": "2",
        "database": "slurm_acct_db",
    }


def child(construct: Any) -> cdk.CfnResource:
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    return resource


def prefix_of(tmp_path: Path, make: Callable[[cdk.Stack], dict[str, Any]]) -> str:
    number = sum(1 for _ in tmp_path.glob("out*"))
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path / f"out{number}"))
    stack = make_stack(app, "Stack")
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(**make(stack)))
    prefix: str = upload(stack)["DestinationBucketKeyPrefix"]
    return prefix


def test_the_prefix_moves_with_the_steps_and_with_nothing_else(tmp_path: Path) -> None:
    def with_user(name: str) -> Callable[[cdk.Stack], dict[str, Any]]:
        return lambda _: {"users": hp.Users(users=[hp.User(name, uid=2001)])}

    def with_secret(id: str, secret_name: str) -> Callable[[cdk.Stack], dict[str, Any]]:
        def make(stack: cdk.Stack) -> dict[str, Any]:
            own = secretsmanager.Secret(stack, id, secret_name=secret_name)
            return {"accounting": hp.Accounting.external(endpoint="db", secret=own)}

        return make

    prefixes = [
        prefix_of(tmp_path, make)
        for make in (
            lambda _: {},
            with_user("anna"),
            with_user("ben"),
            with_secret("A", "one"),
            with_secret("B", "one"),
            lambda _: {"log_rotation": False},
        )
    ]
    assert len(set(prefixes)) == len(prefixes)
    assert prefix_of(tmp_path, with_user("anna")) == prefixes[1]
    assert prefix_of(tmp_path, with_secret("A", "two")) == prefixes[3]
    assert prefix_of(tmp_path, lambda _: {"packages_preinstalled": True}) == prefixes[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda _, scripts: hp.LifecycleScripts.from_asset(scripts),
        lambda stack, _: hp.LifecycleScripts.from_bucket(
            s3.Bucket.from_bucket_name(stack, "Own", "sagemaker-own")
        ),
    ],
)
def test_scripts_of_ones_own_get_no_steps(
    app: cdk.App, stack: cdk.Stack, scripts: Path, make: Callable[..., hp.LifecycleScripts]
) -> None:
    make_cluster(stack, lifecycle_scripts=make(stack, scripts))

    assert "steps.json" not in uploaded_files(stack, Path(app.outdir))


def isolated_vpc(stack: cdk.Stack) -> ec2.Vpc:
    return ec2.Vpc(
        stack,
        "Vpc",
        max_azs=1,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Own", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
    )


def test_fails_on_downloads_in_isolated_subnets(stack: cdk.Stack) -> None:
    vpc = isolated_vpc(stack)
    scripts = hp.LifecycleScripts.default(containers=hp.Containers())

    with pytest.raises(
        hp.ValidationError,
        match=r"lifecycle_scripts.containers: 'Stack/Vpc/OwnSubnet1' is vpc_subnets\[0\] and has no "
        r"route to the internet.*\(NeedsInternet\)",
    ):
        make_cluster(stack, vpc=vpc, lifecycle_scripts=scripts)


def test_fails_on_downloads_in_an_imported_isolated_subnet(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
        isolated_subnet_ids=["subnet-0123456789abcdef1"],
    )
    far = hp.InstanceGroup.worker(
        "far", instance_type="ml.c5.xlarge", partition="far", subnets=vpc.isolated_subnets[:1]
    )
    scripts = hp.LifecycleScripts.default(containers=hp.Containers())
    cluster = make_cluster(stack, vpc=vpc, lifecycle_scripts=scripts)

    with pytest.raises(
        hp.ValidationError, match=r"is instance_groups\[3\].subnets\[0\] and has no route"
    ):
        cluster.add_instance_group(far)


def test_isolated_subnets_take_what_needs_no_internet(stack: cdk.Stack) -> None:
    vpc = isolated_vpc(stack)
    make_cluster(stack, vpc=vpc)
    scripts = hp.LifecycleScripts.default(containers=hp.Containers(), packages_preinstalled=True)
    make_cluster(stack, "Second", vpc=vpc, lifecycle_scripts=scripts)

    assert len(resources_of(stack, "AWS::SageMaker::Cluster")) == 2


def test_a_warning_of_a_step_is_an_annotation(stack: cdk.Stack) -> None:
    in_clear = hp.DirectoryService(
        domain="corp.example.com",
        ldap_uri="ldap://corp.example.com",
        search_base="dc=corp",
        bind_dn="cn=reader",
        bind_secret=secret(stack),
    )
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(directory_service=in_clear))

    found = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("LdapStartTls")
    )
    assert len(found) == 1


def test_a_secret_value_is_refused_and_not_shown(stack: cdk.Stack) -> None:
    password: Any = cdk.SecretValue.unsafe_plain_text("hunter2")
    accounting = hp.Accounting.external(endpoint="db", secret=password)

    with pytest.raises(hp.ValidationError) as caught:
        make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(accounting=accounting))

    assert str(caught.value) == (
        "lifecycle_scripts.accounting.secret: 'SecretValue' is not a secret; pass a secret, such "
        "as secretsmanager.Secret.from_secret_complete_arn(...), not the password (ArgumentType)"
    )


def test_nothing_secret_is_written(app: cdk.App, stack: cdk.Stack) -> None:
    own = secretsmanager.Secret(
        stack, "Own", secret_string_value=cdk.SecretValue.unsafe_plain_text("hunter2")
    )
    accounting = hp.Accounting.external(endpoint="db", secret=own)
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(accounting=accounting))

    assert "hunter2" not in json.dumps(upload(stack))
    assert "hunter2" not in "".join(
        path.read_text() for path in Path(app.outdir).glob("asset.*/steps.json")
    )
    assert template(stack)
