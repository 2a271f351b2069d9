"""What the tests of nodes share: where they run, the sample app."""

import os
import warnings
from pathlib import Path

import pytest

from sample_app.training_stack import TrainingStack
from tests.deploy.tools import synthesize

from . import bundle
from .bundle import Bundle
from .cgroup import RUN

FOLDER = Path(__file__).parent
REASON = "They start machines: `make nodes` runs them, as root."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the tests of this folder where machines may not be started, and says so."""
    ours = [item for item in items if FOLDER in item.path.parents]
    if ours and RUN not in os.environ:
        warnings.warn(f"tests/nodes is skipped. {REASON}", stacklevel=1)
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """What the sample app leaves in S3."""
    folder = tmp_path_factory.mktemp("sample") / "cdk.out"
    return bundle.read(
        synthesize(
            folder, lambda app: _void(TrainingStack(app, "HyperPodSample")), all_scripts=True
        )
    )


def _void(_: object) -> None:
    pass
