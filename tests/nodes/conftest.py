"""What the tests of nodes share: where they run, the sample app."""

import os
import warnings

import pytest

from sample_app.training_stack import TrainingStack
from tests.deploy.tools import synthesize

from . import bundle
from .bundle import Bundle
from .cgroup import RUN

FOLDER = "tests/nodes/"
REASON = "They start machines: `make nodes` runs them, as root."
# Those that take longest begin first, so that none of them is the last to run.
FIRST = (
    *(
        "test_collector",
        "test_world",
        "test_api_driven",
        "test_users",
        "test_accounting",
        "test_again",
    ),
    *("test_alert_of_a_node", "test_late", "test_cluster", "test_multi_head", "test_changes"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the tests of this folder where machines may not be started, and says so."""
    ours = [item for item in items if item.nodeid.startswith(FOLDER)]
    if RUN in os.environ:
        items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else 99)
    elif ours:
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
