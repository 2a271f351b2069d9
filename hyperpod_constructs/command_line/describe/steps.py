"""Steps of the lifecycle scripts, in words."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.checks.uploads import Upload
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Slurm
from hyperpod_constructs.schema.json_values import items_of, object_of

from .description import StepDescription
from .values import number, readable

_STEPS_FILE = "steps.json"


def describe_steps(model: ClusterModel, upload: Upload | None) -> Iterator[StepDescription]:
    """What nodes set up: databases of the orchestrator, and the steps of the default scripts."""
    for name, what in (*_databases(model), *_steps(upload)):
        yield StepDescription(name=name, what=what)


def _databases(model: ClusterModel) -> Iterator[tuple[str, str]]:
    orchestrator = model.orchestrator
    if isinstance(orchestrator, Slurm) and orchestrator.slurm_configurations is not None:
        endpoint = orchestrator.slurm_configurations.slurm_database_endpoint
        yield "multi-head", f"controllers share the database at {readable(endpoint)}"
    if isinstance(orchestrator, ApiDrivenSlurm) and orchestrator.accounting_database is not None:
        yield "accounting", f"database at {readable(orchestrator.accounting_database.endpoint)}"


def _steps(upload: Upload | None) -> Iterator[tuple[str, str]]:
    steps = _read(None if upload is None else upload.text(_STEPS_FILE))
    if "accounting" in steps:
        accounting = object_of(steps["accounting"])
        endpoint = accounting.get("endpoint")
        minutes = object_of(accounting.get("backup")).get("minutes")
        backups = "" if minutes is None else f", with backups every {minutes} minutes"
        yield (
            "accounting",
            f"MariaDB on the controller{backups}"
            if endpoint is None
            else f"database at {readable(endpoint)}",
        )
    if "users" in steps:
        yield "users", _users(object_of(steps["users"]))
    if steps.get("ssh_between_nodes"):
        yield "ssh between nodes", "for users with shared home directories"
    if "containers" in steps:
        root = object_of(steps["containers"]).get("data_root")
        yield (
            "containers",
            "Docker, Enroot and Pyxis" + ("" if root is None else f", data at {readable(root)}"),
        )
    if "metrics" in steps:
        metrics = object_of(steps["metrics"])
        names = ", ".join(name for name in metrics if name != "remote_write")
        url = object_of(metrics.get("remote_write", {})).get("url")
        yield (
            "metrics",
            f"exporters: {names}" + ("" if url is None else f", written to {readable(url)}"),
        )
    if steps.get("log_rotation"):
        yield "log rotation", "of the Slurm logs"
    if "directory_service" in steps:
        yield "directory service", "users of LDAP or Active Directory"
    for mount in items_of(steps.get("s3_mounts")):
        each = object_of(mount)
        yield (
            "s3 mount",
            f"{readable(each.get('bucket', '?'))} at {readable(each.get('path', '?'))}",
        )


def _users(users: Mapping[str, Any]) -> str:
    people, groups = items_of(users.get("users")), items_of(users.get("groups"))
    accounts = sum(1 for each in people if object_of(each).get("slurm_account"))
    text = f"{number(len(people), 'user')}, {number(len(groups), 'group')}"
    return f"{text}, {number(accounts, 'user')} with a Slurm account" if accounts else text


def _read(text: str | None) -> Mapping[str, Any]:
    try:
        return object_of(json.loads(text or "{}"))
    except ValueError:
        return {}
