"""Source code of the CDK app of a cluster."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.groups.storage import FileSystemMount, LustreMount, mounts_of
from hyperpod_constructs.model.orchestrator import Slurm
from hyperpod_constructs.model.references import SecurityGroupReference

from .expressions import Surroundings
from .python_source import Call, Expression, Name, assignment, statement

UNKNOWN_VPC = "vpc-unknown"
_EC2 = ("aws_ec2", "ec2")
_S3 = ("aws_s3", "s3")
_DEFAULT_FILE = "on_create.sh"
_SELF_MADE = frozenset({"name", "node_type", "execution_role", "life_cycle_config", "file_systems"})
_SAME_ARGUMENT = (
    "node_recovery",
    "node_provisioning_mode",
    "restricted_instance_groups",
    "shared_environment",
    "auto_scaling",
    "tiered_storage",
)


@dataclass(frozen=True)
class _Common:
    """Values shared by all groups, which the app specifies for the cluster."""

    role: Any
    config: LifeCycleConfig | None
    file_systems: Sequence[FileSystemMount]


def app_source(model: ClusterModel, vpc_id: str | None = None) -> str:
    """Generates the app that creates a cluster.

    Args:
        model: Model of the cluster, without values known only at deployment.
        vpc_id: ID of the VPC, which requests do not contain.
    """
    around = Surroundings()
    common = _common(model)
    arguments: dict[str, Expression] = {}
    if model.cluster_name is not None:
        arguments["cluster_name"] = model.cluster_name
    if model.orchestrator != Slurm():
        arguments["orchestrator"] = around.expression(model.orchestrator)
    arguments |= _network(model, around, vpc_id)
    if common.role is not None:
        arguments["execution_role"] = around.expression(common.role)
    if common.config is not None:
        arguments["lifecycle_scripts"] = _scripts(common.config, around)
    arguments["instance_groups"] = [
        _group(group, common, around) for group in model.instance_groups
    ]
    mounts = (*model.file_systems, *common.file_systems)
    if mounts:
        arguments["file_systems"] = [_file_system(mount) for mount in mounts]
    arguments |= around.construction("", replace(model, instance_groups=()), *_others(model)).named
    if model.cluster_role is not None:
        arguments["cluster_role"] = around.imported(model.cluster_role, "cluster_role")
    cluster = Call("hp.HyperPodCluster", [Name("stack"), "Cluster"], arguments)
    return "\n".join(_program(model, around, cluster))


def _program(model: ClusterModel, around: Surroundings, cluster: Call) -> Iterator[str]:
    name = model.cluster_name
    yield f'"""The HyperPod cluster {name}."""' if name else '"""A HyperPod cluster."""'
    yield ""
    yield "import aws_cdk as cdk"
    yield "import hyperpod_constructs as hp"
    for module, alias in sorted(around.modules):
        yield f"from aws_cdk import {module} as {alias}"
    yield ""
    yield assignment("app", Call("cdk.App"))
    yield assignment("stack", Call("cdk.Stack", [Name("app"), _stack_id(name)]))
    yield from around.statements
    yield ""
    if model.tags:
        yield assignment("cluster", cluster)
        for key, value in model.tags.items():
            yield statement(Call("cdk.Tags.of(cluster).add", [key, value]))
    else:
        yield statement(cluster)
    yield statement(Call("app.synth"))
    yield ""


def _stack_id(cluster_name: str | None) -> str:
    """Name of the cluster, with a prefix unless it starts with a letter."""
    if cluster_name is None:
        return "Cluster"
    return cluster_name if cluster_name[0].isalpha() else f"Cluster-{cluster_name}"


def _others(model: ClusterModel) -> Iterator[str]:
    """Arguments of a model that the construct does not have."""
    for name in type(model).__dataclass_fields__:
        if name not in _SAME_ARGUMENT:
            yield name


def _common(model: ClusterModel) -> _Common:
    groups = model.instance_groups
    roles = {group.execution_role for group in groups}
    roles |= {group.execution_role for group in model.restricted_instance_groups}
    configs = Counter(
        group.life_cycle_config for group in groups if _in_bucket(group.life_cycle_config)
    )
    mounts = {mounts_of(group.file_systems) for group in groups}
    return _Common(
        role=next(iter(roles)) if len(roles) == 1 else None,
        config=configs.most_common(1)[0][0] if configs else None,
        file_systems=next(iter(mounts)) if len(mounts) == 1 else (),
    )


def _in_bucket(config: LifeCycleConfig | None) -> bool:
    return config is not None and str(config.source_s3_uri).startswith("s3://")


def _network(
    model: ClusterModel, around: Surroundings, vpc_id: str | None
) -> dict[str, Expression]:
    if model.subnets is None:
        around.statements.append(
            assignment("network", Call("hp.ClusterNetwork", [Name("stack"), "Network"]))
        )
        return {"vpc": Name("network.vpc"), "security_groups": [Name("network.security_group")]}
    if vpc_id is None:
        around.statements.append(
            "# Requests do not contain the VPC, and nothing here depends on its ID."
        )
    vpc = around.variable(
        _EC2,
        "vpc",
        Call(
            "ec2.Vpc.from_vpc_attributes",
            named={
                "vpc_id": vpc_id or UNKNOWN_VPC,
                "availability_zones": ["unknown"],
                "private_subnet_ids": [str(subnet.subnet_id) for subnet in model.subnets],
            },
        ),
        key="",
    )
    arguments: dict[str, Expression] = {"vpc": vpc}
    if len(model.subnets) > 1:
        arguments["vpc_subnets"] = Call(
            "ec2.SubnetSelection", named={"subnets": Name("vpc.private_subnets")}
        )
    return arguments | {
        "security_groups": [
            around.expression(SecurityGroupReference(id_)) for id_ in model.security_group_ids
        ]
    }


def _scripts(config: LifeCycleConfig, around: Surroundings) -> Call:
    bucket_name, _, prefix = str(config.source_s3_uri).removeprefix("s3://").partition("/")
    bucket = around.variable(
        _S3, "lifecycle_bucket", Call("s3.Bucket.from_bucket_name", [bucket_name]), key=bucket_name
    )
    file: dict[str, Expression] = {
        "on_create": None if config.on_create == _DEFAULT_FILE else config.on_create,
        "on_init_complete": config.on_init_complete,
    }
    return Call(
        "hp.LifecycleScripts.from_bucket",
        [bucket, *filter(None, [prefix.strip("/")])],
        {name: value for name, value in file.items() if value is not None},
    )


def _group(group: InstanceGroup, common: _Common, around: Surroundings) -> Call:
    node_type = group.node_type
    factory = "hp.InstanceGroup" if node_type is None else f"hp.InstanceGroup.{node_type}"
    named = dict(around.construction(factory, group, *_SELF_MADE).named)
    if group.execution_role is not None and common.role is None:
        named["execution_role"] = around.expression(group.execution_role)
    if group.life_cycle_config != common.config:
        named["life_cycle_config"] = _own_config(group.life_cycle_config)
    if group.file_systems and not common.file_systems:
        named["file_systems"] = around.expression(group.file_systems)
    is_default = node_type in (NodeType.CONTROLLER, NodeType.LOGIN) and group.name == node_type
    return Call(factory, () if is_default else (group.name,), named)


def _own_config(config: LifeCycleConfig | None) -> Call:
    if config is None:
        return Call("hp.LifeCycleConfig.none")
    source: dict[str, Expression] = {"source_s3_uri": config.source_s3_uri}
    if config.on_create is None:
        return Call("hp.LifeCycleConfig.after_initialization", [config.on_init_complete], source)
    default = config.on_create == _DEFAULT_FILE
    return Call("hp.LifeCycleConfig.on_creation", () if default else (config.on_create,), source)


def _file_system(mount: FileSystemMount) -> Call:
    factory = "lustre" if isinstance(mount, LustreMount) else "openzfs"
    return Call(f"hp.FileSystem.{factory}", named=Surroundings().construction("", mount).named)
