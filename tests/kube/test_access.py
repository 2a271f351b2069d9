"""Who may do what on Kubernetes, by the access entries of the templates."""

from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

import hyperpod_constructs as hp
from tests.aws.emulator import REGION
from tests.deploy.tools import synthesize
from tests.eks.stacks import make_control_plane

from .bench import Bench, Rendered

NODE = "hyperpod-i-0123456789abcdef0"
NAMESPACES = ("mine", "other")
QUESTIONS = (
    ("get", "", "pods"),
    ("create", "batch", "jobs"),
    ("get", "", "secrets"),
    ("create", "rbac.authorization.k8s.io", "rolebindings"),
    ("get", "", "nodes"),
)
EVERYTHING, NOTHING = (True,) * 5, (False,) * 5
VIEW = (True, False, False, False, False)
EDIT = (True, True, True, False, False)
ADMIN = (True, True, True, True, False)
MATRIX: dict[str, tuple[hp.EksAccess, tuple[str, ...], tuple[bool, ...], tuple[bool, ...]]] = {
    "cluster-admin": (hp.EksAccess.CLUSTER_ADMIN, (), EVERYTHING, EVERYTHING),
    "admin": (hp.EksAccess.ADMIN, (), ADMIN, ADMIN),
    "edit": (hp.EksAccess.EDIT, (), EDIT, EDIT),
    "view": (hp.EksAccess.VIEW, (), VIEW, VIEW),
    "team-admin": (hp.EksAccess.ADMIN, ("mine",), ADMIN, NOTHING),
    "team-edit": (hp.EksAccess.EDIT, ("mine",), EDIT, NOTHING),
    "team-view": (hp.EksAccess.VIEW, ("mine",), VIEW, NOTHING),
    "two-teams": (hp.EksAccess.EDIT, ("mine", "other"), EDIT, EDIT),
}
"""Access and namespaces of a role; what it may do in the namespace `mine`, and in another."""


@pytest.fixture(scope="module", autouse=True)
def people(running: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A role for each row, with its access entry."""

    def fill(app: cdk.App) -> None:
        stack = cdk.Stack(app, "People", env=cdk.Environment(region=REGION))
        control_plane = make_control_plane(stack)
        for name, (access, namespaces, _, _) in MATRIX.items():
            role = iam.Role.from_role_arn(stack, name, running.role(name))
            for namespace in namespaces:
                control_plane.grant_access(role, access, namespaces=[namespace])
            if not namespaces:
                control_plane.grant_access(role, access)

    for namespace in NAMESPACES:
        running.kube.create(
            "/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": namespace}}
        )
    running.kube.bind([each.value for each in hp.EksAccess], NAMESPACES)
    assembly: Path = synthesize(tmp_path_factory.mktemp("people") / "cdk.out", fill)
    rendered = Rendered.read(running, assembly, "People")
    entries = [
        each
        for each in rendered.all_properties("AWS::EKS::AccessEntry")
        if each["PrincipalArn"].rpartition("/")[2] in MATRIX
    ]
    for each in entries:
        running.admit(each)
    yield
    for each in entries:
        running.expel(each["PrincipalArn"])


def can(bench: Bench, role: str, namespace: str) -> tuple[bool, ...]:
    """The answers of `kubectl auth can-i` to all questions."""
    token = bench.token(role)
    answers = []
    for verb, group, resource in QUESTIONS:
        asked = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
        review = bench.kube.ask(
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": asked},
            },
            token=token,
        )
        assert review.ok, review.text
        answers.append(bool(review.json()["status"]["allowed"]))
    return tuple(answers)


@pytest.mark.parametrize("name", MATRIX)
def test_people_may_do_what_their_access_says(running: Bench, name: str) -> None:
    _, _, mine, other = MATRIX[name]
    role = running.role(name)

    assert can(running, role, "mine") == mine
    assert can(running, role, "other") == other


def test_a_role_without_an_entry_is_nobody(running: Bench) -> None:
    stranger = running.token(running.role("stranger"))

    assert running.kube.ask("GET", "/api/v1/namespaces", token=stranger).status_code == 401


def test_a_node_joins_with_its_entry_alone(running: Bench) -> None:
    role = running.role("node")
    token = running.token(role, NODE)
    node = {"kind": "Node", "metadata": {"name": NODE}}
    assert running.kube.ask("POST", "/api/v1/nodes", node, token=token).status_code == 401

    running.admit_nodes(role)

    assert running.kube.ask("POST", "/api/v1/nodes", node, token=token).status_code == 201
    other = {"kind": "Node", "metadata": {"name": "hyperpod-i-1"}}
    assert running.kube.ask("POST", "/api/v1/nodes", other, token=token).status_code == 403
    secrets = running.kube.ask("GET", "/api/v1/namespaces/kube-system/secrets", token=token)
    assert secrets.status_code == 403
    running.kube.ask("DELETE", f"/api/v1/nodes/{NODE}")
