"""Prints what the synthesized app would deploy: `python -m sample_app.summary cdk.out`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Resources = dict[str, dict[str, Any]]


def main(assembly: Path) -> None:
    """Prints every cluster of a cloud assembly.

    Args:
        assembly: Folder that `cdk synth` wrote.
    """
    for path in sorted(assembly.glob("*.template.json")):
        resources = json.loads(path.read_text())["Resources"]
        for cluster in of_type(resources, "AWS::SageMaker::Cluster").values():
            print("\n".join(summary(path.name, cluster["Properties"], resources, assembly)))
    print(f"\nTemplates, assets and manifest: {assembly.resolve()}")


def summary(
    template: str, cluster: dict[str, Any], resources: Resources, assembly: Path
) -> Iterator[str]:
    """The lines about one cluster."""
    form = provisioning_form(resources)
    yield f"\nCluster {cluster.get('ClusterName', '(name chosen by CloudFormation)')} in {template}"
    yield from section("Instance groups", instance_groups(cluster, form))
    yield from section("Network", network(cluster, resources))
    yield from section("Storage", storage(resources))
    yield from section("Roles", roles(cluster, resources))
    yield from section("S3", s3_layout(resources, assembly))


def section(title: str, rows: list[list[str]]) -> Iterator[str]:
    """A title and a table."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    yield f"\n  {title}"
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"    {'  '.join(cells).rstrip()}"


def instance_groups(cluster: dict[str, Any], form: dict[str, Any]) -> list[list[str]]:
    """Name, role in Slurm, type, count and partition of each group."""
    partitions = {
        worker["instance_group_name"]: worker["partition_name"]
        for worker in form.get("worker_groups", [])
    }
    node_types = {
        form.get("controller_group"): "controller",
        form.get("login_group"): "login",
        **dict.fromkeys(partitions, "worker"),
    }
    return [["NAME", "ROLE", "TYPE", "COUNT", "PARTITION"]] + [
        [
            name := text(group["InstanceGroupName"]),
            node_types.get(name, "-"),
            text(group["InstanceType"]),
            text(group["InstanceCount"]),
            partitions.get(name, "-"),
        ]
        for group in cluster["InstanceGroups"]
    ]


def network(cluster: dict[str, Any], resources: Resources) -> list[list[str]]:
    """Where the nodes are, and how they reach the rest of the world."""
    vpc_config = cluster["VpcConfig"]
    endpoints = of_type(resources, "AWS::EC2::VPCEndpoint").values()
    return [
        ["subnets", ", ".join(map(text, vpc_config["Subnets"]))],
        ["security groups", ", ".join(map(text, vpc_config["SecurityGroupIds"]))],
        ["NAT gateways", str(len(of_type(resources, "AWS::EC2::NatGateway")))],
        [
            "VPC endpoints",
            ", ".join(text(endpoint["Properties"]["ServiceName"]) for endpoint in endpoints)
            or "none in this template",
        ],
    ]


def storage(resources: Resources) -> list[list[str]]:
    """File systems of the template."""
    return [
        [
            f"FSx for {system['Properties']['FileSystemType'].capitalize()}",
            f"{system['Properties'].get('StorageCapacity', '?')} GiB",
            name,
        ]
        for name, system in of_type(resources, "AWS::FSx::FileSystem").items()
    ] or [["no file system in this template"]]


def roles(cluster: dict[str, Any], resources: Resources) -> list[list[str]]:
    """The role of each group, and how many statements it starts with."""
    groups: dict[str, list[str]] = {}
    for group in cluster["InstanceGroups"]:
        groups.setdefault(text(group["ExecutionRole"]), []).append(group["InstanceGroupName"])
    return [
        [role, f"for {', '.join(names)}", statements(resources, role)]
        for role, names in groups.items()
    ]


def statements(resources: Resources, role: str) -> str:
    """The number of statements within a role of the template."""
    policies = (
        resources.get(role.strip("<>").partition(".")[0], {})
        .get("Properties", {})
        .get("Policies", [])
    )
    count = sum(len(policy["PolicyDocument"]["Statement"]) for policy in policies)
    return f"{count} statements" if count else "not of this template"


def s3_layout(resources: Resources, assembly: Path) -> list[list[str]]:
    """The objects that nodes will find."""
    rows = []
    for deployment in of_type(resources, "Custom::CDKBucketDeployment").values():
        properties = deployment["Properties"]
        bucket = properties["DestinationBucketName"]
        named = resources.get(bucket.get("Ref", ""), {}).get("Properties", {}).get("BucketName")
        where = f"s3://{text(named or bucket)}/{properties.get('DestinationBucketKeyPrefix', '')}"
        rows.append([where])
        for key in properties["SourceObjectKeys"]:
            folder = assembly / f"asset.{text(key).removesuffix('.zip')}"
            rows += [
                [f"  {path.relative_to(folder).as_posix()}"]
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            ]
    return rows or [["nothing is uploaded by this template"]]


def provisioning_form(resources: Resources) -> dict[str, Any]:
    """The form, as the template writes it."""
    for deployment in of_type(resources, "Custom::CDKBucketDeployment").values():
        for markers in deployment["Properties"].get("SourceMarkers", []):
            for content in markers.values():
                if '"workload_manager"' in text(content):
                    form: dict[str, Any] = json.loads(text(content))
                    return form
    return {}


def of_type(resources: Resources, kind: str) -> Resources:
    """The resources of a type, by logical id."""
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def text(value: object) -> str:
    """A value of a template, with `<LogicalId.Attribute>` for what CloudFormation fills in."""
    match value:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(text, parts))
        case {"Fn::Sub": template}:
            return str(template)
        case dict():
            return json.dumps(value)
        case _:
            return str(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
