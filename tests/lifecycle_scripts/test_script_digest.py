"""The digest of the scripts is in the log of each node, and a saved query finds it."""

import re

from hyperpod_constructs.observability.log_queries import SCRIPT_DIGESTS
from hyperpod_constructs.observability.log_records import SCRIPTS

from .conftest import PretendNode

DIGEST = "0123456789abcdef"


def test_the_query_finds_the_digest(node: PretendNode) -> None:
    folder = node.notes / "bucket" / "lifecycle-scripts" / "training" / DIGEST
    folder.parent.mkdir(parents=True)
    node.scripts.rename(folder)
    node.scripts = folder

    node.run("on_create.sh", HYPERPOD_WAIT_SECONDS="1")

    (line,) = [line for line in node.log.read_text().splitlines() if SCRIPTS in line]
    (expression,) = [each for each in SCRIPT_DIGESTS.lines if each.startswith("parse ")]
    pattern = expression.removeprefix("parse @message /").removesuffix("/").replace("?<", "?P<")
    found = re.search(pattern, line)
    assert found
    assert found["digest"] == DIGEST
