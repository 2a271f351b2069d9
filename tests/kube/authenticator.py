"""Who calls Kubernetes, by the access entries of the EKS cluster: what EKS does with tokens of the AWS CLI.

Access policies are groups that the bench binds to the roles of Kubernetes which they correspond to.
Sources: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html and
https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.aws.eks.control_planes import existing
from tests.aws.front.identity import role_of

Json = dict[str, Any]
ROLES = {
    "AmazonEKSClusterAdminPolicy": "cluster-admin",
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
}
"""Cluster roles of Kubernetes by access policy."""
_PREFIX = "k8s-aws-v1."


def group_of(policy: str, namespace: str | None) -> str:
    """The group of everybody with an access policy, in a namespace or in all of them."""
    return f"access:{policy}:{namespace or '*'}"


def identity(account: str, cluster: str, token: str, session: str = "") -> Json | None:
    """The user of a token, unless its role has no entry.

    Args:
        account: The account.
        cluster: Name of the EKS cluster.
        token: A presigned request to STS.
        session: Name of the session of the role, which is an instance for nodes.
    """
    if not token.startswith(_PREFIX):
        return None
    text = token.removeprefix(_PREFIX)
    url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    credential = parse_qs(urlsplit(url).query)["X-Amz-Credential"][0]
    role = role_of(account, credential.partition("/")[0])
    found = existing(cluster)
    entry = found.entries.get(role or "")
    if role is None or entry is None:
        return None
    if entry["type"] == "HYPERPOD_LINUX":
        return {"username": f"system:node:{session}", "groups": ["system:nodes"]}
    groups = list(entry["kubernetesGroups"])
    for policy in found.policies.get(role, {}).values():
        scope = policy["accessScope"]
        name = policy["policyArn"].rpartition("/")[2]
        groups += [group_of(name, namespace) for namespace in scope.get("namespaces") or [None]]
    return {"username": entry["username"], "groups": groups}


@contextmanager
def authenticator(account: str, cluster: str, sessions: dict[str, str]) -> Iterator[str]:
    """Answers token reviews of the API server.

    Args:
        account: The account.
        cluster: Name of the EKS cluster.
        sessions: Names of the sessions of tokens.
    """

    class Review(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = review["spec"]["token"]
            user = identity(account, cluster, token, sessions.get(token, ""))
            review["status"] = {
                "authenticated": user is not None,
                **({"user": user} if user else {}),
            }
            body = json.dumps(review).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Review)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
