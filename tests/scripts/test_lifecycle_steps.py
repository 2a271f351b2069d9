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
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters.node_steps import (
    BIND_ARN,
    all_steps,
    make_with_login,
    secret,
    steps_asset,
    written_steps,
)
from tests.clusters.templates import policies, prefix_of, resource_below, upload
from tests.clusters.values import SECRET_ARN
from tests.synth import ROOT, resources_of, template


def test_everything(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    scripts = hp.LifecycleScripts.default(**all_steps(stack))
    make_with_login(stack, lifecycle_scripts=scripts)

    assert template(stack) == snapshot


def test_the_defaults_are_written(stack: cdk.Stack) -> None:
    make_with_login(stack)

    text = ClusterTemplate.from_stack(stack).file("steps.json")
    assert text.startswith('{\n  "accounting": {\n    "backup": {\n      "bucket": ')
    assert text.endswith(
        '},\n  "ssh_between_nodes": true,\n  "log_rotation": true,\n'
        '  "ubuntu_home": true,\n  "reserve_login_nodes": true\n}\n'
    )
    assert policies(stack).keys() & {"Controller", "Login", "Worker"} == set()


def test_every_step_is_written(app: cdk.App, stack: cdk.Stack) -> None:
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(**all_steps(stack)))

    text, markers = steps_asset(app, stack)
    assert all(list(data) == ["Ref"] for data in markers.values())
    written = json.loads(text)
    refresh = written.pop("refresh")
    buckets = {data["Ref"]: marker for marker, data in markers.items()}
    bucket = buckets.pop(next(name for name in buckets if name.startswith("Data")))
    assert [refresh.pop("bucket")] == list(buckets.values())
    assert refresh == {
        "key": f"{refresh['key'].removesuffix('/live/users.json')}/live/users.json",
        "region": "us-west-2",
        "cluster": "StackClusterF0EB02FA",
        "minutes": 5,
    }
    assert written == {
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
        "ubuntu_home": True,
        "reserve_login_nodes": True,
    }
    assert text.startswith('{\n  "accounting": {\n    "endpoint": ')


READ = """
import dataclasses, json, pathlib, sys
from steps import Steps
print(json.dumps(dataclasses.asdict(Steps.read(pathlib.Path(sys.argv[1])))))
"""


def test_a_node_reads_what_is_written(app: cdk.App, stack: cdk.Stack, tmp_path: Path) -> None:
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(**all_steps(stack)))
    text, markers = steps_asset(app, stack)
    for marker in markers:
        text = text.replace(marker, "data")
    (tmp_path / "steps.json").write_text(text)

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
    assert read["metrics"] == {"node": True, "gpu": True, "slurm": True, "remote_write": None}
    assert [mount["path"] for mount in read["s3_mounts"]] == ["/mnt/data", "/mnt/results"]


def test_deployment_time_values_become_markers(app: cdk.App, stack: cdk.Stack) -> None:
    port = cdk.CfnParameter(stack, "Port", type="Number")
    own = rds.DatabaseSecret(stack, "Secret", username="slurm")
    accounting = hp.Accounting.external(
        endpoint=cdk.Fn.import_value("endpoint"),
        secret=own,
        port=port.value_as_number,  # type: ignore[arg-type]
    )
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(accounting=accounting))

    text, markers = steps_asset(app, stack)
    for number, marker in enumerate(markers):
        text = text.replace(marker, str(number))
    values = list(markers.values())
    assert values == [
        {"Fn::ImportValue": "endpoint"},
        {"Ref": "Port"},
        {"Ref": stack.get_logical_id(resource_below(own))},
    ]
    assert json.loads(text)["accounting"] == {
        "endpoint": "0",
        "port": 1,
        "secret_arn": "2",
        "database": "slurm_acct_db",
    }


