"""What the template of a cluster says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from tests.synth import CONTEXT, make_stack, resources_of


def cluster_resource(stack: cdk.Stack) -> dict[str, Any]:
    return next(iter(resources_of(stack, "AWS::SageMaker::Cluster").values()))


def properties(stack: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = cluster_resource(stack)["Properties"]
    return found


def groups_of(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    return {group["InstanceGroupName"]: group for group in properties(stack)["InstanceGroups"]}


def resource_below(construct: Any) -> cdk.CfnResource:
    """The resource that a construct makes."""
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    return resource


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions_of(stack: cdk.Stack, role: str) -> set[str]:
    """Every action that a role is allowed, in itself or by a policy."""
    documents = [
        policy["PolicyDocument"]
        for name, resource in resources_of(stack, "AWS::IAM::Role").items()
        if role in name
        for policy in resource["Properties"].get("Policies", [])
    ]
    documents += [
        resource["Properties"]["PolicyDocument"]
        for name, resource in resources_of(stack, "AWS::IAM::Policy").items()
        if role in name
    ]
    return {
        action
        for document in documents
        for statement in document["Statement"]
        for action in as_list(statement["Action"])
    }


def upload(stack: cdk.Stack) -> dict[str, Any]:
    """The resource that uploads the scripts."""
    deployments = resources_of(stack, "Custom::CDKBucketDeployment")
    found: dict[str, Any] = next(iter(deployments.values()))["Properties"]
    return found


def prefix_of(folder: Path, make: Callable[[cdk.Stack], Any]) -> str:
    """Where a cluster uploads its scripts, if it is made in an app of its own."""
    number = sum(1 for _ in folder.glob("app*"))
    stack = make_stack(cdk.App(context=CONTEXT, outdir=str(folder / f"app{number}")), "Stack")
    make(stack)
    prefix: str = upload(stack)["DestinationBucketKeyPrefix"]
    return prefix


def uploaded_files(stack: cdk.Stack, outdir: Path) -> dict[str, bytes]:
    """What CDK's handler writes: each source over the one before it, markers replaced."""
    files: dict[str, bytes] = {}
    found = upload(stack)
    for key, markers in zip(found["SourceObjectKeys"], found["SourceMarkers"], strict=True):
        folder = outdir / f"asset.{key.removesuffix('.zip')}"
        for path in folder.rglob("*"):
            if path.is_file():
                content = path.read_text()
                for marker, value in markers.items():
                    content = content.replace(marker, str(value))
                files[path.relative_to(folder).as_posix()] = content.encode()
    return files


def policies(stack: cdk.Stack) -> dict[str, list[dict[str, Any]]]:
    """Statements of the policies beside the roles, by node type or logical id of the policy."""
    found = {}
    for name, policy in resources_of(stack, "AWS::IAM::Policy").items():
        node_type = name.removeprefix("ClusterExecutionRoles").partition("DefaultPolicy")[0]
        found[node_type] = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def allowed(statements: list[dict[str, Any]], action: str) -> list[Any]:
    """The resources of an action, as the template names them."""
    found = []
    for statement in statements:
        if action in statement["Action"]:
            resource = statement["Resource"]
            found += resource if isinstance(resource, list) else [resource]
    return found
