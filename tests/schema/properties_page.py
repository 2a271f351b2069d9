"""Writes docs/properties.md from the rows of the schema: `python -m tests.schema.properties_page`."""

from collections.abc import Iterator

from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.kinds import Kind, ListOf
from hyperpod_constructs.schema.shapes import OneOf, Property, Shape
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


def page() -> str:
    """The page."""
    lines = [_INTRODUCTION]
    for shape in {each.value_type: each for each in shapes(CLUSTER)}.values():
        lines += [
            f"## {shape.value_type.__name__.replace('ClusterValues', 'HyperPodCluster')}\n",
            "| Argument | Property | Required by AWS | Update |",
            "|---|---|---|---|",
            *(_line(path, row, shape) for path, row in shape.properties.flat_rows()),
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
    return f"| {arguments} | `{'.'.join(path)}` | {required} | {row.update.value} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
