"""What policies allow.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

CONTEXT = {"aws:SecureTransport": "true"}


def allowed(
    policies: Iterable[Mapping[str, Any]],
    action: str,
    resource: str,
    context: Mapping[str, str] = CONTEXT,
) -> bool:
    """Whether policies allow an action: some statement does, and none denies it."""
    effects = set(effects_on(policies, action, resource, context))
    return "Allow" in effects and "Deny" not in effects


def effects_on(
    policies: Iterable[Mapping[str, Any]],
    action: str,
    resource: str,
    context: Mapping[str, str] = CONTEXT,
) -> Iterable[str]:
    """The effects of the statements about an action."""
    for policy in policies:
        for statement in _listed(policy["Statement"]):
            if (
                _concerns(statement, "Action", action, str.lower)
                and _concerns(statement, "Resource", resource, str)
                and _holds(statement.get("Condition", {}), context)
            ):
                yield statement["Effect"]


def policies_of(iam: Any, role: str) -> list[Mapping[str, Any]]:
    """The policies of a role, those in it and those attached to it."""
    found = [
        _document(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        found.append(_document(document["Document"]))
    return found


def trusts(iam: Any, role: str, service: str) -> bool:
    """Whether a service may assume a role, which need not exist."""
    try:
        document = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return False
        raise
    return any(
        statement["Effect"] == "Allow"
        and service in _listed(statement.get("Principal", {}).get("Service", []))
        and "sts:AssumeRole" in _listed(statement["Action"])
        for statement in _listed(_document(document)["Statement"])
    )


def _document(document: Any) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = (
        json.loads(unquote(document)) if isinstance(document, str) else document
    )
    return loaded


def _concerns(statement: Mapping[str, Any], element: str, value: str, fold: Any) -> bool:
    def matches(patterns: Any) -> bool:
        return any(fnmatchcase(fold(value), fold(pattern)) for pattern in _listed(patterns))

    if f"Not{element}" in statement:
        return not matches(statement[f"Not{element}"])
    return matches(statement.get(element, []))


def _holds(conditions: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    for operator, tests in conditions.items():
        negated = "Not" in operator
        for key, patterns in tests.items():
            if key in context:
                matched = any(
                    fnmatchcase(context[key], str(pattern)) for pattern in _listed(patterns)
                )
                if matched is negated:
                    return False
            elif not negated:
                return False
    return True


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
