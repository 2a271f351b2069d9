"""What CloudFormation says of stacks."""

import json
from collections.abc import Iterable

from .parameters import shown
from .stack import Stack
from .template import Json


def summaries(stack: Stack) -> Iterable[Json]:
    """What CloudFormation says of the resources of a stack."""
    for name, resource in stack.resources.items():
        yield {
            "StackId": stack.arn,
            "StackName": stack.name,
            "LogicalResourceId": name,
            "PhysicalResourceId": resource.made.physical_id,
            "ResourceType": resource.kind,
            "ResourceStatus": resource.status,
            "ResourceStatusReason": resource.reason,
            "LastUpdatedTimestamp": resource.updated,
            "Timestamp": resource.updated,
            "Metadata": json.dumps(stack.template["Resources"].get(name, {}).get("Metadata", {})),
        }


def description(stack: Stack) -> Json:
    """What CloudFormation says of a stack."""
    return {
        "StackId": stack.arn,
        "StackName": stack.name,
        "Description": stack.template.get("Description"),
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "EnableTerminationProtection": stack.protected,
        "Capabilities": stack.capabilities,
        "Tags": stack.tags,
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in shown(stack.template, stack.parameters).items()
        ],
        "Outputs": stack.outputs,
    }
