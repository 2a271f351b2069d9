"""Session Manager sessions on nodes, with the plug-in of the AWS CLI.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-access-nodes.html and
https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode

from .account import Account
from .errors import OperationError, one_line_errors
from .live_cluster import LiveCluster, Node

PLUGIN = "session-manager-plugin"
_INSTALL = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html"
)
_RESPONSE = ("SessionId", "TokenValue", "StreamUrl")
_RESPONSE_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
_LAST_WITHOUT_VARIABLE = (1, 2, 497, 0)


@dataclass(frozen=True)
class Session:
    """A session that the service has started.

    Attributes:
        command: The plug-in with its six arguments, as the AWS CLI starts it.
        environment: Environment of the plug-in. It has the token of the session, which other users
            of the machine could read in the arguments.
    """

    command: Sequence[str]
    environment: Mapping[str, str]

    def replace_process(self) -> None:
        """Continues as the plug-in, which owns the terminal from now on."""
        os.execvpe(self.command[0], list(self.command), dict(self.environment))  # noqa: S606


@dataclass(frozen=True)
class Sessions:
    """Starts sessions on the nodes of a cluster.

    Attributes:
        cluster: The cluster.
        ssm: The client of Systems Manager.
        takes_variable: Whether the plug-in reads the token of a session from its environment.
    """

    cluster: LiveCluster
    ssm: Any
    takes_variable: bool

    @classmethod
    def of(cls, cluster: LiveCluster) -> "Sessions":
        """Sessions on the nodes of a cluster.

        Raises:
            OperationError: If the plug-in is not installed.
        """
        if shutil.which(PLUGIN) is None:
            raise OperationError(
                ErrorCode.PLUGIN_MISSING,
                f"requires {PLUGIN} of AWS, which is not in PATH; see {_INSTALL}",
            )
        version = subprocess.run(  # noqa: S603
            [PLUGIN, "--version"], capture_output=True, text=True, check=False
        ).stdout
        numbers = tuple(map(int, re.findall(r"\d+", version)))
        return cls(cluster, cluster.account.client("ssm"), numbers > _LAST_WITHOUT_VARIABLE)

    def start(
        self,
        node: Node,
        document: str | None = None,
        parameters: Mapping[str, Sequence[str]] | None = None,
    ) -> Session:
        """Starts a session.

        Args:
            node: The node.
            document: Name of the session document. None for that of the account.
            parameters: Parameters of the document.

        Raises:
            OperationError: If the service does not start the session.
        """
        request: dict[str, Any] = {"Target": target(self.cluster, node)}
        if document is not None:
            request["DocumentName"] = document
        if parameters is not None:
            request["Parameters"] = parameters
        with one_line_errors():
            answer = self.ssm.start_session(**request)
        response = json.dumps({name: answer[name] for name in _RESPONSE})
        variables = {_RESPONSE_VARIABLE: response} if self.takes_variable else {}
        meta = self.ssm.meta
        return Session(
            [
                PLUGIN,
                _RESPONSE_VARIABLE if self.takes_variable else response,
                meta.region_name,
                "StartSession",
                self.cluster.account.profile or "",
                json.dumps(request),
                meta.endpoint_url,
            ],
            {**os.environ, **variables},
        )


def target(cluster: LiveCluster, node: Node) -> str:
    """The target of sessions on a node."""
    return f"sagemaker-cluster:{cluster.cluster_id}_{node.group}-{node.instance_id}"


def ssh_entry(cluster: LiveCluster, node: Node, *, user: str, account: Account) -> str:
    """The entry of a node in the configuration of OpenSSH.

    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html
    """
    options = "".join(
        f" --{name} {value}"
        for name, value in (("region", account.region), ("profile", account.profile))
        if value is not None
    )
    return (
        f"Host {cluster.name}-{node.group}-{node.index} {node.instance_id}\n"
        f"  HostName {target(cluster, node)}\n"
        f"  User {user}\n"
        "  ProxyCommand aws ssm start-session --target %h --document-name AWS-StartSSHSession "
        f"--parameters portNumber=%p{options}\n"
    )
