"""Checks of execution roles that exist."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from hyperpod_constructs.operations.reads import Caller, Reads

from .check import check
from .outcome import Result, failed, ok, warning
from .planned import Planned

_SERVICE = "sagemaker.amazonaws.com"
_SERVICE_ROLE = "AWSServiceRoleForSageMakerHyperPod"
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_INTERFACES = (
    *("CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface"),
    *("DeleteNetworkInterfacePermission", "DetachNetworkInterface"),
)
_LISTS = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")


@check("RoleTrust", "iam:GetRole")
def trusted_roles(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Execution roles must exist, and trust sagemaker.amazonaws.com.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
    """
    for arn in _roles(planned):
        name = _name(arn)
        found = reads.find("iam", "get_role", RoleName=name)
        if found is None:
            yield failed(name, "does not exist", "verify the ARN of the role")
            continue
        conditions = _trust(found["Role"]["AssumeRolePolicyDocument"], reads.caller)
        if conditions is None:
            yield failed(
                name,
                f"cannot be assumed by {_SERVICE}",
                f"allow sts:AssumeRole for the service {_SERVICE} in its trust policy",
            )
        elif conditions:
            keys = ", ".join(sorted(conditions))
            yield warning(name, f"trusts {_SERVICE} under conditions: {keys}", "verify them")
        else:
            yield ok(name, f"trusts {_SERVICE}")


@check("RolePermissions", "ec2:DescribeSubnets", "iam:SimulatePrincipalPolicy")
def permitted_roles(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Execution roles must allow logs, lifecycle scripts, and the network interfaces of nodes.

    The policy simulator of IAM evaluates the policies of the role and its permissions boundary.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
    """
    for arn in _roles(planned):
        denied: list[str] = []
        for actions, resources, context in _needed(planned, reads, arn):
            answer = reads.find(
                "iam",
                "simulate_principal_policy",
                PolicySourceArn=arn,
                ActionNames=list(actions),
                ResourceArns=list(resources),
                ContextEntries=[
                    {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
                    for key, value in context.items()
                ],
            )
            if answer is None:
                break
            denied += [
                f"{each['EvalActionName']} on {each.get('EvalResourceName', '*')}"
                for each in answer["EvaluationResults"]
                if each["EvalDecision"] != "allowed"
            ]
        else:
            name = _name(arn)
            if denied:
                yield failed(name, f"does not allow {', '.join(denied)}", "allow them")
            else:
                yield ok(name, "allows what nodes do")


@check("ServiceLinkedRole", "iam:GetRole")
def service_linked_role(planned: Planned, reads: Reads) -> Iterator[Result]:
    """HyperPod creates its service-linked role with the first cluster of an account.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-hyperpod.html
    """
    if planned.groups and reads.find("iam", "get_role", RoleName=_SERVICE_ROLE) is None:
        yield warning(
            _SERVICE_ROLE,
            "does not exist; HyperPod creates it with the first cluster",
            "allow iam:CreateServiceLinkedRole for the deployment",
        )
    else:
        yield ok(_SERVICE_ROLE, "exists")


def _needed(
    planned: Planned, reads: Reads, arn: str
) -> Iterator[tuple[Sequence[str], Sequence[str], Mapping[str, str]]]:
    """Actions, resources and conditions of the nodes of a role."""
    caller = reads.caller
    group = f"log-group:/aws/sagemaker/Clusters/{planned.name or 'cluster'}/abcdefghijkl"
    stream = f"{group}:log-stream:LifecycleConfig/group/i-0123456789abcdef0"
    yield _LOGS[:1], [caller.arn("logs", group)], {}
    yield _LOGS[1:], [caller.arn("logs", stream)], {}
    groups = [each for each in planned.groups if each.role == arn]
    for source in dict.fromkeys(each.source for each in groups if each.source is not None):
        path = source.removeprefix("s3://").rstrip("/")
        bucket = path.partition("/")[0]
        yield ["s3:GetObject"], [f"arn:{caller.partition}:s3:::{path}/on_create.sh"], {}
        yield (
            ["s3:ListBucket"],
            [f"arn:{caller.partition}:s3:::{bucket}"],
            {"s3:prefix": path.partition("/")[2]},
        )
    if any(each.network is not None for each in groups):
        vpcs = {subnet["VpcId"] for subnet in reads.subnets(planned.subnets).values()}
        context = {"ec2:Vpc": caller.arn("ec2", f"vpc/{min(vpcs)}")} if vpcs else {}
        interface = caller.arn("ec2", "network-interface/eni-0123456789abcdef0")
        yield [f"ec2:{each}" for each in _INTERFACES], [interface], context
        ends = [
            caller.arn("ec2", f"{kind}/{each}")
            for network in dict.fromkeys(each.network for each in groups if each.network)
            for kind, ids in (
                ("subnet", network.subnets),
                ("security-group", network.security_groups),
            )
            for each in ids
        ]
        if ends:
            yield [f"ec2:{_INTERFACES[0]}"], ends, context
        yield [f"ec2:Describe{each}" for each in _LISTS], ["*"], {}


def _trust(document: Mapping[str, Any], caller: Caller) -> set[str] | None:
    """The condition keys with which SageMaker AI can assume a role. None if it cannot."""
    found: list[set[str]] = []
    for statement in _listed(document.get("Statement")):
        services = _listed(_principal(statement).get("Service"))
        actions = [each.lower() for each in _listed(statement.get("Action"))]
        named = any(fnmatchcase(_SERVICE, each) for each in services)
        if not named or not any(fnmatchcase("sts:assumerole", each) for each in actions):
            continue
        keys = {
            key
            for block in statement.get("Condition", {}).values()
            for key, value in block.items()
            if not (key.lower() == "aws:sourceaccount" and caller.account in _listed(value))
        }
        if statement["Effect"] == "Deny" and not keys:
            return None
        if statement["Effect"] == "Allow":
            found.append(keys)
    return min(found, key=len) if found else None


def _principal(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    principal = statement.get("Principal")
    return {"Service": "*"} if principal == "*" else principal or {}


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _roles(planned: Planned) -> list[str]:
    found = (group.role for group in planned.groups)
    return list(dict.fromkeys(arn for arn in found if arn is not None))


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
