"""Rules for the steps of the default lifecycle scripts."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import NodeType
from hyperpod_constructs.model.node_steps.lifecycle_steps import STEPS_NAME
from hyperpod_constructs.model.node_steps.user import User
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .basis import Basis
from .placement import placed_subnets
from .queries import instance_groups, is_slurm, mounts, shares_database
from .rule import rule

PATH = "lifecycle_scripts"
SECONDARY_VOLUME = "/opt/sagemaker"
LONGEST_NAME_WITH_ACCOUNTING = 40


@rule(basis=Basis.LIBRARY)
def each_step(model: ClusterValues) -> Iterator[Problem]:
    """Each step must be valid, and the scripts cannot contain a file named `steps.json`.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
    """
    if model.steps is None:
        return
    yield from model.steps.problems(PATH)
    if model.scripts is not None and STEPS_NAME in model.scripts.files:
        yield Problem(
            code="StepsInScripts",
            path=f"{model.scripts.argument}[{STEPS_NAME!r}]",
            value=model.scripts.files[STEPS_NAME].as_posix(),
            message="would be overwritten by the steps generated from the arguments",
            fix="remove the file, and pass its settings to LifecycleScripts.default(...)",
        )


@rule(basis=Basis.LIBRARY)
def accounting_of_the_mode(model: ClusterValues) -> Iterator[Problem]:
    """Slurm accounting uses one database, and limits the length of the cluster name.

    slurmdbd names tables after the cluster, such as `<name>_assoc_usage_month_table`. MySQL limits
    table names to 64 characters: with a longer name slurmdbd cannot add the cluster.
    Source: https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html
    """
    shared = shares_database(model)
    given = None if model.steps is None else model.steps.accounting
    if given is not None and given.is_external and shared:
        yield Problem(
            code="AccountingTwice",
            path=f"{PATH}.accounting",
            value=given.endpoint,
            message="cannot be specified together with the database of the orchestrator, which "
            "multiple controllers share",
            fix="omit accounting",
        )
    if given is None and not shared:
        yield from _needs_accounting(model)
        return
    if given is None and model.steps is not None:
        yield Problem(
            code="AccountingNotDisabled",
            path=f"{PATH}.accounting",
            value="None",
            message="does not disable accounting, since multiple controllers always use the "
            "database of the orchestrator",
            fix="omit accounting",
            severity=Severity.WARNING,
        )
    name = model.cluster_name
    if (
        isinstance(name, str)
        and not is_unresolved(name)
        and len(name) > LONGEST_NAME_WITH_ACCOUNTING
    ):
        yield Problem(
            code="ClusterNameAccounting",
            path="cluster_name",
            value=name,
            message=f"has {len(name)} characters, and Slurm accounting, whose tables are named "
            f"after the cluster, supports up to {LONGEST_NAME_WITH_ACCOUNTING}",
            fix=f"use at most {LONGEST_NAME_WITH_ACCOUNTING}"
            + ("" if shared else f", or pass {PATH}=LifecycleScripts.default(accounting=None)"),
        )


@rule(basis=Basis.AWS_PAGE)
def accounting_of_the_request(model: ClusterValues) -> Iterator[Problem]:
    """With API-driven Slurm, HyperPod configures accounting, with the database of the request.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
    """
    given = None if model.steps is None else model.steps.accounting
    if given is not None and given.is_external and isinstance(model.orchestrator, ApiDrivenSlurm):
        yield Problem(
            code="AccountingOfRequest",
            path=f"{PATH}.accounting",
            value=given.endpoint,
            message="is not used with ApiDrivenSlurm, where HyperPod configures accounting",
            fix="omit accounting, and pass ApiDrivenSlurm(accounting_database=...)",
        )


@rule(basis=Basis.LIBRARY)
def users_of_controllers(model: ClusterValues) -> Iterator[Problem]:
    """Users log in to login nodes and workers, to controllers only with `users_on_controllers=True`.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-setting-up-multi-user.html
    """
    steps = model.steps
    if steps is None:
        return
    has_users = steps.users is not None or steps.directory_service is not None
    if steps.users_on_controllers and has_users:
        yield Problem(
            code="UsersOnControllers",
            path=f"{PATH}.users_on_controllers",
            value=True,
            message="allows every user to use the role of the controllers, which can read the secret "
            "of the accounting database, and so to become an administrator of Slurm",
            fix="omit it, and add InstanceGroup.login(...) for the users",
            severity=Severity.WARNING,
        )
    elif has_users and not any(
        group.node_type is NodeType.LOGIN for _, group in instance_groups(model)
    ):
        yield Problem(
            code="UsersWithoutLoginNodes",
            path=f"{PATH}.users_on_controllers",
            value=False,
            message="means that users cannot log in to controllers, and there is no login group: they "
            "can log in to workers only",
            fix="add InstanceGroup.login(...), or pass users_on_controllers=True",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.LIBRARY)
def shared_homes(model: ClusterValues) -> Iterator[Problem]:
    """A specified home directory should be on a file system that the nodes share.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-setting-up-multi-user.html
    """
    users = None if model.steps is None else model.steps.users
    if users is None or not is_slurm(model) or not isinstance(users.users, tuple):
        return
    shared = [mount.mount_path for _, given in mounts(model) for mount in given]
    local = [
        user.home
        for user in users.users
        if isinstance(user, User)
        and isinstance(user.home, str)
        and not is_unresolved(user.home)
        and not _is_in(user.home, shared)
    ]
    if local and not any(map(is_unresolved, shared)):
        yield Problem(
            code="HomeNotShared",
            path=f"{PATH}.users",
            value=local,
            message="are home directories outside of the mounted file systems"
            f"{f', {shared},' if shared else ''} and differ on each node, unless a script in site "
            "or the AMI mounts a file system there",
            fix="pass file_systems=[hp.FileSystem.lustre(...)], which is mounted at /fsx, or omit "
            "home",
            severity=Severity.WARNING,
        )


def _is_in(folder: str, mount_paths: Iterable[str]) -> bool:
    return any(PurePosixPath(folder).is_relative_to(path) for path in mount_paths)


@rule(basis=Basis.LIBRARY)
def container_volumes(model: ClusterValues) -> Iterator[Problem]:
    """The volume for containers must exist on login nodes and workers.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    containers = None if model.steps is None else model.steps.containers
    if containers is None or containers.data_root != SECONDARY_VOLUME:
        return
    for path, group in instance_groups(model):
        secondary = [volume for volume in group.volumes if not volume.root_volume]
        if group.node_type is not NodeType.CONTROLLER and not secondary:
            yield Problem(
                code="ContainersDataRoot",
                path=f"{PATH}.containers.data_root",
                value=containers.data_root,
                message=f"is the secondary volume, which {path} does not have",
                fix="add an EbsVolume to the group, or omit data_root",
            )


