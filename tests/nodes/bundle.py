"""What a cloud assembly would leave in S3 for the nodes, byte for byte, and which nodes there are."""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from tests.aws.cloudformation.template import Json, Made, Resolver

REGION = "us-west-2"
MOUNT_NAME = "abcdefgh"
_PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
    "AWS::StackId": "stack",
}


@dataclass(frozen=True)
class Group:
    """An instance group of the cluster."""

    name: str
    instance_type: str
    count: int
    on_create: str


@dataclass(frozen=True)
class FileSystem:
    """A file system of the template.

    Attributes:
        kind: Its type.
        dns_name: Its name.
        source: What a kernel that has mounted it says it is.
    """

    kind: str
    dns_name: str
    source: str


@dataclass(frozen=True)
class Bundle:
    """A cluster, and what its nodes read.

    Attributes:
        cluster_name: Name of the cluster.
        groups: Its groups.
        place: Bucket and key prefix of the files.
        files: What lies there, by name.
        file_systems: The file systems of the template.
        topology: What a request says of Slurm in place of the form, in the words of the form.
    """

    cluster_name: str
    groups: list[Group]
    place: str
    files: dict[str, bytes]
    file_systems: list[FileSystem]
    topology: Json | None = None

    @property
    def form(self) -> Json:
        """What groups are in Slurm: the form as nodes read it, or the request."""
        if self.topology is not None:
            return self.topology
        form: Json = json.loads(self.files["provisioning_params.json"])
        return form

    @property
    def steps(self) -> Json:
        """What else nodes do."""
        steps: Json = json.loads(self.files.get("steps.json", "{}"))
        return steps

    def with_files(self, **files: str | None) -> Self:
        """The same with other files; a file that is None is left out.

        A dot in a name is written as two underscores.
        """
        named = {name.replace("__", "."): content for name, content in files.items()}
        kept = {name: content for name, content in self.files.items() if name not in named}
        added = {name: content.encode() for name, content in named.items() if content is not None}
        return replace(self, files={**kept, **added})


def read(assembly: Path, values: Mapping[str, str] | None = None) -> Bundle:
    """Reads the one template with a cluster that an assembly has.

    Args:
        assembly: The folder `cdk.out`.
        values: Deploy-time values of resources other than file systems and buckets, as
            `<logical id>` or `<logical id>.<attribute>`.
    """
    (template,) = (
        template
        for template in _templates(assembly)
        if any(_of_type(template, "AWS::SageMaker::Cluster"))
    )
    resolver = Resolver(
        template, _PSEUDO, _made(template, values or {}), exports=str, outputs=_none, zones=list
    )
    ((cluster, _),) = _of_type(template, "AWS::SageMaker::Cluster")
    # The users follow, for nodes that run.
    upload, *_ = (name for name, _ in _of_type(template, "Custom::CDKBucketDeployment"))
    properties = template["Resources"][cluster]["Properties"]
    upload_properties = resolver.properties(upload)
    return Bundle(
        cluster_name=str(properties.get("ClusterName", cluster)),
        groups=[
            Group(
                group["InstanceGroupName"],
                group["InstanceType"],
                int(group["InstanceCount"]),
                group["LifeCycleConfig"]["OnCreate"],
            )
            for group in properties["InstanceGroups"]
        ],
        place="/".join(
            upload_properties[f"DestinationBucket{name}"] for name in ("Name", "KeyPrefix")
        ),
        files=_files(assembly, template, upload_properties),
        file_systems=[
            _file_system(name, resource["Properties"]["FileSystemType"])
            for name, resource in _of_type(template, "AWS::FSx::FileSystem")
        ],
    )


def _templates(assembly: Path) -> Iterator[Json]:
    for path in assembly.glob("*.template.json"):
        yield json.loads(path.read_text())


def _of_type(template: Json, kind: str) -> Iterator[tuple[str, Json]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource


def _made(template: Json, values: Mapping[str, str]) -> dict[str, Made]:
    made = {}
    for name, resource in template["Resources"].items():
        prefix = f"{name}."
        given = {
            key.removeprefix(prefix): value
            for key, value in values.items()
            if key.startswith(prefix)
        }
        if resource["Type"] == "AWS::FSx::FileSystem":
            attributes = {"DNSName": _dns_name(name), "LustreMountName": MOUNT_NAME}
            made[name] = Made(_file_system_id(name), attributes)
        elif resource["Type"] == "AWS::Lambda::Function":
            made[name] = Made(name, {"Arn": name})
        else:
            made[name] = Made(values.get(name, name.lower()), given)
    return made


def _file_system_id(logical_id: str) -> str:
    return f"fs-0{logical_id.lower()}"


def _dns_name(logical_id: str) -> str:
    return f"{_file_system_id(logical_id)}.fsx.{REGION}.amazonaws.com"


def _file_system(logical_id: str, kind: str) -> FileSystem:
    dns_name = _dns_name(logical_id)
    source = f"{{address}}@tcp:/{MOUNT_NAME}" if kind == "LUSTRE" else f"{dns_name}:/fsx"
    return FileSystem(kind, dns_name, source)


def _none(stack: str, name: str) -> str:
    raise LookupError(f"{name} of {stack}")


def _files(assembly: Path, template: Json, upload: Json) -> dict[str, bytes]:
    """The sources in their order, later ones over earlier ones, as the function uploads them."""
    code = template["Resources"][upload["ServiceToken"]]["Properties"]["Code"]["S3Key"]
    function = _load(_asset(assembly, code) / "index.py")
    files = {}
    for key, markers, config in zip(
        upload["SourceObjectKeys"],
        upload["SourceMarkers"],
        upload["SourceMarkersConfig"],
        strict=True,
    ):
        folder = _asset(assembly, key)
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            files[str(path.relative_to(folder))] = _filled(function, path, markers, config)
    return files


def _asset(assembly: Path, key: str) -> Path:
    return assembly / f"asset.{key.removesuffix('.zip')}"


def _filled(function: ModuleType, path: Path, markers: Json, config: Json) -> bytes:
    """The content of a file, its markers replaced by the function's own code."""
    content = path.read_bytes()
    if not markers:
        return content
    copy = path.with_name(f".{path.name}.filled")
    copy.write_bytes(content)
    try:
        function.replace_markers(str(copy), markers, config)
        return copy.read_bytes()
    finally:
        copy.unlink()


def _load(path: Path) -> Any:
    """The code of the function that uploads, as a module."""
    import os

    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    specification = importlib.util.spec_from_file_location("bucket_deployment", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
