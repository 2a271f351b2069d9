"""What the tests on Kubernetes share: the cluster, and the templates."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest

from tests.aws.emulator import REGION, emulator
from tests.deploy.eks_programs import production
from tests.deploy.eks_sample import STACK, synthesize_eks
from tests.deploy.tools import synthesize

from .__main__ import ALLOWED
from .bench import Bench, Rendered, bench, published
from .chart import chart
from .kubectl_function import KubectlFunction

FOLDER = "tests/kube/"
REASON = "They start a Kubernetes: `make kube` runs them, as root."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the tests of this folder where Kubernetes may not be started, and says so."""
    ours = [item for item in items if item.nodeid.startswith(FOLDER)]
    if ours and ALLOWED not in os.environ:
        warnings.warn(f"tests/kube is skipped. {REASON}", stacklevel=1)
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The cluster of all tests."""
    with (
        emulator() as started,
        bench(started, Path(os.environ[ALLOWED]), tmp_path_factory.mktemp("kube")) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def sample(running: Bench, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """The sample app for Kubernetes."""
    folder = tmp_path_factory.mktemp("sample")
    return published(running, synthesize_eks(folder, REGION, chart=chart(folder)), STACK)


@pytest.fixture(scope="session")
def all_add_ons(running: Bench, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """The app with all add-ons, Karpenter and a person with access."""
    folder = tmp_path_factory.mktemp("production")
    own = chart(folder)

    def fill(app: cdk.App) -> None:
        production(cdk.Stack(app, "Production", env=cdk.Environment(region=REGION)), own)

    return Rendered.read(running, synthesize(folder / "cdk.out", fill), "Production")


@pytest.fixture(scope="session")
def function(sample: Rendered) -> KubectlFunction:
    """The function that calls kubectl, without access at first."""
    return sample.function()


@pytest.fixture
def admitted(sample: Rendered, running: Bench) -> Iterator[None]:
    """Gives the function the access entry of the template."""
    properties = sample.properties("AWS::EKS::AccessEntry", "ClusterAdminRoleAccess")
    running.admit(properties)
    yield
    running.expel(properties["PrincipalArn"])
