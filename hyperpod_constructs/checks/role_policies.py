"""Policies of the roles of a template."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .assembly import flat_text
from .template_resources import Resources, known_list, known_objects

ROLE = "AWS::IAM::Role"
_MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
_ATTACHED = (("AWS::IAM::Policy", "Roles"), (_MANAGED_POLICY, "Roles"))


@dataclass(frozen=True)
class RolePolicies:
    """Policies of a role.

    Attributes:
        documents: Policy documents in the template.
        other_arns: ARNs of managed policies that are not in the template.
    """

    documents: tuple[Mapping[str, Any], ...]
    other_arns: tuple[Any, ...]

    def statements(self) -> Iterator[Mapping[str, Any]]:
        """Statements of all documents.

        Raises:
            UnfollowedError: If only the deployment knows them.
        """
        for document in self.documents:
            yield from known_objects(document.get("Statement"))


def role_policies(resources: Resources, logical_id: str) -> RolePolicies:
    """Policies of a role of a template: its own, and those attached to it.

    Raises:
        UnfollowedError: If only the deployment knows them.
    """
    role = resources.properties(logical_id, ROLE) or {}
    documents = [policy.get("PolicyDocument") for policy in known_objects(role.get("Policies"))]
    other_arns = []
    for arn in known_list(role.get("ManagedPolicyArns")):
        document = managed_policy(resources, arn)
        if document is None:
            other_arns.append(arn)
        else:
            documents.append(document)
    for kind, key in (*_ATTACHED, ("AWS::IAM::RolePolicy", "RoleName")):
        documents += [
            policy.get("PolicyDocument")
            for _, policy in resources.of_type(kind)
            if logical_id in resources.referred_in(policy.get(key))
        ]
    return RolePolicies(
        tuple(each for document in documents for each in known_objects(document)),
        tuple(other_arns),
    )


def managed_policy(resources: Resources, arn: Any) -> Any:
    """Document of a managed policy; None if it is not in the template.

    Raises:
        UnfollowedError: If only the deployment knows which policy it is.
    """
    if is_of_aws(arn):
        return None
    own = resources.properties(resources.referred(arn), _MANAGED_POLICY)
    return None if own is None else own.get("PolicyDocument")


def is_of_aws(arn: Any) -> bool:
    """Whether an ARN is that of an AWS managed policy."""
    return ":iam::aws:policy/" in flat_text(arn)