@rule(basis=Basis.LIBRARY)
def internet_for_downloads(model: ClusterValues) -> Iterator[Problem]:
    """Steps that download packages require subnets with a route to the internet.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    """
    if model.steps is None or model.steps.packages_preinstalled:
        return
    for argument in model.steps.downloading:
        for place, subnet in placed_subnets(model).items():
            if subnet.isolated:
                yield Problem(
                    code="NeedsInternet",
                    path=f"{PATH}.{argument}",
                    value=subnet.name,
                    message=f"is {place} and has no route to the internet, which nodes require to "
                    "download packages for this step",
                    fix="pass a subnet with a route to a NAT gateway, omit this step, or pass "
                    "packages_preinstalled=True if the AMI has the packages",
                )


def _needs_accounting(model: ClusterValues) -> Iterator[Problem]:
    """Slurm accounts and administrators require accounting.

    Source: https://slurm.schedmd.com/accounting.html
    """
    users = None if model.steps is None else model.steps.users
    members = () if users is None or not isinstance(users.users, tuple) else users.users
    for index, user in enumerate(members):
        for name in ("slurm_account", "slurm_admin"):
            if getattr(user, name, None):
                yield Problem(
                    code="UsersWithoutAccounting",
                    path=f"{PATH}.users.users[{index}].{name}",
                    value=getattr(user, name),
                    message="requires Slurm accounting, which accounting=None disables",
                    fix=f"omit {name}, or pass accounting=Accounting.local()",
                )
