"""Policies that are part of the roles of pods.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam

PolicyStatement = Mapping[str, Any]
"""A statement as IAM writes it, of which a document takes all in one call to Node.js."""


def allow(
    actions: Sequence[str], resources: Sequence[str], **conditions: object
) -> PolicyStatement:
    """A statement that allows actions.

    Args:
        actions: The actions, with their service.
        resources: ARNs of the resources, or `*` for actions that cannot be limited.
        conditions: Condition keys and values, by operator.
    """
    condition = {"Condition": conditions} if conditions else {}
    return {"Effect": "Allow", "Action": [*actions], "Resource": [*resources], **condition}


def inline_policies(
    statements: Sequence[PolicyStatement],
) -> Mapping[str, iam.PolicyDocument] | None:
    """Statements as a policy that is part of a role."""
    if not statements:
        return None
    return {"Statements": iam.PolicyDocument.from_json({"Statement": [*statements]})}
