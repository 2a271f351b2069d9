"""A role of CloudFormation with a deployment policy, as `cdk bootstrap` creates it, and what it requests."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from hyperpod_constructs.permissions.policy_document import Statement, document, split
from tests.aws.authorizer import Authorizer
from tests.aws.emulator import Emulator
from tests.aws.front.actions import needed
from tests.aws.front.errors import ServiceError
from tests.aws.front.identity import role_of
from tests.aws.front.wire import Call

ROLE = "cloudformation"
Requests = list[tuple[str, Call]]


def trust(service: str) -> str:
    """The document with which a service can assume a role."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def role_with(account: Emulator, statements: Sequence[Statement]) -> str:
    """Creates a role for CloudFormation with managed policies."""
    iam = account.cloud.client("iam")
    role = iam.create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=trust("cloudformation.amazonaws.com")
    )["Role"]
    for number, part in enumerate(split(statements)):
        text = json.dumps(document(part))
        policy = iam.create_policy(PolicyName=f"Deployment{number}", PolicyDocument=text)
        iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy["Policy"]["Arn"])
    return str(role["Arn"])


def remove_role(account: Emulator) -> None:
    """Deletes the role, if there is one."""
    iam = account.cloud.client("iam")
    if ROLE not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
        return
    for policy in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=policy["PolicyArn"])
        iam.delete_policy(PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=ROLE)


def without(statements: Sequence[Statement], *left_out: str) -> list[Statement]:
    """Statements without some actions."""
    return [
        statement._replace(actions=left)
        for statement in statements
        if (left := [action for action in statement.actions if action not in left_out])
    ]


@contextmanager
def recorded(account: Emulator) -> Iterator[Requests]:
    """Records the requests of the role."""
    found: Requests = []
    authorize = Authorizer.authorize

    def record(self: Authorizer, key: str, call: Call) -> None:
        arn = role_of(account.cloud.account, key)
        if arn is not None and arn.endswith(f"role/{ROLE}"):
            found.append((key, call))
        authorize(self, key, call)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Authorizer, "authorize", record)
        yield found


def denials(
    account: Emulator,
    statements: Sequence[Statement],
    requests: Requests,
    actions: Sequence[str],
) -> dict[str, set[str]]:
    """What is denied of a request that needs an action, by the action that a policy lacks."""
    needing: dict[str, tuple[str, Call]] = {}
    for request in requests:
        for action in actions_of([request], account):
            needing.setdefault(action, request)
    found = {}
    for left_out in actions:
        remove_role(account)
        role_with(account, without(statements, left_out))
        account.authorizer.forget()
        found[left_out] = {_denied(account, *needing[left_out])}
    return found


def _denied(account: Emulator, key: str, call: Call) -> str:
    try:
        account.authorizer.authorize(key, call)
    except ServiceError as error:
        return str(re.findall("perform: (\\S+)", str(error))[0])
    return ""


def actions_of(requests: Requests, account: Emulator) -> set[str]:
    """The actions that requests need."""
    cloud = account.cloud
    return {
        action.replace("Object*", "Object")
        for _, call in requests
        for action, _ in needed(call, cloud.region, cloud.account)
    }
