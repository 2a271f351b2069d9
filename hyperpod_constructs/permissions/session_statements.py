"""Statements of people who start Session Manager sessions on nodes.

IAM has no resource type for nodes of HyperPod, so that sessions can be limited neither to a cluster nor
to an instance group or node.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html
and https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-specify-session-document.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.environment import Environment

from .policy_document import Statement

_START = ("ssm:StartSession",)
_OTHER_MACHINES = (("ec2", "instance/*"), ("ssm", "managed-instance/mi-*"), ("ecs", "task/*"))


def session_statements(
    environment: Environment, *, document_arn: str | None = None, key_arn: str | None = None
) -> Iterator[Statement]:
    """Sessions on nodes, and the end of the own ones.

    Args:
        environment: Environment of the cluster.
        document_arn: ARN of the only session document that sessions can use. None for all.
        key_arn: ARN of the key that encrypts the data of sessions, if any.
    """
    everywhere = environment._replace(region="*", account="*").arn
    machines = [everywhere(*other) for other in _OTHER_MACHINES]
    if document_arn is None:
        yield Statement("StartSessions", _START, ["*"])
    else:
        # Whatever the ARN of a node is, it is not that of a document.
        checked = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
        others = [everywhere("ssm", "document/*"), *machines]
        yield Statement("StartSessions", _START, others, checked, excludes_resources=True)
        yield Statement("UseSessionDocument", _START, [document_arn], checked)
    yield Statement(
        "OwnSessions",
        ["ssm:ResumeSession", "ssm:TerminateSession"],
        [everywhere("ssm", "session/${aws:userid}-*")],
    )
    if key_arn is not None:
        yield Statement("SessionData", ["kms:GenerateDataKey"], [key_arn])
    yield Statement("NoOtherMachines", _START, machines, effect="Deny")
