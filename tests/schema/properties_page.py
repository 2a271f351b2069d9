"""Writes docs/properties.md from the rows of the schema: `python -m tests.schema.properties_page`."""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.kinds import Kind, ListOf
from hyperpod_constructs.schema.shapes import OneOf, Property, Shape
from hyperpod_constructs.schema.update import Update
from tests.synth import ROOT

PAGE = ROOT / "docs" / "properties.md"
COMMAND = "python -m tests.schema.properties_page"
_INTRODUCTION = f"""# Properties

Each argument, the property of `AWS::SageMaker::Cluster` and CreateCluster that it becomes, and what
an update does when it changes. Properties have the same names in both, in the order of the API.
Sources: [AWS::SageMaker::Cluster](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html)
and [UpdateCluster](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCluster.html).

<!-- written by `{COMMAND}` -->
"""


OTHER_ARGUMENTS = {
    "security_group_ids": "security_groups",
    "subnets": "vpc_subnets",
    "tags": "cdk.Tags.of(cluster)",
}
"""What `HyperPodCluster` has in place of arguments of `ClusterModel`."""

CONSTRUCT_ARGUMENTS = {
    "vpc": ("`VpcConfig`, with `vpc_subnets`", Update.REPLACES.value),
    "execution_role": ("`ExecutionRole` of each group", Update.NEW_GROUP.value),
    "restrict_network_interfaces": ("policies of the created roles", Update.IN_PLACE.value),
    "restrict_bucket_listing": ("policies of the roles", Update.IN_PLACE.value),
    "source_account_condition": ("trust policy of the created roles", Update.IN_PLACE.value),
    "lifecycle_scripts": (
        "`LifeCycleConfig` of each group",
        f"{Update.IN_PLACE.value} Running nodes do not run the scripts again.",
    ),
    "file_systems": (
        "`InstanceStorageConfigs` of each group; with `Slurm`, the form and a mount step",
        f"{Update.IN_PLACE.value} With `Slurm`, running nodes do not change.",
    ),
}
"""Arguments of `HyperPodCluster` that become no property of the cluster of their own."""

NOTES = {
    (
        ClusterValues,
        "orchestrator",
    ): "`Slurm` can be changed to `ApiDrivenSlurm` in place. Changing "
    "from or to `Eks` replaces the cluster.",
    (
        InstanceGroup,
        "node_type",
    ): "Adding it with the change from `Slurm` to `ApiDrivenSlurm` keeps the group.",
    (
        InstanceGroup,
        "partition",
    ): "With `Slurm`, it is in the form instead, and a running controller "
    "keeps the old partition until it is replaced or patched.",
}
"""What the effect of an update depends on."""


def page() -> str:
    """The page."""
    lines = [_INTRODUCTION]
    for shape in {each.value_type: each for each in shapes(CLUSTER)}.values():
        lines += [
            f"## {shape.value_type.__name__.replace('ClusterValues', 'HyperPodCluster')}\n",
            "| Argument | Property | Required by AWS | Update |",
            "|---|---|---|---|",
            *(_line(path, row, shape) for path, row in shape.properties.flat_rows()),
            *(_construct_lines() if shape is CLUSTER else ()),
            "",
        ]
    return "\n".join(lines)


def shapes(kind: Kind) -> Iterator[Shape]:
    """The shapes within a kind whose values have arguments, outer ones first."""
    match kind:
        case Shape():
            if kind.properties.rows:
                yield kind
            for _, row in kind.properties.flat_rows():
                yield from shapes(row.kind)
        case ListOf():
            yield from shapes(kind.entry)
        case OneOf():
            for inner in kind.kinds.values():
                yield from shapes(inner)


def _line(path: tuple[str, ...], row: Property, shape: Shape) -> str:
    others = OTHER_ARGUMENTS if shape is CLUSTER else {}
    names = [others.get(name, name) for name in row.names or (row.attribute,)]
    arguments = ", ".join(f"`{name}`" for name in names)
    required = "yes" if row.required else "no"
    note = NOTES.get((shape.value_type, row.attribute))
    update = row.update.value if note is None else f"{row.update.value} {note}"
    return f"| {arguments} | `{'.'.join(path)}` | {required} | {update} |"


def _construct_lines() -> Iterator[str]:
    for name, (target, update) in CONSTRUCT_ARGUMENTS.items():
        yield f"| `{name}` | {target} | no | {update} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
