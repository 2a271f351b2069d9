"""Scripts and form on their way to S3."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters.stacks import CONTROLLER, WORKER, make_cluster
from tests.clusters.templates import prefix_of, properties, upload, uploaded_files
from tests.synth import ROOT, make_stack, resources_of, template


def source_s3_uris(stack: cdk.Stack) -> set[str]:
    return {
        json.dumps(group["LifeCycleConfig"]["SourceS3Uri"])
        for group in properties(stack)["InstanceGroups"]
    }


def test_default_scripts(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    make_cluster(stack)

    assert upload(stack) == snapshot


def test_everything(
    stack: cdk.Stack, scripts: Path, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "extra.sh").write_text("#!/bin/sh\n")
    bucket = s3.Bucket(
        stack, "Own", bucket_name="sagemaker-own", encryption_key=kms.Key(stack, "Key")
    )
    make_cluster(
        stack,
        lifecycle_scripts=hp.LifecycleScripts.from_asset(
            scripts, overlay=overlay, bucket=bucket, prefix="/team/cluster/"
        ),
    )

    assert template(stack) == snapshot


def test_imported_bucket(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Own", "sagemaker-own")
    make_cluster(
        stack,
        lifecycle_scripts=hp.LifecycleScripts.from_bucket(bucket, "base", on_create="start.sh"),
    )

    assert template(stack) == snapshot


def test_s3_holds_the_bundle_and_the_form_under_both_names(
    app: cdk.App, stack: cdk.Stack, scripts: Path
) -> None:
    for ignored in ("__pycache__/a.pyc", ".mypy_cache/3.11/a.json", ".DS_Store", "sub/.git/HEAD"):
        (scripts / ignored).parent.mkdir(parents=True, exist_ok=True)
        (scripts / ignored).write_text("")
    cluster = make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts))

    files = uploaded_files(stack, Path(app.outdir))

    assert files == {
        "on_create.sh": b"#!/bin/bash\nexit 0\n",
        "provisioning_params.json": cluster.provisioning_params.to_json().encode(),
        "provisioning_parameters.json": cluster.provisioning_params.to_json().encode(),
    }


def test_an_overlay_wins(stack: cdk.Stack, scripts: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "on_create.sh").write_text("#!/bin/sh\n# site\n")
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, overlay=overlay))

    assert ClusterTemplate.from_stack(stack).file("on_create.sh") == "#!/bin/sh\n# site\n"


def test_the_default_scripts_are_those_of_the_repository(app: cdk.App, stack: cdk.Stack) -> None:
    make_cluster(stack)

    files = uploaded_files(stack, Path(app.outdir))

    for path in (ROOT / "lifecycle_scripts").iterdir():
        if path.is_file():
            assert files[path.name] == path.read_bytes()


def test_all_groups_run_what_was_uploaded(stack: cdk.Stack) -> None:
    make_cluster(stack)

    prefix = upload(stack)["DestinationBucketKeyPrefix"]
    assert re.fullmatch(r"lifecycle-scripts/StackCluster\w{8}/[0-9a-f]{16}", prefix)
    assert len(source_s3_uris(stack)) == 1
    assert f'"/{prefix}"' in next(iter(source_s3_uris(stack)))


def test_the_prefix_moves_with_scripts_and_form_and_with_nothing_else(
    scripts: Path, tmp_path: Path
) -> None:
    bundle = hp.LifecycleScripts.from_asset(scripts)

    def prefix(worker: hp.InstanceGroup = WORKER) -> str:
        return prefix_of(
            tmp_path,
            lambda stack: make_cluster(
                stack, lifecycle_scripts=bundle, instance_groups=[CONTROLLER, worker]
            ),
        )

    first = prefix()
    assert prefix() == first
    assert prefix(replace(WORKER, instance_type="ml.p5.48xlarge", count=9)) == first
    assert prefix(replace(WORKER, partition="other")) != first
    (scripts / "on_create.sh").write_text("#!/bin/bash\nexit 3\n")
    assert prefix() != first


def test_old_prefixes_stay(stack: cdk.Stack) -> None:
    make_cluster(stack)

    assert upload(stack)["RetainOnDelete"] is True
    bucket = next(iter(resources_of(stack, "AWS::S3::Bucket").values()))
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"


def test_cleanup_of_a_new_bucket_is_not_called_for_a_cluster_that_exists(stack: cdk.Stack) -> None:
    make_cluster(stack)

    (cleanup,) = resources_of(stack, "Custom::HyperPodNewBucket").values()
    assert cleanup["DeletionPolicy"] == "RetainExceptOnCreate"
    assert cleanup["UpdateReplacePolicy"] == "Retain"


def test_specified_bucket_has_no_cleanup(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Own", "sagemaker-own")
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(bucket=bucket))

    assert not resources_of(stack, "Custom::HyperPodNewBucket")


def test_the_bucket_is_private_versioned_encrypted_and_tls_only(stack: cdk.Stack) -> None:
    make_cluster(stack)

    checks = Template.from_stack(stack)
    checks.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "BucketName": Match.string_like_regexp(
                r"^sagemaker-[a-z0-9]{1,24}-111122223333-us-west-2$"
            ),
            "VersioningConfiguration": {"Status": "Enabled"},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "BucketEncryption": Match.any_value(),
        },
    )
    checks.has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {
                            "Effect": "Deny",
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ),
                    Match.object_like({"Effect": "Deny"}),
                    Match.object_like({"Effect": "Deny"}),
                ]
            }
        },
    )


def test_the_longest_bucket_name_is_short_enough(app: cdk.App) -> None:
    stack = cdk.Stack(
        app,
        "A" * 60,
        env=cdk.Environment(account="111122223333", region="us-isob-east-1"),
    )
    make_cluster(stack, "B" * 60)

    name = next(iter(resources_of(stack, "AWS::S3::Bucket").values()))["Properties"]["BucketName"]
    assert len(name) <= 63


def test_deployment_time_values_reach_the_form_and_not_the_digest(
    stack: cdk.Stack, scripts: Path
) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    file_system = fsx.CfnFileSystem(
        stack,
        "Scratch",
        file_system_type="LUSTRE",
        storage_capacity=1200,
        subnet_ids=[network.subnet.subnet_id],
    )
    cluster = make_cluster(
        stack,
        vpc=network.vpc,
        file_systems=[hp.FileSystem.lustre(file_system)],
        lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts),
    )

    markers = upload(stack)["SourceMarkers"][1]
    parts = next(iter(markers.values()))["Fn::Join"][1]
    name = stack.get_logical_id(file_system)
    assert {"Fn::GetAtt": [name, "DNSName"]} in parts
    assert {"Fn::GetAtt": [name, "LustreMountName"]} in parts
    folder_digest = hashlib.sha256()
    content = (scripts / "on_create.sh").read_bytes()
    folder_digest.update(b"on_create.sh\0%d\0" % len(content) + content)
    form = json.dumps(stack.resolve(cluster.provisioning_params.to_dict()), sort_keys=True)
    assert "Token" not in form
    digest = hashlib.sha256(f"{folder_digest.hexdigest()}\n{form}".encode()).hexdigest()
    assert upload(stack)["DestinationBucketKeyPrefix"] == (
        f"lifecycle-scripts/StackClusterF0EB02FA/{digest[:16]}"
    )


def test_a_bucket_without_the_prefix_of_sagemaker_warns(stack: cdk.Stack, scripts: Path) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Own", "team-scripts")
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, bucket=bucket))

    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("sagemaker-"))
    assert "'team-scripts' does not start with 'sagemaker-'" in str(found[0].entry.data)


def test_a_bucket_of_another_account_warns(stack: cdk.Stack, scripts: Path) -> None:
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Own", bucket_name="sagemaker-scripts", account="444455556666"
    )
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, bucket=bucket))

    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("account"))
    assert "account 444455556666 must allow access from the execution roles" in str(
        found[0].entry.data
    )


@pytest.mark.parametrize("name", ["sagemaker-scripts", None])
def test_other_buckets_do_not_warn(stack: cdk.Stack, scripts: Path, name: str | None) -> None:
    bucket = (
        s3.Bucket(stack, "Own") if name is None else s3.Bucket.from_bucket_name(stack, "Own", name)
    )
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, bucket=bucket))

    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def test_two_stacks_of_one_bucket_have_prefixes_of_their_own(app: cdk.App, scripts: Path) -> None:
    stacks = [make_stack(app, name) for name in ("Dev", "Prod")]
    for stack in stacks:
        bucket = s3.Bucket.from_bucket_name(stack, "Shared", "sagemaker-shared")
        make_cluster(
            stack, lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, bucket=bucket)
        )

    assert len({upload(stack)["DestinationBucketKeyPrefix"] for stack in stacks}) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: hp.LifecycleScripts.default(prefix=None),  # type: ignore[arg-type]
            "lifecycle_scripts.prefix: is None",
        ),
        (lambda: hp.LifecycleScripts.default(prefix="a*b"), r"'a\*b' must be .*LifecyclePrefix"),
        (lambda: hp.LifecycleScripts.default(prefix="a" * 61), "of up to 60"),
        (lambda: hp.LifecycleScripts.default(overlay=["x"]), r"lifecycle_scripts.overlay: \['x'\]"),  # type: ignore[arg-type]
        (lambda: hp.LifecycleScripts.from_asset(None), "lifecycle_scripts.path: is None"),  # type: ignore[arg-type]
        (lambda: hp.LifecycleScripts.from_bucket("b"), "lifecycle_scripts.bucket: 'b' is of type"),  # type: ignore[arg-type]
        (
            lambda: hp.LifecycleScripts.from_asset("x", on_create=5),  # type: ignore[arg-type]
            r"^lifecycle_scripts.on_create: 5 is of type int; pass a string \(ArgumentType\)$",
        ),
        (
            lambda: hp.LifecycleScripts.from_asset("x", on_init_complete=""),
            r"^lifecycle_scripts.on_init_complete: '' must be the name of a script; omit it "
            r"\(LifecycleEntryPoint\)$",
        ),
        (
            lambda: hp.LifecycleScripts.default(prefix="s3://bucket/pre/fix"),
            r"prefix: 's3://bucket/pre/fix' must be a path within the bucket, .*; use 'pre/fix' \(",
        ),
        (lambda: hp.LifecycleScripts.default(prefix="../x"), r"'\.\./x' must be .*; use 'x' \("),
        (lambda: hp.LifecycleScripts.default(prefix="a b"), r"'a b' must be .*; use 'a/b' \("),
        (lambda: hp.LifecycleScripts.default(prefix="s3://b"), r"; use 'lifecycle-scripts' \("),
        (lambda: hp.LifecycleScripts.default(overlay=""), "lifecycle_scripts.overlay: '' is of"),
        (lambda: hp.LifecycleScripts.from_asset(""), "lifecycle_scripts.path: '' is of"),
    ],
)
def test_fails_on_bad_arguments(make: Callable[[], hp.LifecycleScripts], message: str) -> None:
    with pytest.raises(hp.ValidationError, match=message):
        make()


def test_fails_on_a_bucket_that_is_no_construct() -> None:
    with pytest.raises(hp.ValidationError, match=r"lifecycle_scripts.bucket: 'my-bucket' is of"):
        hp.LifecycleScripts.default(bucket="my-bucket")  # type: ignore[arg-type]


def test_a_bucket_has_its_scripts_at_the_root(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Own", "sagemaker-own")
    make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.from_bucket(bucket))

    assert source_s3_uris(stack) == {'"s3://sagemaker-own"'}
    assert upload(stack)["Prune"] is False


def test_one_bundle_serves_two_clusters(stack: cdk.Stack, scripts: Path) -> None:
    bundle = hp.LifecycleScripts.from_asset(scripts)
    make_cluster(stack, lifecycle_scripts=bundle)
    make_cluster(stack, "Second", lifecycle_scripts=bundle)

    deployments = resources_of(stack, "Custom::CDKBucketDeployment").values()
    assert len({str(item["Properties"]["DestinationBucketName"]) for item in deployments}) == 2
