"""The steps of a node, in their order: each is a script of this folder and its arguments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import login_policy
import patterns
from accounting_store import State
from added_users import read_added
from provisioning_params import NodeType, ProvisioningParams, SlurmConfigurations
from steps import Accounting, Backup, Steps
from this_node import ThisNode

FOLDER = Path(__file__).resolve().parent
SLURM_SCRIPTS = "/opt/slurm/etc/scripts"
PRIVATE_DATA = "accounts,events,jobs,reservations,usage,users"


def sequence(node: ThisNode, form: ProvisioningParams, steps: Steps) -> Iterator[list[str]]:
    """What this node runs."""
    policy = login_policy_of(node, steps)
    yield from mount_file_systems(node, form, steps)
    yield from add_users(steps, policy)
    yield from share_operator_home(node, form, steps)
    yield ["hold_packages.sh"]
    yield ["describe_node.sh", node.node_type.value, node.group, node.cluster_name]
    if steps.log_rotation:
        yield ["rotate_logs.sh"]
    if node.node_type is NodeType.CONTROLLER:
        yield from start_controller(node, form, steps)
    else:
        yield from prepare_compute(steps)
    yield from export_metrics(node, steps)
    yield ["run_site_scripts.sh", node.node_type.value, node.group]
    yield from refresh_users(node, steps, has_accounts=bool(_accounting(form, steps)))
    if node.node_type is not NodeType.CONTROLLER:
        yield from start_compute(node, steps)
    if has_users(steps) and policy != login_policy.NOBODY:
        yield ["open_logins.py", policy]


def login_policy_of(node: ThisNode, steps: Steps) -> str:
    """Controllers have the rights to everything in Slurm, so users are known there and no more."""
    if node.node_type is NodeType.CONTROLLER and not steps.users_on_controllers:
        return login_policy.NOBODY
    if node.node_type is NodeType.WORKER and steps.pam_slurm_adopt:
        return login_policy.WITH_A_JOB
    return login_policy.EVERYBODY


def has_users(steps: Steps) -> bool:
    """Whether the node knows users, has known them, or learns of them while it runs."""
    known = steps.users or steps.groups or steps.directory_service or read_added()
    return bool(known or steps.refresh)


def mount_file_systems(
    node: ThisNode, form: ProvisioningParams, steps: Steps
) -> Iterator[list[str]]:
    """File systems come first: everything else may lie on them."""
    if form.fsx_dns_name and form.fsx_mountname:
        if steps.lustre_efa:
            known_type = [node.instance_type] if node.instance_type else []
            yield ["configure_lustre_efa.py", form.fsx_dns_name, node.address, *known_type]
        yield ["mount_lustre.sh", form.fsx_dns_name, form.fsx_mountname]
    if form.fsx_openzfs_dns_name:
        yield ["mount_openzfs.sh", form.fsx_openzfs_dns_name]
    yield from mount_buckets(steps)


def mount_buckets(steps: Steps) -> Iterator[list[str]]:
    """Buckets as folders."""
    for mount in steps.s3_mounts:
        yield [
            "mount_s3.sh",
            mount.bucket,
            mount.path,
            mount.prefix or "",
            "read-only" if mount.read_only else "read-write",
            mount.region or "",
        ]


def share_operator_home(
    node: ThisNode, form: ProvisioningParams, steps: Steps
) -> Iterator[list[str]]:
    """Where /fsx is all that nodes share, work of `ubuntu` in a home of each node would be lost to jobs."""
    is_specified = any(user.name == patterns.OPERATOR for user in steps.users)
    if (
        steps.ubuntu_home
        and form.fsx_dns_name
        and not form.fsx_openzfs_dns_name
        and not is_specified
        and node.node_type is not NodeType.CONTROLLER
    ):
        yield ["share_operator_home.py", *(["ssh"] if steps.ssh_between_nodes else [])]


def add_users(steps: Steps, policy: str) -> Iterator[list[str]]:
    """The directory comes first, since it may have taken a number that a user here wants."""
    may_login = policy != login_policy.NOBODY
    login = [] if may_login else ["no-login"]
    directory = steps.directory_service
    if has_users(steps):
        yield ["close_logins.py", policy]
    if (directory and not directory.metadata_for_users) or (
        (steps.users or steps.refresh) and not may_login
    ):
        yield ["protect_metadata.sh"]
    if directory:
        yield ["configure_sssd.py", *login]
    if steps.groups or steps.users or read_added():
        yield ["add_users.py", *login]
    # The key of the operator, who may do anything, would lie where root of any node can read it.
    names = [user.name for user in steps.users if user.name != patterns.OPERATOR]
    if steps.ssh_between_nodes and names and may_login:
        yield ["share_ssh_keys.py", *names]


def start_controller(node: ThisNode, form: ProvisioningParams, steps: Steps) -> Iterator[list[str]]:
    """What jobs need on the controller comes before slurmctld, which accepts them."""
    shared = form.slurm_configurations
    yield ["disable_slurmd.sh"]
    if shared:
        role = "primary" if node.is_primary else "backup"
        yield ["share_slurm_folders.py", _shared_folder(node, shared), role]
    yield ["wait_for_slurm_conf.sh"]
    if steps.containers:
        # Jobs with containers are submitted here, too.
        yield ["install_pyxis.sh"]
    yield ["install_prolog_epilog.sh"]
    if shared and shared.slurm_sns_arn:
        yield ["install_failover_notice.sh", shared.slurm_sns_arn, node.cluster_name]
    if steps.containers:
        yield ["configure_pyxis.sh"]
    yield from configure_controller(node, form, steps)
    if shared and not node.is_primary:
        yield ["wait_for_primary.sh", f"{_shared_folder(node, shared)}/state"]
    yield ["keep_slurm_settings.sh"]
    yield ["start_slurmctld.sh"]
    if shared:
        yield ["reconfigure_slurm.sh"]
    accounting = _accounting(form, steps)
    if accounting and node.is_primary:
        yield ["add_slurm_accounts.py"]
    if accounting and accounting.backup:
        place = _backup(accounting, accounting.backup)
        yield ["install_accounting_backup.sh", *place, str(accounting.backup.minutes)]


def configure_controller(
    node: ThisNode, form: ProvisioningParams, steps: Steps
) -> Iterator[list[str]]:
    """Accounting answers before slurmctld starts, which would else be a stranger to it."""
    accounting = _accounting(form, steps)
    if accounting and not accounting.endpoint:
        yield ["start_mariadb.sh"]
    if accounting:
        private = ["--private-data", PRIVATE_DATA] if steps.private_data else []
        yield ["configure_slurmdbd.py", *_database(node, accounting), *private]
    if accounting and accounting.backup:
        yield ["restore_accounting.py", *_backup(accounting, accounting.backup)]
    if steps.constrain_devices:
        yield ["constrain_devices.sh"]
    yield ["configure_slurm.py", *_settings(node, form, steps)]
    if accounting:
        yield ["start_slurmdbd.sh"]


def prepare_compute(steps: Steps) -> Iterator[list[str]]:
    """What jobs need."""
    if steps.containers:
        data_root = steps.containers.data_root or ""
        yield ["install_docker.sh", data_root]
        yield ["install_enroot.sh", data_root]
        yield ["make_enroot_folders.py"]
        yield ["install_pyxis.sh"]
    yield ["install_prolog_epilog.sh"]


def start_compute(node: ThisNode, steps: Steps) -> Iterator[list[str]]:
    """Jobs come at once, so nothing that root does on the node comes after slurmd."""
    if steps.pam_slurm_adopt and node.node_type is NodeType.WORKER:
        yield ["adopt_logins.sh"]
    is_reserved = steps.reserve_login_nodes and node.node_type is NodeType.LOGIN
    features = [node.group, *([node.instance_type] if node.instance_type else [])]
    yield ["keep_registered.sh", "reserve" if is_reserved else "use", *features]
    yield ["start_slurmd.sh", *node.controllers]


def export_metrics(node: ThisNode, steps: Steps) -> Iterator[list[str]]:
    """Exporters listen before a process of a user can listen at their ports."""
    if steps.metrics.node:
        yield ["install_node_exporter.sh"]
    if steps.metrics.node and node.node_type is NodeType.WORKER:
        yield ["install_efa_exporter.sh"]
    if steps.metrics.gpu and node.node_type is NodeType.WORKER:
        yield ["install_dcgm_exporter.sh"]
    if steps.metrics.slurm and node.node_type is NodeType.CONTROLLER:
        yield ["install_slurm_exporter.sh", node.cluster_name]
    yield from collect_metrics(node, steps)


def collect_metrics(node: ThisNode, steps: Steps) -> Iterator[list[str]]:
    """What this node exports is written elsewhere."""
    target = steps.metrics.remote_write
    if target is None:
        return
    is_on = {
        "node": steps.metrics.node,
        "efa": steps.metrics.node and node.node_type is NodeType.WORKER,
        "gpu": steps.metrics.gpu and node.node_type is NodeType.WORKER,
        "slurm": steps.metrics.slurm and node.node_type is NodeType.CONTROLLER,
    }
    names = [name for name, exports in is_on.items() if exports]
    labels = [node.cluster_name, node.group, node.node_type.value]
    yield ["install_collector.sh", target.url, target.region or "", *labels, *names]


def refresh_users(node: ThisNode, steps: Steps, *, has_accounts: bool) -> Iterator[list[str]]:
    """Changes of users reach nodes that run."""
    if steps.refresh:
        is_primary = node.node_type is NodeType.CONTROLLER and node.is_primary and has_accounts
        yield [
            *("install_users_refresh.sh", login_policy_of(node, steps)),
            *("primary" if is_primary else "other", str(steps.refresh.minutes)),
            steps.refresh.region,
        ]


def _shared_folder(node: ThisNode, shared: SlurmConfigurations) -> str:
    return f"{shared.slurm_shared_directory}/aws/hyperpod/{node.cluster_name}"


def _accounting(form: ProvisioningParams, steps: Steps) -> Accounting | None:
    shared = form.slurm_configurations
    if not shared:
        return steps.accounting
    return Accounting(
        endpoint=shared.slurm_database_endpoint,
        secret_arn=shared.slurm_database_secret_arn,
        user=shared.slurm_database_user,
    )


def _backup(accounting: Accounting, backup: Backup) -> list[str]:
    return [backup.bucket, backup.prefix, backup.region, accounting.database]


def _database(node: ThisNode, accounting: Accounting) -> list[str]:
    arguments = ["--database", accounting.database]
    if accounting.endpoint and accounting.secret_arn:
        arguments += ["--endpoint", accounting.endpoint, "--port", str(accounting.port)]
        arguments += ["--secret-arn", accounting.secret_arn, "--node", node.address]
    if accounting.user:
        arguments += ["--user", accounting.user]
    return arguments


def _settings(node: ThisNode, form: ProvisioningParams, steps: Steps) -> Iterator[str]:
    """Settings of slurm.conf; those with `?=` only where the platform has set nothing."""
    shared = form.slurm_configurations
    if _accounting(form, steps):
        yield "AccountingStorageType=accounting_storage/slurmdbd"
        yield f"AccountingStorageHost={node.controllers[0]}"
        if shared and len(node.controllers) > 1:
            yield f"AccountingStorageBackupHost={node.controllers[1]}"
        yield "JobAcctGatherType?=jobacct_gather/linux"
    restored = State.read()
    if restored and restored.first_job_id:
        yield f"FirstJobId?={restored.first_job_id}"
    yield from settings_of(steps)
    if shared:
        yield f"StateSaveLocation?={_shared_folder(node, shared)}/state"
    if shared and shared.slurm_sns_arn:
        yield f"SlurmctldPrimaryOnProg?={SLURM_SCRIPTS}/became_primary.sh"
        yield f"SlurmctldPrimaryOffProg?={SLURM_SCRIPTS}/became_backup.sh"


def settings_of(steps: Steps) -> Iterator[str]:
    """Settings of slurm.conf that steps require."""
    if steps.private_data:
        yield f"PrivateData?={PRIVATE_DATA}"
    if steps.pam_slurm_adopt:
        yield "PrologFlags+=Contain"
    if steps.constrain_devices:
        yield "TaskPlugin=task/cgroup,task/affinity"
        yield "ProctrackType=proctrack/cgroup"
    if not steps.users_on_controllers and any(
        group in patterns.ROOT_GROUPS for user in steps.users for group in user.groups
    ):
        # The controller, which knows users without these groups, would send groups with each job.
        yield "LaunchParameters+=disable_send_gids"
    for key, folder in (("Prolog", "prolog.d"), ("Epilog", "epilog.d")):
        if any(path.is_file() for path in (FOLDER / folder).glob("*")):
            yield f"{key}?={SLURM_SCRIPTS}/{folder}/*"
