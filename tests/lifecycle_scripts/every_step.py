"""Every step that a cluster's owner can turn on, and the sequence of those that a node runs."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

sequence = import_module("sequence")
steps_module = import_module("steps")
provisioning_params = import_module("provisioning_params")
this_node = import_module("this_node")

ARN = "arn:aws:secretsmanager:us-west-2:111122223333:secret:db-AbCdEf"
DIRECTORY = {
    "domain": "corp.example.com",
    "ldap_uri": "ldaps://corp.example.com",
    "search_base": "dc=corp,dc=example,dc=com",
    "bind_dn": "cn=reader,dc=corp,dc=example,dc=com",
    "bind_secret_arn": ARN,
}
REMOTE_WRITE = "https://aps-workspaces.us-west-2.amazonaws.com/workspaces/ws-1/api/v1/remote_write"
COLLECTOR = ["install_collector.sh", REMOTE_WRITE, "us-west-2", "training", "group"]
CONTROLLERS = ["10.1.0.11", "10.1.0.12"]
TOPIC = "arn:aws:sns:us-west-2:111122223333:failover"
SHARED = {
    "slurm_configurations": {
        "slurm_database_endpoint": "db.example.com",
        "slurm_database_secret_arn": ARN,
        "slurm_shared_directory": "/fsx",
    }
}
EVERYTHING = {
    "accounting": {
        "backup": {
            "bucket": "scripts",
            "prefix": "training-accounting",
            "region": "us-west-2",
            "minutes": 5,
        }
    },
    "users": {"users": [{"name": "alice", "uid": 2001, "slurm_account": "llm"}]},
    "ssh_between_nodes": True,
    "containers": {},
    "metrics": {
        "node": True,
        "gpu": True,
        "slurm": True,
        "remote_write": {"url": REMOTE_WRITE, "region": "us-west-2"},
    },
    "log_rotation": True,
    "pam_slurm_adopt": True,
    "directory_service": DIRECTORY,
    "refresh": {
        "bucket": "scripts",
        "key": "training/live/users.json",
        "region": "us-west-2",
        "cluster": "training",
        "minutes": 5,
    },
    "ubuntu_home": True,
    "reserve_login_nodes": True,
    "constrain_devices": True,
    "lustre_efa": True,
    "s3_mounts": [{"bucket": "data", "path": "/mnt/data", "prefix": "a", "read_only": True}],
}
ALWAYS = {
    "controller": [
        ["hold_packages.sh"],
        ["describe_node.sh", "controller", "group", "training"],
        ["disable_slurmd.sh"],
        ["wait_for_slurm_conf.sh"],
        ["install_prolog_epilog.sh"],
        ["configure_slurm.py"],
        ["keep_slurm_settings.sh"],
        ["start_slurmctld.sh"],
    ],
    "login": [
        ["hold_packages.sh"],
        ["describe_node.sh", "login", "group", "training"],
        ["install_prolog_epilog.sh"],
        ["keep_registered.sh", "use", "group"],
        ["start_slurmd.sh", *CONTROLLERS],
    ],
    "worker": [
        ["hold_packages.sh"],
        ["describe_node.sh", "worker", "group", "training"],
        ["install_prolog_epilog.sh"],
        ["keep_registered.sh", "use", "group"],
        ["start_slurmd.sh", *CONTROLLERS],
    ],
}


def steps_of(
    folder: Path,
    node_type: str,
    form: dict[str, Any],
    steps: dict[str, Any],
    *,
    is_primary: bool = True,
) -> list[list[str]]:
    (folder / "provisioning_params.json").write_text(json.dumps(form))
    (folder / "steps.json").write_text(json.dumps(steps))
    node = this_node.ThisNode(
        node_type=provisioning_params.NodeType(node_type),
        group="group",
        cluster_name="training",
        controllers=CONTROLLERS,
        is_primary=is_primary,
        address=CONTROLLERS[0],
    )
    return list(
        sequence.sequence(
            node,
            provisioning_params.ProvisioningParams.read(folder),
            steps_module.Steps.read(folder),
        )
    )