def test_the_prefix_moves_with_the_steps_and_with_nothing_else(tmp_path: Path) -> None:
    def with_user(name: str) -> Callable[[cdk.Stack], dict[str, Any]]:
        return lambda _: {"users": hp.Users(users=[hp.User(name, uid=2001)])}

    def with_secret(id: str, secret_name: str) -> Callable[[cdk.Stack], dict[str, Any]]:
        def make(stack: cdk.Stack) -> dict[str, Any]:
            own = secretsmanager.Secret(stack, id, secret_name=secret_name)
            return {"accounting": hp.Accounting.external(endpoint="db", secret=own)}

        return make

    def prefix(make: Callable[[cdk.Stack], dict[str, Any]]) -> str:
        return prefix_of(
            tmp_path,
            lambda stack: make_with_login(
                stack, lifecycle_scripts=hp.LifecycleScripts.default(**make(stack))
            ),
        )

    prefixes = [
        prefix(make)
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
    assert prefix(with_user("anna")) == prefixes[1]
    assert prefix(with_secret("A", "two")) == prefixes[3]
    assert prefix(lambda _: {"packages_preinstalled": True}) == prefixes[0]


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
    stack: cdk.Stack, scripts: Path, make: Callable[..., hp.LifecycleScripts]
) -> None:
    make_with_login(stack, lifecycle_scripts=make(stack, scripts))

    assert "steps.json" not in ClusterTemplate.from_stack(stack).files()


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
        make_with_login(stack, vpc=vpc, lifecycle_scripts=scripts)


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
    cluster = make_with_login(stack, vpc=vpc, lifecycle_scripts=scripts)

    with pytest.raises(
        hp.ValidationError, match=r"is instance_groups\[3\].subnets\[0\] and has no route"
    ):
        cluster.add_instance_group(far)


def test_isolated_subnets_take_what_needs_no_internet(stack: cdk.Stack) -> None:
    vpc = isolated_vpc(stack)
    make_with_login(stack, vpc=vpc)
    scripts = hp.LifecycleScripts.default(containers=hp.Containers(), packages_preinstalled=True)
    make_with_login(stack, "Second", vpc=vpc, lifecycle_scripts=scripts)

    assert len(resources_of(stack, "AWS::SageMaker::Cluster")) == 2


def test_a_warning_of_a_step_is_an_annotation(stack: cdk.Stack) -> None:
    in_clear = hp.DirectoryService(
        domain="corp.example.com",
        ldap_uri="ldap://corp.example.com",
        search_base="dc=corp",
        bind_dn="cn=reader",
        bind_secret=secret(stack),
    )
    make_with_login(
        stack, lifecycle_scripts=hp.LifecycleScripts.default(directory_service=in_clear)
    )

    found = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("LdapStartTls")
    )
    assert len(found) == 1


def test_a_secret_value_is_refused_and_not_shown(stack: cdk.Stack) -> None:
    password: Any = cdk.SecretValue.unsafe_plain_text("hunter2")
    accounting = hp.Accounting.external(endpoint="db", secret=password)

    with pytest.raises(hp.ValidationError) as caught:
        make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(accounting=accounting))

    assert str(caught.value) == (
        "lifecycle_scripts.accounting.secret: <SecretValue> is of type SecretValue; pass a "
        "secret, such as secretsmanager.Secret.from_secret_complete_arn(...), not the password (ArgumentType)"
    )


def test_nothing_secret_is_written(app: cdk.App, stack: cdk.Stack) -> None:
    own = secretsmanager.Secret(
        stack, "Own", secret_string_value=cdk.SecretValue.unsafe_plain_text("hunter2")
    )
    accounting = hp.Accounting.external(endpoint="db", secret=own)
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(accounting=accounting))

    assert "hunter2" not in json.dumps(upload(stack))
    assert "hunter2" not in "".join(
        path.read_text() for path in Path(app.outdir).glob("asset.*/steps.json")
    )
    assert template(stack)


def test_running_nodes_find_the_users(app: cdk.App, stack: cdk.Stack) -> None:
    users = hp.Users(users=[hp.User("anna", uid=2001)])
    cluster = make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(users=users))

    refresh = written_steps(stack)["refresh"]
    resources = resources_of(stack, "Custom::CDKBucketDeployment")
    (uploaded,) = (each for name, each in resources.items() if "LifecycleUsers" in name)
    properties = uploaded["Properties"]
    assert refresh["key"] == f"{properties['DestinationBucketKeyPrefix']}/users.json"
    assert properties["Prune"] is False
    folder = Path(app.outdir) / f"asset.{properties['SourceObjectKeys'][0].removesuffix('.zip')}"
    assert json.loads((folder / "users.json").read_text()) == {
        "cluster": refresh["cluster"],
        "groups": [],
        "users": users.to_dict()["users"],
    }
    # New nodes have the users of their steps, never older ones.
    (hyperpod,) = resources_of(stack, "AWS::SageMaker::Cluster").values()
    assert set(resources) <= set(hyperpod["DependsOn"])
    assert cluster.node.try_find_child("Lifecycle")


@pytest.mark.parametrize(
    "settings", [{"refresh": None, "users": hp.Users()}, {"users": None}, {}], ids=str
)
def test_nodes_that_do_not_look_for_users(stack: cdk.Stack, settings: dict[str, Any]) -> None:
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(**settings))

    assert "refresh" not in written_steps(stack)
    assert len(resources_of(stack, "Custom::CDKBucketDeployment")) == 1
