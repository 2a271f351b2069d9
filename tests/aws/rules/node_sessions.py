"""Session Manager sessions on nodes, which moto does not have.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-access-nodes.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html and
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
"""

import re
import time
from collections import deque
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.core.responses import ActionResult
from moto.ssm.responses import SimpleSystemManagerResponse

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError
from tests.aws.front.identity import role_of
from tests.aws.permissions import session_of

_TARGET = re.compile(r"sagemaker-cluster:([a-z0-9]{12})_(.+)-(i-[0-9a-f]+)")
_A_SECOND = 3
_starts: deque[float] = deque(maxlen=_A_SECOND)
throttled: list[str] = []
"""Targets of the sessions that were not started, since there were too many."""


@before("ssm", "StartSession")
def refuse_targets(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses targets that are not running nodes, and more than three sessions a second."""
    if len(_starts) == _A_SECOND and time.monotonic() - _starts[0] < 1:
        throttled.append(arguments["Target"])
        raise ServiceError("ThrottlingException", "Rate exceeded")
    _starts.append(time.monotonic())
    target = _TARGET.fullmatch(arguments["Target"])
    if target is None or _status(cloud, *target.groups()) != "Running":
        raise ServiceError("TargetNotConnected", f"{arguments['Target']} is not connected.")


def _status(cloud: Cloud, cluster_id: str, group: str, node: str) -> str:
    arn = f"arn:aws:sagemaker:{cloud.region}:{cloud.account}:cluster/{cluster_id}"
    try:
        found = cloud.client("sagemaker").describe_cluster_node(ClusterName=arn, NodeId=node)
    except ClientError:
        return "unknown"
    details = found["NodeDetails"]
    return str(details["InstanceStatus"]["Status"]) if details["InstanceGroupName"] == group else ""


def _start_session(response: Any) -> ActionResult:
    """Starts a session, whose ID begins with that of the caller."""
    role = role_of(response.current_account, response.access_key)
    caller = "emulator" if role is None else session_of(response.current_account, role).user_id
    session = f"{caller}-{uuid4().hex[:17]}"
    return ActionResult(
        {
            "SessionId": session,
            "TokenValue": f"token-of-{session}",
            "StreamUrl": f"wss://ssmmessages.{response.region}.amazonaws.com/v1/data-channel/{session}",
        }
    )


def _resume_session(response: Any) -> ActionResult:
    session = response._get_param("SessionId")
    return ActionResult({"SessionId": session, "TokenValue": f"token-of-{session}"})


def _terminate_session(response: Any) -> ActionResult:
    return ActionResult({"SessionId": response._get_param("SessionId")})


SimpleSystemManagerResponse.resume_session = _resume_session  # type: ignore[attr-defined]
SimpleSystemManagerResponse.terminate_session = _terminate_session  # type: ignore[attr-defined]
SimpleSystemManagerResponse.start_session = _start_session  # type: ignore[attr-defined]
