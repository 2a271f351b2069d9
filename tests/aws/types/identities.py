"""Identities: roles and their policies."""

import json

from botocore.exceptions import ClientError

from tests.aws.cloudformation.template import Json, Made
from tests.aws.iam.policy import identity_policy, resource_policy

from .handler import Handler, Request, resource


@resource("AWS::IAM::Role")
class Role(Handler):
    """A role, with the requests that the handlers of its schema list as permissions."""

    def create(self, request: Request) -> Made:
        name = request.get("RoleName", request.name(64))
        role = request.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=_trust(request, name),
            **request.chosen("Description", "MaxSessionDuration", "Path", "PermissionsBoundary"),
            **request.chosen("Tags"),
        )["Role"]
        self._grant(request, name)
        iam = request.client("iam")
        iam.get_role(RoleName=name)
        for policy in request.get("Policies", []):
            iam.get_role_policy(RoleName=name, PolicyName=policy["PolicyName"])
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        iam = request.client("iam")
        iam.update_assume_role_policy(
            RoleName=made.physical_id,
            PolicyDocument=_trust(request, made.physical_id),
        )
        kept = {policy["PolicyName"] for policy in request.get("Policies", [])}
        for policy in old.get("Policies", []):
            if policy["PolicyName"] not in kept:
                iam.delete_role_policy(RoleName=made.physical_id, PolicyName=policy["PolicyName"])
        for arn in old.get("ManagedPolicyArns", []):
            if arn not in request.get("ManagedPolicyArns", []):
                iam.detach_role_policy(RoleName=made.physical_id, PolicyArn=arn)
        self._grant(request, made.physical_id)
        return made

    def delete(self, request: Request, made: Made) -> None:
        iam = request.client("iam")
        iam.list_role_policies(RoleName=made.physical_id)
        iam.list_attached_role_policies(RoleName=made.physical_id)
        for policy in request.get("Policies", []):
            iam.delete_role_policy(RoleName=made.physical_id, PolicyName=policy["PolicyName"])
        for arn in request.get("ManagedPolicyArns", []):
            iam.detach_role_policy(RoleName=made.physical_id, PolicyArn=arn)
        iam.delete_role(RoleName=made.physical_id)

    def _grant(self, request: Request, name: str) -> None:
        iam = request.client("iam")
        for policy in request.get("Policies", []):
            iam.put_role_policy(
                RoleName=name,
                PolicyName=policy["PolicyName"],
                PolicyDocument=_policy(policy),
            )
        for arn in request.get("ManagedPolicyArns", []):
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)


@resource("AWS::IAM::Policy")
class Policy(Handler):
    def create(self, request: Request) -> Made:
        for role in request.get("Roles", []):
            request.client("iam").put_role_policy(
                RoleName=role,
                PolicyName=request["PolicyName"],
                PolicyDocument=_policy(request.properties),
            )
        return Made(request["PolicyName"], {"Id": request["PolicyName"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        renamed = old["PolicyName"] != request["PolicyName"]
        made = self.create(request)
        for role in old.get("Roles", []):
            if renamed or role not in request.get("Roles", []):
                request.client("iam").delete_role_policy(
                    RoleName=role, PolicyName=old["PolicyName"]
                )
        return made

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        for role in request.get("Roles", []):
            try:
                request.client("iam").delete_role_policy(
                    RoleName=role, PolicyName=request["PolicyName"]
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchEntity":
                    raise


@resource("AWS::IAM::ManagedPolicy")
class ManagedPolicy(Handler):
    def create(self, request: Request) -> Made:
        arn = request.client("iam").create_policy(
            PolicyName=request.get("ManagedPolicyName", request.name(128)),
            PolicyDocument=_policy(request.properties),
        )["Policy"]["Arn"]
        for role in request.get("Roles", []):
            request.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
        return Made(arn, {"PolicyArn": arn})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "PolicyDocument", "Roles")
        iam, arn = request.client("iam"), made.physical_id
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=_policy(request.properties), SetAsDefault=True
        )
        for version in versions:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        before, after = set(old.get("Roles", [])), set(request.get("Roles", []))
        for role in before - after:
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        for role in after - before:
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        return made

    def delete(self, request: Request, made: Made) -> None:
        for role in request.get("Roles", []):
            request.client("iam").detach_role_policy(RoleName=role, PolicyArn=made.physical_id)
        request.client("iam").delete_policy(PolicyArn=made.physical_id)


def _policy(properties: Json) -> str:
    document = properties["PolicyDocument"]
    identity_policy(document, f"policy {properties.get('PolicyName', '')}".strip())
    return json.dumps(document)


def _trust(request: Request, name: str) -> str:
    document = request["AssumeRolePolicyDocument"]
    resource_policy(document, f"trust policy of role {name}")
    return json.dumps(document)
