"""From `provisioning_params.json` to a topology in the request.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Slurm, SlurmConfigStrategy
from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES, ProvisioningParams

from .notes import Chapter, Note

_PARTITION = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


def api_driven(
    model: ClusterModel, form: ProvisioningParams
) -> tuple[ClusterModel, tuple[Note, ...]]:
    """The same cluster with its topology in the request, and what a person has to know.

    Args:
        model: The cluster, its groups with the node types and partitions of the form.
        form: The form.
    """
    names = _partition_names(group.partition for group in model.instance_groups)
    migrated = replace(
        model,
        orchestrator=ApiDrivenSlurm(strategy=SlurmConfigStrategy.MERGE),
        instance_groups=tuple(
            replace(
                group,
                partition=names.get(group.partition or "", group.partition),
                count=_count(group),
                file_systems=(*group.file_systems, *model.file_systems),
            )
            for group in model.instance_groups
        ),
        file_systems=(),
        provisioning_params=None,
    )
    return migrated, (*_changes(model, form, names), *_losses(form), *_to_do(model))


def form_losses(model: ClusterModel, form: ProvisioningParams) -> tuple[Note, ...]:
    """The fields of a form that the one made from the groups will not have."""
    made = Slurm(
        slurm_configurations=form.slurm_configurations,
    ).provisioning_params(model.instance_groups, model.file_systems)
    return tuple(_extra_fields(form)) + tuple(
        Note(
            Chapter.LOST,
            f"provisioning_params.{name}",
            f"{value!r} becomes {made.to_dict().get(name)!r} in the form that the app writes",
        )
        for name, value in form.to_dict().items()
        if name not in form.extra
        and name not in ("worker_groups", "slurm_configurations")
        and made.to_dict().get(name) != value
    )


def _count(group: InstanceGroup) -> int:
    return 1 if group.node_type is NodeType.CONTROLLER else group.count


def _partition_names(partitions: Iterable[str | None]) -> dict[str, str]:
    """Names that `PartitionNames` allows for those that it does not, no two of them the same."""
    found = dict.fromkeys(filter(None, partitions))
    taken = {name for name in found if _PARTITION.fullmatch(name)}
    names: dict[str, str] = {}
    for name in found:
        if name not in taken:
            legal = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")
            number = 2
            unique = legal
            while unique in taken:
                unique, number = f"{legal}-{number}", number + 1
            taken.add(unique)
            names[name] = unique
    return names


def _changes(
    model: ClusterModel, form: ProvisioningParams, names: dict[str, str]
) -> Iterator[Note]:
    for old, new in names.items():
        yield Note(
            Chapter.CHANGED,
            f"partition {old}",
            f"is {new} now: the request allows letters, digits and hyphens; change "
            f"`#SBATCH --partition={old}` in job scripts",
        )
    for group in model.instance_groups:
        if group.count != _count(group):
            yield Note(
                Chapter.CHANGED,
                f"instance group {group.name}",
                f"has 1 instance now, not {group.count}: several controllers are only possible "
                "with provisioning_params.json",
            )
    for mount in model.file_systems:
        yield Note(
            Chapter.CHANGED,
            f"file system {mount.dns_name}",
            f"stands in the request of every group now, for {mount.mount_path}. Only nodes that "
            "are made later get it: scale a group to 0 and back",
        )
    if form.slurm_configurations is not None:
        yield Note(
            Chapter.CHANGED,
            "accounting",
            f"moves from {form.slurm_configurations.slurm_database_endpoint} to the controller; a "
            "database of one's own needs ApiDrivenSlurm(accounting_database=...) with continuous "
            "provisioning",
        )


def _losses(form: ProvisioningParams) -> Iterator[Note]:
    if form.slurm_configurations is not None:
        for name, value in form.slurm_configurations.to_dict().items():
            yield Note(
                Chapter.LOST,
                f"provisioning_params.slurm_configurations.{name}",
                f"{value!r} is about several controllers (multi-head), which need the form",
            )
    yield from _extra_fields(form)


def _extra_fields(form: ProvisioningParams) -> Iterator[Note]:
    fields = {f"provisioning_params.{name}": value for name, value in form.extra.items()}
    for index, group in enumerate(form.worker_groups):
        fields |= {
            f"provisioning_params.worker_groups[{index}].{name}": value
            for name, value in group.extra.items()
        }
    for name, value in fields.items():
        yield Note(
            Chapter.LOST,
            name,
            f"{value!r} is no field of the form; see whether the lifecycle scripts read it, and "
            "write it into them",
        )


def _to_do(model: ClusterModel) -> Iterator[Note]:
    sources = dict.fromkeys(
        str(group.life_cycle_config.source_s3_uri).rstrip("/")
        for group in model.instance_groups
        if group.life_cycle_config is not None and group.life_cycle_config.source_s3_uri
    )
    for source in sources:
        yield Note(
            Chapter.TO_DO,
            source,
            f"delete {' and '.join(FORM_NAMES)} there: HyperPod refuses a request with SlurmConfig "
            "while one of them is below the SourceS3Uri of any group",
        )
        yield Note(
            Chapter.TO_DO,
            source,
            "take out of the scripts what reads the form, as lifecycle_script.py of AWS's "
            "base-config does: it would stop there. The pages of AWS disagree whether HyperPod "
            "starts Slurm and mounts file systems beside OnCreate. It does beside OnInitComplete: "
            "pass on_init_complete= to LifecycleScripts.from_bucket once the script only adds to "
            "the node",
        )
    yield Note(
        Chapter.TO_DO,
        "machine images",
        "HyperPod's image of January 2026 or newer is needed on every group: "
        "aws sagemaker update-cluster-software",
    )
    yield Note(
        Chapter.TO_DO,
        "no way back",
        "SlurmConfig cannot be taken out of a cluster again; try it on a copy",
    )
