"""File systems and lifecycle scripts of a cluster."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hyperpod_constructs.checks.template_resources import Resources, UnfollowedError
from hyperpod_constructs.checks.uploads import Upload
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.groups.storage import FileSystemMount, LustreMount
from hyperpod_constructs.schema.json_values import items_of, object_of, value_at

from .description import FileSystemDescription, ScriptsDescription
from .groups import entries_of
from .values import readable
from .volumes import claims_by_file_system

_FILE_SYSTEM = "AWS::FSx::FileSystem"
_KINDS = {"LUSTRE": "FSx for Lustre", "OPENZFS": "FSx for OpenZFS"}


def describe_file_systems(
    model: ClusterModel, template: Mapping[str, Any] | None, own: Mapping[str, Any] | None
) -> Iterator[FileSystemDescription]:
    """File systems that nodes mount, and others of the template.

    Args:
        model: The cluster.
        template: Template of the cluster, with the resources of the other templates of its app.
        own: Template of the cluster alone.
    """
    mounts = list(dict.fromkeys([*_all_mounts(model)]))
    found: set[FileSystemMount] = set()
    claims = claims_by_file_system(template)
    for logical_id, properties in _of_type(template):
        its = [each for each in mounts if _is_of(each, logical_id)]
        found.update(its)
        of_pods = claims.get(logical_id, ())
        if not its and not of_pods and value_at(own, "Resources", logical_id) is None:
            continue
        yield FileSystemDescription(
            name=logical_id,
            kind=_kind(properties),
            use=_use(its, of_pods),
        )
    for mount in mounts:
        if mount not in found:
            kind = "FSx for Lustre" if isinstance(mount, LustreMount) else "FSx for OpenZFS"
            yield FileSystemDescription(name=readable(mount.dns_name), kind=kind, use=_use([mount]))
    shared = model.shared_environment
    if shared is not None:
        yield FileSystemDescription(
            name="restricted environment",
            kind=f"FSx for Lustre, {readable(shared.lustre.size_gib)} GiB",
            use="shared by the restricted groups",
        )


def describe_scripts(
    request: Mapping[str, Any], upload: Upload | None
) -> Iterator[ScriptsDescription]:
    """Lifecycle scripts of the groups, each S3 URI once."""
    uris = dict.fromkeys(
        readable(uri).rstrip("/")
        for group in items_of(request.get("InstanceGroups"))
        if (uri := value_at(group, "LifeCycleConfig", "SourceS3Uri")) is not None
    )
    for uri in uris:
        if upload is None or readable(upload.uri) != uri:
            yield ScriptsDescription(uri=uri)
        else:
            yield ScriptsDescription(
                uri=uri,
                digest=upload.prefix.rpartition("/")[2],
                files=len(upload.files()) if upload.is_complete else None,
            )


def _is_of(mount: FileSystemMount, logical_id: str) -> bool:
    return readable(mount.dns_name).startswith((f"<{logical_id}>", f"<{logical_id}."))


def _use(mounts: Sequence[FileSystemMount], claims: Sequence[str] = ()) -> str:
    paths = ", ".join(dict.fromkeys(readable(each.mount_path) for each in mounts))
    uses = [f"mounted at {paths}"] if paths else []
    if claims:
        uses.append(f"{'claim' if len(claims) == 1 else 'claims'} {', '.join(claims)}")
    return "; ".join(uses) or "not mounted by this cluster"


def _all_mounts(model: ClusterModel) -> Sequence[FileSystemMount]:
    groups = entries_of(model.instance_groups)
    return [
        *entries_of_mounts(model.file_systems),
        *(mount for group in groups for mount in getattr(group, "file_systems", ())),
    ]


def entries_of_mounts(mounts: Any) -> Sequence[FileSystemMount]:
    """The mounts that are known."""
    return [each for each in mounts if isinstance(getattr(each, "dns_name", None), str)]


def _kind(properties: Mapping[str, Any]) -> str:
    written = readable(properties.get("FileSystemType", "?"))
    kind = _KINDS.get(written, f"FSx {written}")
    size = properties.get("StorageCapacity")
    deployment = object_of(
        properties.get("LustreConfiguration", properties.get("OpenZFSConfiguration"))
    ).get("DeploymentType")
    parts = [kind]
    if size is not None:
        parts.append(f"{readable(size)} GiB")
    if deployment is not None:
        parts.append(readable(deployment))
    return ", ".join(parts)


def _of_type(template: Mapping[str, Any] | None) -> list[tuple[str, Mapping[str, Any]]]:
    with suppress(UnfollowedError):
        return list(Resources(template or {}).of_type(_FILE_SYSTEM))
    return []
