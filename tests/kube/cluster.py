"""A Kubernetes: etcd, API server, controllers and scheduler, with simulated nodes."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from .authenticator import ROLES, group_of
from .certificates import Certificates

Json = dict[str, Any]
_SECONDS = 60
_ENDS_WITH_THE_TESTS = ("setpriv", "--pdeathsig", "KILL")
CONTROLLERS = (
    *("daemonset", "deployment", "replicaset", "namespace", "serviceaccount"),
    *("serviceaccount-token", "persistentvolume-binder", "garbagecollector"),
    *("pvc-protection", "pv-protection"),
    *("root-ca-cert-publisher", "clusterrole-aggregation"),
)


@dataclass(frozen=True)
class Kube:
    """A running Kubernetes.

    Attributes:
        address: Address of the API server.
        certificates: Its certificates.
    """

    address: str
    certificates: Certificates

    def ask(
        self, method: str, path: str, body: Json | None = None, *, token: str | None = None
    ) -> requests.Response:
        """The answer to a request of the administrator, or of whoever has a token."""
        names = self.certificates
        own = (names.certificate("admin"), names.key("admin"))
        return requests.request(
            method,
            f"{self.address}{path}",
            json=body,
            cert=own if token is None else None,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            verify=names.certificate("ca"),
            timeout=_SECONDS,
        )

    def get(self, path: str) -> Json:
        """An object, or a list of objects."""
        found: Json = self.ask("GET", path).json()
        return found

    def create(self, path: str, body: Json) -> None:
        """Creates an object."""
        answer = self.ask("POST", path, body)
        assert answer.status_code in {201, 409}, answer.text

    def bind(self, policies: Sequence[str], namespaces: Sequence[str]) -> None:
        """Gives the groups of access policies the cluster roles that they stand for."""
        for policy in policies:
            for namespace in (None, *namespaces):
                name = group_of(policy, namespace)
                kind = "ClusterRoleBinding" if namespace is None else "RoleBinding"
                place = "" if namespace is None else f"/namespaces/{namespace}"
                self.create(
                    f"/apis/rbac.authorization.k8s.io/v1{place}/{kind.lower()}s",
                    {
                        "kind": kind,
                        "metadata": {"name": name.lower().replace("*", "all")},
                        "roleRef": {
                            "apiGroup": "rbac.authorization.k8s.io",
                            "kind": "ClusterRole",
                            "name": ROLES[policy],
                        },
                        "subjects": [{"kind": "Group", "name": name}],
                    },
                )

    def add_node(self, name: str, labels: Mapping[str, str]) -> None:
        """Adds a node that is ready, and runs nothing."""
        room = {"cpu": "16", "memory": "32Gi", "pods": "110"}
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
        status = {"capacity": room, "allocatable": room, "conditions": [ready]}
        self.create(
            "/api/v1/nodes", {"kind": "Node", "metadata": {"name": name, "labels": dict(labels)}}
        )
        place = f"/api/v1/nodes/{name}"
        done = self.ask("PUT", f"{place}/status", {**self.get(place), "status": status})
        assert done.ok, done.text
        # Nodes join with a taint, which a controller that does not run here takes from ready ones.
        node = self.get(place)
        node["spec"].pop("taints", None)
        done = self.ask("PUT", place, node)
        assert done.ok, done.text

    def wait(self, condition: Callable[[], Any], seconds: float = 30) -> Any:
        """Waits until something is there, and returns it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s")


@contextmanager
def kubernetes(programs: Path, folder: Path, authenticator: str) -> Iterator[Kube]:
    """Runs a Kubernetes until the context ends.

    Args:
        programs: Folder of the programs.
        folder: Where it keeps its files.
        authenticator: Address of who reviews tokens.
    """
    names = Certificates.create(folder)
    store, peers, port = (_free_port() for _ in range(3))
    address = f"https://127.0.0.1:{port}"
    _write_config(folder / "tokens.json", {"server": authenticator}, {})
    _write_config(
        folder / "admin.json",
        {"server": address, "certificate-authority": names.certificate("ca")},
        {"client-certificate": names.certificate("admin"), "client-key": names.key("admin")},
    )
    own = [f"--kubeconfig={folder / 'admin.json'}", "--leader-elect=false", "--port=0"]
    commands = {
        "etcd": [
            *(f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync"),
            *(f"--listen-client-urls=http://127.0.0.1:{store}",),
            *(f"--advertise-client-urls=http://127.0.0.1:{store}",),
            *(f"--listen-peer-urls=http://127.0.0.1:{peers}",),
            *(f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",),
            f"--initial-cluster=default=http://127.0.0.1:{peers}",
        ],
        "kube-apiserver": [
            *(f"--etcd-servers=http://127.0.0.1:{store}", f"--secure-port={port}"),
            *("--bind-address=127.0.0.1", "--service-cluster-ip-range=172.20.0.0/16"),
            *(f"--client-ca-file={names.certificate('ca')}", "--allow-privileged=true"),
            f"--tls-cert-file={names.certificate('server')}",
            f"--tls-private-key-file={names.key('server')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={names.certificate('accounts')}",
            f"--service-account-signing-key-file={names.key('accounts')}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            f"--authentication-token-webhook-config-file={folder / 'tokens.json'}",
            "--authentication-token-webhook-cache-ttl=1ms",
        ],
        "kube-controller-manager": [
            *(*own, "--secure-port=0", f"--root-ca-file={names.certificate('ca')}"),
            f"--service-account-private-key-file={names.key('accounts')}",
            f"--controllers={','.join(CONTROLLERS)}",
        ],
        "kube-scheduler": [*own, "--secure-port=0"],
    }
    kube, running = Kube(address, names), []
    try:
        for name, arguments in commands.items():
            running.append(_start(programs / name, arguments, folder))
            if name == "kube-apiserver":
                kube.wait(lambda: _is_ready(kube), _SECONDS)
        kube.wait(lambda: kube.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default").ok)
        yield kube
    finally:
        for process in running:
            process.kill()
            process.wait()


def _is_ready(kube: Kube) -> bool:
    try:
        return kube.ask("GET", "/readyz").ok
    except requests.ConnectionError:
        return False


def _start(program: Path, arguments: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{program.name}.log").open("wb") as log:
        return subprocess.Popen(
            [*_ENDS_WITH_THE_TESTS, program, *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"]},
            stdout=log,
            stderr=log,
        )


def _write_config(path: Path, cluster: Mapping[str, str], user: Mapping[str, str]) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kube", "cluster": dict(cluster)}],
        "users": [{"name": "user", "user": dict(user)}],
        "contexts": [{"name": "kube", "context": {"cluster": "kube", "user": "user"}}],
        "current-context": "kube",
    }
    path.write_text(json.dumps(config))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
