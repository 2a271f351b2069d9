"""`AWS::FSx::FileSystem`: Lustre and OpenZFS."""

from typing import Any

from moto.fsx.models import fsx_backends

from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ServiceError
from tests.aws.front.request_validation import validate

from .handler import Handler, Request, resource

LUSTRE_THROUGHPUTS = {125, 250, 500, 1000}


@resource("AWS::FSx::FileSystem")
class FileSystem(Handler):
    replaced_by = (
        ("StorageType",),
        *(
            ("LustreConfiguration", name)
            for name in ("DeploymentType", "ExportPath", "ImportPath", "ImportedFileChunkSize")
        ),
        ("OpenZFSConfiguration", "DeploymentType"),
    )
    """Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-fsx-filesystem.html"""

    def create(self, request: Request) -> Made:
        wanted = _typed(request.properties)
        validate("fsx", "CreateFileSystem", wanted)
        _check_capacity(wanted)
        system = request.client("fsx").create_file_system(**wanted)["FileSystem"]
        name = system["FileSystemId"]
        backend = fsx_backends[request.cloud.account][request.cloud.region]
        stored = backend.file_systems[name]
        attributes = {
            "DNSName": stored.dns_name,
            "ResourceARN": stored.resource_arn,
            "RootVolumeId": f"fsvol-{name.removeprefix('fs-')}",
        }
        if wanted["FileSystemType"] == "LUSTRE":
            attributes["LustreMountName"] = name.removeprefix("fs-")[::-1]
            stored.lustre_configuration = {
                **(stored.lustre_configuration or {}),
                "MountName": attributes["LustreMountName"],
            }
        request.client_of_service("ec2").create_network_interface(
            SubnetId=wanted["SubnetIds"][0],
            Description=f"Created By Amazon FSx for File System {name}",
            **({"Groups": wanted["SecurityGroupIds"]} if "SecurityGroupIds" in wanted else {}),
        )
        return Made(name, attributes)

    def update(self, request: Request, made: Made, old: Json) -> Made:
        if old.get("StorageCapacity", 0) > request.get("StorageCapacity", 0):
            raise ServiceError("BadRequest", "Storage capacity can not be decreased")
        self.refuse_changes(
            request, old, "StorageCapacity", "LustreConfiguration", "OpenZFSConfiguration"
        )
        wanted = _typed(request.properties)
        validate("fsx", "CreateFileSystem", wanted)
        _check_capacity(wanted)
        backend = fsx_backends[request.cloud.account][request.cloud.region]
        stored = backend.file_systems[made.physical_id]
        stored.storage_capacity = wanted["StorageCapacity"]
        if "LustreConfiguration" in wanted:
            stored.lustre_configuration = {
                **(stored.lustre_configuration or {}),
                **wanted["LustreConfiguration"],
            }
        return made

    def delete(self, request: Request, made: Made) -> None:
        ec2 = request.client_of_service("ec2")
        request.client("fsx").delete_file_system(FileSystemId=made.physical_id)
        for interface in ec2.describe_network_interfaces(
            Filters=[{"Name": "description", "Values": [f"*{made.physical_id}"]}]
        )["NetworkInterfaces"]:
            ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])


def _check_capacity(wanted: Json) -> None:
    if wanted["FileSystemType"] == "LUSTRE":
        configuration = wanted.get("LustreConfiguration", {})
        capacity = wanted.get("StorageCapacity", 0)
        if capacity != 1200 and (capacity == 0 or capacity % 2400):
            raise ServiceError("BadRequest", f"Invalid storage capacity {capacity} GiB for Lustre")
        persistent = configuration.get("DeploymentType") == "PERSISTENT_2"
        if persistent and configuration.get("PerUnitStorageThroughput") not in LUSTRE_THROUGHPUTS:
            raise ServiceError("BadRequest", "Invalid PerUnitStorageThroughput for PERSISTENT_2")
    elif wanted["FileSystemType"] == "OPENZFS":
        configuration = wanted.get("OpenZFSConfiguration", {})
        if not {"DeploymentType", "ThroughputCapacity"} <= configuration.keys():
            raise ServiceError("BadRequest", "DeploymentType and ThroughputCapacity are required")
        if wanted.get("StorageCapacity", 0) < 64:
            raise ServiceError("BadRequest", "StorageCapacity must be at least 64 GiB")
    else:
        raise ServiceError("BadRequest", f"the emulator has no {wanted['FileSystemType']}")


def _typed(value: Any) -> Any:
    """Numbers and booleans, where a template has them as strings."""
    match value:
        case dict():
            return {name: _typed(item) for name, item in value.items()}
        case list():
            return [_typed(item) for item in value]
        case "true" | "false":
            return value == "true"
    return value
