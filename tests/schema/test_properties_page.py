"""The page about properties says what the rows of the schema say."""

import inspect
import re

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.schema.update import Update
from tests.synth import ROOT

from .properties_page import COMMAND, NOTES, OTHER_ARGUMENTS, PAGE, page


def test_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run {COMMAND}"


def test_says_what_an_update_does() -> None:
    lines = page().splitlines()

    assert "| `cluster_name` | `ClusterName` | no | Changing it replaces the cluster. |" in lines
    assert (
        "| `instance_type` | `InstanceType` | no | Cannot be changed; add another group instead. |"
        in lines
    )


@pytest.mark.parametrize("update", Update)
def test_the_concept_page_explains_each_effect(update: Update) -> None:
    concepts = (ROOT / "docs" / "concepts" / "updates.md").read_text()

    assert f"| {update.value.removesuffix('.')} |" in concepts


def test_arguments_of_the_cluster_are_those_of_its_constructor() -> None:
    (table,) = re.findall(r"^## HyperPodCluster\n(.*?)^## ", page(), re.MULTILINE | re.DOTALL)
    listed = set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))

    arguments = {*inspect.signature(hp.HyperPodCluster).parameters} - {"scope", "id"}
    assert listed - {OTHER_ARGUMENTS["tags"]} == arguments


def test_every_note_is_on_the_page() -> None:
    for note in NOTES.values():
        assert note in page()
