"""`convert` reproduces clusters of the modes with the topology in the request."""

import pytest

from tests.clusters.everything import REQUESTS

from .commands import assert_formatted, cluster_of, convert, run_app, write


@pytest.mark.parametrize("mode", REQUESTS)
def test_everything_that_a_mode_allows_comes_back(
    mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, report = convert(capsys, "--cluster", write("request.json", REQUESTS[mode]))

    assert_formatted(source)
    assert cluster_of(run_app(source)) == REQUESTS[mode]
    assert "## Changed" not in report
    assert "## Without an equivalent" not in report
