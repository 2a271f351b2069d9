import re
from pathlib import Path

import pytest

from .conftest import FORM, LUSTRE, OPENZFS, SCRIPTS
from .every_step import ALWAYS, EVERYTHING, SHARED, TOPIC, steps_of

README = (SCRIPTS / "README.md").read_text()
COLUMNS = ("controller", "login", "worker")
MULTI_HEAD = {"slurm_configurations": SHARED["slurm_configurations"] | {"slurm_sns_arn": TOPIC}}


def table() -> list[tuple[str, dict[str, bool], str]]:
    """The table of steps: script, whether a node type runs it, when."""
    rows = []
    for line in README.split("\n\n")[3].splitlines()[2:]:
        script, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        runs = {column: bool(cell) for column, cell in zip(COLUMNS, cells, strict=False)}
        rows.append((script.strip("`"), runs, cells[3]))
    return rows


@pytest.mark.parametrize("node_type", COLUMNS)
def test_table_of_steps_is_the_sequence(tmp_path: Path, node_type: str) -> None:
    order = [script for script, _, _ in table()]
    found = set()
    for form, is_primary in (
        (FORM | LUSTRE | OPENZFS, True),
        (FORM | LUSTRE | MULTI_HEAD, True),
        (FORM | LUSTRE | MULTI_HEAD, False),
    ):
        steps = steps_of(tmp_path, node_type, form, EVERYTHING, is_primary=is_primary)
        names = [step[0] for step in steps]
        assert names == sorted(names, key=order.index)
        found |= set(names)

    assert {script for script, runs, _ in table() if runs[node_type]} == found


@pytest.mark.parametrize("node_type", COLUMNS)
def test_steps_that_always_run(node_type: str) -> None:
    always = [script for script, runs, when in table() if runs[node_type] and when == "always"]

    assert sorted(always) == sorted(
        [*(step[0] for step in ALWAYS[node_type]), "run_site_scripts.sh"]
    )


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(\w+\.(?:sh|py))`", README))

    assert {name for name in named if not (SCRIPTS / name).is_file()} == set()
    assert {path.name for path in SCRIPTS.glob("*.sh")} - named == set()
