"""Writes docs/operations.md from the table of operations: `python -m tests.permissions.operations_page`."""

from collections.abc import Iterator

from hyperpod_constructs.permissions.operations import OPERATIONS, Dependency, Operation
from tests.synth import ROOT

PAGE = ROOT / "docs" / "operations.md"
COMMAND = "python -m tests.permissions.operations_page"
_INTRODUCTION = f"""# Operations

What you can do with HyperPod, with the operation of the API, the command of the AWS CLI, the method
of `boto3.client("sagemaker")`, and the method that grants it; see
[Grant access to a cluster](guides/access.md). The IAM action has the name of the operation, such as
`sagemaker:DescribeCluster`. Sources:
[SageMaker HyperPod references](https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html),
whose table names a cluster as the resource of `ListClusters`, which IAM does not support, and
[Actions, resources, and condition keys for Amazon SageMaker AI](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html).

<!-- written by `{COMMAND}` -->
"""
_PERMISSIONS = """
## Resources and condition keys

Resources without a note are required. Actions on `*` cannot be limited to resources. All resource types support
`aws:ResourceTag/${TagKey}` and `sagemaker:ResourceTag/${TagKey}`. The ID of a cluster, the last part
of its ARN, is generated, so a policy that is written before the cluster exists requires `cluster/*`,
and a condition on a tag.
"""
_UNDOCUMENTED = """
The Service Authorization Reference does not list the actions that are marked with ¹. Their resource
is the cluster that the request names, and no method but `actions` grants them.
"""
_DEPENDENCIES = """
## Additional permissions

What operations require in addition, when, and how it is granted.
"""


def page() -> str:
    """The page."""
    rows = OPERATIONS.values()
    return "\n".join(
        [
            _INTRODUCTION,
            "| I want to | Operation | AWS CLI | Boto3 | Granted by |",
            "|---|---|---|---|---|",
            *(
                f"| {row.purpose} | {row.name} | `{row.cli}` | `{row.boto3}` | `{row.verb}` |"
                for row in rows
            ),
            _PERMISSIONS,
            "| Action | Resources | Condition keys |",
            "|---|---|---|",
            *map(_permission, rows),
            _UNDOCUMENTED + _DEPENDENCIES,
            "| Operation | Additional actions | On | When | Granted |",
            "|---|---|---|---|---|",
            *(line for row in rows for line in _dependencies(row)),
            "",
        ]
    )


def _permission(row: Operation) -> str:
    resources = [
        *(f"`{each}`" for each in row.resources),
        *(f"`{each}` (if named)" for each in row.optional_resources),
    ]
    mark = "" if row.documented else " ¹"
    return (
        f"| `{row.action}`{mark} | {', '.join(resources) or '`*`'} | {_codes(row.condition_keys)} |"
    )


def _dependencies(row: Operation) -> Iterator[str]:
    for each in row.dependencies:
        yield f"| {row.name} | {_dependency(each)} |"


def _dependency(each: Dependency) -> str:
    return f"{_codes(each.actions)} | {each.resource} | {each.when} | {each.granted}"


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
