"""Statements that allow reading an account.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Iterator, Mapping, Sequence

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.policy_document import Statement

_RESOURCES: Mapping[str, str] = {
    "cloudformation:ListStackResources": "arn:{partition}:cloudformation:{region}:{account}:stack/*/*",
    "ec2:DescribeVpcAttribute": "arn:{partition}:ec2:{region}:{account}:vpc/*",
    "eks:DescribeCluster": "arn:{partition}:eks:{region}:{account}:cluster/*",
    "eks:ListAddons": "arn:{partition}:eks:{region}:{account}:cluster/*",
    "iam:GetRole": "arn:{partition}:iam::{account}:role/*",
    "iam:SimulatePrincipalPolicy": "arn:{partition}:iam::{account}:role/*",
    "kms:DescribeKey": "arn:{partition}:kms:{region}:{account}:key/*",
    "kms:GetKeyPolicy": "arn:{partition}:kms:{region}:{account}:key/*",
    "s3:GetBucketPolicy": "arn:{partition}:s3:::*",
    "s3:ListBucket": "arn:{partition}:s3:::*",
    "sagemaker:DescribeCluster": "arn:{partition}:sagemaker:{region}:{account}:cluster/*",
    "sagemaker:DescribeTrainingPlan": "arn:{partition}:sagemaker:{region}:{account}:training-plan/*",
}
"""Resources of the actions that IAM can limit to resources."""


def reading_statements(actions: Sequence[str], environment: Environment) -> Iterator[Statement]:
    """Statements that allow actions, one for each kind of resource."""
    place = environment._asdict()
    by_resource: dict[str, list[str]] = {}
    for action in actions:
        resource = _RESOURCES.get(action, "*").format(**place)
        by_resource.setdefault(resource, []).append(action)
    for resource, several in by_resource.items():
        kind = "" if resource == "*" else resource.split(":")[2]
        names = {
            "": "Lists",
            "cloudformation": "Stacks",
            "ec2": "Networks",
            "iam": "Roles",
            "kms": "Keys",
            "s3": "Buckets",
        }
        if kind == "sagemaker":
            name = "TrainingPlans" if "training-plan" in resource else "Clusters"
        else:
            name = names.get(kind, f"{kind.capitalize()}Resources")
        yield Statement(f"Read{name}", sorted(several), [resource])
