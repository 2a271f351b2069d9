"""What the deployment tests share: the emulator, the templates of the sample app."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from sample_app.training_stack import TrainingStack
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator, emulator
from tests.aws.functions import obstacle

from .tools import Cli, prepare, synthesize

FOLDER = "tests/deploy/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the tests of this folder where the emulator cannot run, and says so."""
    ours = [item for item in items if item.nodeid.startswith(FOLDER)]
    reason = obstacle() if ours else None
    if reason is not None:
        warnings.warn(f"tests/deploy is skipped. {reason}", stacklevel=1)
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    """The emulator of this process."""
    with emulator() as started:
        yield started


@pytest.fixture(scope="module")
def cloud(running: Emulator) -> Emulator:
    """The emulator, empty when the first test of the module starts."""
    running.forget()
    return running


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test during which the emulator did something wrong, whatever the test expects."""
    yield
    if "running" in request.fixturenames:
        faults = request.getfixturevalue("running").faults.take()
        assert not faults, "\n".join(faults)


@pytest.fixture(scope="module")
def cli(cloud: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The CDK CLI, in an account that has what bootstrapping makes."""
    prepare(cloud)
    return Cli(cloud, tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="session")
def sample_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the sample app."""
    folder = tmp_path_factory.mktemp("sample") / "cdk.out"
    return synthesize(folder, lambda app: void(TrainingStack(app, "HyperPodSample")))


@pytest.fixture(scope="session")
def sample_text(sample_assembly: Path) -> str:
    return (sample_assembly / "HyperPodSample.template.json").read_text()


@pytest.fixture
def sample(sample_text: str) -> Json:
    """The template of the sample app, to change at will."""
    template: Json = json.loads(sample_text)
    return template


@pytest.fixture(scope="module")
def account(cloud: Emulator, sample_assembly: Path) -> Emulator:
    """An emulator that holds the assets of the sample app."""
    prepare(cloud, sample_assembly)
    return cloud


def void(_: object) -> None:
    pass
