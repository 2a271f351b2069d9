"""The permissions that each command for clusters requires.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.dependent_statements import dependent_statements
from hyperpod_constructs.permissions.operations import OPERATIONS
from hyperpod_constructs.permissions.policy_document import Statement
from hyperpod_constructs.permissions.policy_options import PolicyOptions
from hyperpod_constructs.permissions.session_statements import session_statements

from .logs import log_group
from .preflight.checks import CHECKS
from .quotas import ACTIONS as QUOTA_ACTIONS
from .reading_statements import reading_statements
from .remote_commands import DOCUMENT
from .usage import ACTIONS as USAGE_ACTIONS

_ARN_PARTS = 6


class Requirement(NamedTuple):
    """What a command requires.

    Attributes:
        operations: Operations of HyperPod.
        reads_logs: Whether it reads log streams.
        starts_sessions: Whether it starts sessions on nodes.
        document: The only session document that it uses. None for the one of the request.
        reads: Actions that read the account.
    """

    operations: tuple[str, ...]
    reads_logs: bool = False
    starts_sessions: bool = False
    document: str | None = None
    reads: tuple[str, ...] = ()


_FIND = ("DescribeCluster", "ListClusterNodes")

REQUIREMENTS: Mapping[str, Requirement] = {
    "capacity": Requirement(
        (),
        reads=(
            *QUOTA_ACTIONS,
            *USAGE_ACTIONS,
            *("sagemaker:ListTrainingPlans", "sagemaker:SearchTrainingPlanOfferings"),
        ),
    ),
    "connect": Requirement(_FIND, starts_sessions=True),
    "cost": Requirement(("DescribeCluster",)),
    "diff": Requirement(("DescribeCluster",), reads=("cloudformation:ListStackResources",)),
    "events": Requirement(("DescribeClusterEvent", "ListClusterEvents", "ListClusterNodes")),
    "health-check": Requirement(("ListClusterNodes", "StartClusterHealthCheck")),
    "logs": Requirement(_FIND, reads_logs=True),
    "nodes": Requirement((*_FIND, "DescribeClusterNode")),
    "preflight": Requirement(
        (), reads=tuple(sorted({action for each in CHECKS for action in each.actions}))
    ),
    "prices": Requirement(()),
    "reboot": Requirement(("BatchRebootClusterNodes", "ListClusterNodes")),
    "replace": Requirement((*_FIND, "BatchReplaceClusterNodes")),
    "run": Requirement(_FIND, starts_sessions=True, document=DOCUMENT),
    "scale": Requirement((*_FIND, "BatchAddClusterNodes", "UpdateCluster")),
    "ssh-config": Requirement(_FIND),
    "update-software": Requirement(("ListClusterNodes", "UpdateClusterSoftware")),
}
"""Requirements by command."""


def required_statements(
    command: str,
    cluster: str | None,
    *,
    region: str | None,
    session_document: str | None = None,
    options: PolicyOptions = PolicyOptions(),
) -> Iterator[Statement]:
    """The statements of a policy that allows a command, and nothing else.

    Args:
        command: The command.
        cluster: Name or ARN of the cluster, if any. The ARN limits the policy to the cluster.
        region: Region, if it is known.
        session_document: Session document of the request, if any.
        options: What the policy covers.
    """
    requirement = REQUIREMENTS[command]
    parts = (cluster or "").split(":")
    is_arn = len(parts) == _ARN_PARTS
    environment = (
        Environment(parts[1], parts[4], parts[3])
        if is_arn
        else Environment("aws", "*", region or "*")
    )
    yield from reading_statements(requirement.reads, environment)
    if cluster is None:
        return
    rows = [OPERATIONS[name] for name in requirement.operations]
    additional = {action for row in rows for each in row.dependencies for action in each.actions}
    of_sagemaker = {action for action in additional if action.startswith("sagemaker:")}
    actions = sorted({*(row.action for row in rows), *of_sagemaker})
    yield Statement(
        "Cluster", actions, [cluster if is_arn else environment.arn("sagemaker", "cluster/*")]
    )
    yield from dependent_statements(additional, options.scope(environment))
    if requirement.reads_logs:
        group = log_group(
            "*" if is_arn else cluster, parts[-1].rpartition("/")[2] if is_arn else "*"
        )
        streams = environment.arn("logs", f"log-group:{group}:log-stream:*")
        groups = environment.arn("logs", f"log-group:{group}")
        yield Statement("Logs", ["logs:GetLogEvents"], [groups, streams])
    if requirement.starts_sessions:
        name = session_document or requirement.document
        # The documents of AWS belong to no account.
        of_any = environment._replace(account="*")
        arn = None if name is None else of_any.arn("ssm", f"document/{name}")
        yield from session_statements(environment, document_arn=arn)
