"""What nodes find in S3 when they start: the scripts and the form."""

import json
import subprocess
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlparse

from moto.s3.models import FakeKey, s3_backends

from tests.aws.cloud import Cloud
from tests.aws.permissions import allowed, bucket_key, role

from .group_rules import Group, refuse

FORMS = ("provisioning_parameters.json", "provisioning_params.json")
SCRIPTS_FAILED = (
    "Lifecycle scripts did not run successfully. Ensure the scripts exist in provided S3 path, are "
    "accessible, and run without errors. Please see CloudWatch logs for lifecycle script execution "
    "details."
)
NAMES_DIFFER = (
    "The instance group names provided by the request do not match the instance group names "
    "provided by the provisioning_parameters.json file from the lifecycle scripts S3 bucket."
)
BOTH_MODES = (
    "The LifeCycleConfig cannot include both a SLURM Orchestrator Config and a "
    "provisioning_parameters.json file simultaneously."
)


def scripts_failed(detail: str) -> Exception:
    """The answer when nodes could not be set up; the log of the node would hold the detail."""
    return refuse(f"{SCRIPTS_FAILED} [{detail}]")


def check_access(cloud: Cloud, group: Group) -> None:
    """Refuses a role that cannot read the scripts."""
    if "LifeCycleConfig" not in group:
        return
    bucket, prefix = place(group)
    caller = role(cloud, group["ExecutionRole"])
    needed: list[tuple[str, str, dict[str, str]]] = [
        ("s3:ListBucket", f"arn:aws:s3:::{bucket}", {"s3:prefix": prefix}),
        ("s3:GetObject", f"arn:aws:s3:::{bucket}/{prefix}{entry_point(group)}", {}),
    ]
    key = bucket_key(cloud, bucket)
    if key is not None:
        needed.append(("kms:Decrypt", key, {"kms:ViaService": f"s3.{cloud.region}.amazonaws.com"}))
    for action, resource, context in needed:
        if not allowed(cloud, caller, action, resource, context):
            raise scripts_failed(f"AccessDenied: {action} on {resource}")


def check_objects(cloud: Cloud, group: Group) -> None:
    """Refuses a group whose script is not there."""
    if "LifeCycleConfig" not in group:
        return
    bucket, prefix = place(group)
    if read(cloud, bucket, prefix + entry_point(group)) is None:
        raise scripts_failed(f"s3://{bucket}/{prefix}{entry_point(group)} does not exist")


def run_scripts(cloud: Cloud, groups: Collection[Group]) -> None:
    """Refuses scripts that a shell or Python cannot even read."""
    scripted = [group for group in groups if "LifeCycleConfig" in group]
    found = {where: below(cloud, *where) for where in {place(group) for group in scripted}}
    for group in scripted:
        objects = found[place(group)]
        if not objects.get(entry_point(group), b"").startswith(b"#!"):
            raise scripts_failed(f"{entry_point(group)}: Exec format error")
        for name, text in objects.items():
            problem = _unreadable(name, text)
            if problem is not None:
                raise scripts_failed(problem)


@cache
def _unreadable(name: str, text: bytes) -> str | None:
    """Why a script cannot be read."""
    if name.endswith(".sh"):
        shell = subprocess.run(
            ["bash", "-n"],  # noqa: S607
            input=text,
            capture_output=True,
            check=False,
        )
        if shell.returncode or b"\r\n" in text:
            return f"{name}: {shell.stderr.decode() or 'bad interpreter'}"
    elif name.endswith(".py"):
        try:
            compile(text, name, "exec")
        except SyntaxError as error:
            return f"{name}: SyntaxError: {error}"
    return None


def check_forms(cloud: Cloud, groups: Collection[Group], request: Mapping[str, Any]) -> None:
    """Refuses forms that do not fit the groups."""
    orchestrator = request.get("Orchestrator", {})
    with_api = "Slurm" in orchestrator or any("SlurmConfig" in group for group in groups)
    names = {group["InstanceGroupName"] for group in groups}
    found = forms(cloud, groups)
    if with_api and found:
        raise refuse(BOTH_MODES)
    if not with_api and "Eks" not in orchestrator and not found:
        raise scripts_failed("no provisioning_parameters.json beside the scripts")
    for path, form in found.items():
        for key, value in (("version", "1.0.0"), ("workload_manager", "slurm")):
            if form.get(key) != value:
                raise scripts_failed(f"{path}: {key} is not {value}")
        workers = [group["instance_group_name"] for group in form.get("worker_groups", [])]
        login = [form["login_group"]] if "login_group" in form else []
        if {form.get("controller_group"), *login, *workers} != names:
            raise refuse(NAMES_DIFFER)


def forms(cloud: Cloud, groups: Collection[Group]) -> dict[str, dict[str, Any]]:
    """The forms beside the scripts of the groups, under either name."""
    found = {}
    for bucket, prefix in {place(group) for group in groups if "LifeCycleConfig" in group}:
        for name in FORMS:
            text = read(cloud, bucket, prefix + name)
            if text is None:
                continue
            try:
                found[f"s3://{bucket}/{prefix}{name}"] = json.loads(text)
            except ValueError as error:
                raise scripts_failed(f"{name}: {error}") from error
    return found


def place(group: Group) -> tuple[str, str]:
    """Bucket and key prefix of the scripts of a group."""
    uri = urlparse(group["LifeCycleConfig"]["SourceS3Uri"])
    prefix = uri.path.strip("/")
    return uri.netloc, f"{prefix}/" if prefix else ""


def below(cloud: Cloud, bucket: str, prefix: str) -> dict[str, bytes]:
    """The objects below a prefix, by the rest of their keys."""
    store = s3_backends[cloud.account]["aws"]
    return {
        key.removeprefix(prefix): item.value
        for key, item in store.get_bucket(bucket).keys.items()
        if key.startswith(prefix) and isinstance(item, FakeKey)
    }


def read(cloud: Cloud, bucket: str, key: str) -> bytes | None:
    """An object, if it is there."""
    store = s3_backends[cloud.account]["aws"]
    found = store.get_object(bucket, key) if bucket in store.buckets else None
    return None if found is None else bytes(found.value)


def entry_point(group: Group) -> str:
    """The script of a group that nodes run."""
    config = group["LifeCycleConfig"]
    return str(config.get("OnCreate") or config["OnInitComplete"])
