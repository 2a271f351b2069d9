"""One file adds a resource type, as the README says, and one a rule of a service."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.aws import rules, types
from tests.aws.emulator import Emulator, emulator
from tests.aws.types import resource_types
from tests.aws.types.handler import HANDLERS
from tests.synth import ROOT

from .tools import create, delete, failures

(TYPE,) = re.findall(
    r"```python\n((?:(?!```).)*@resource.*?)```",
    (ROOT / "tests/aws/README.md").read_text(),
    re.DOTALL,
)
RULE = """
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError


@before("codecommit", "CreateRepository")
def refuse_spaces(cloud, arguments):
    if "." in arguments["repositoryName"]:
        raise ServiceError("InvalidRepositoryNameException", "no dots")
"""


def repository(name: str) -> dict[str, object]:
    properties = {"RepositoryName": name}
    return {"Resources": {"R": {"Type": "AWS::CodeCommit::Repository", "Properties": properties}}}


@pytest.fixture
def extended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that found two more files."""
    for package, text in ((types, TYPE), (rules, RULE)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / "of_a_test.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    monkeypatch.setattr(resource_types, "FOLDER", types.__path__)
    with emulator() as started:
        yield started
    del HANDLERS["AWS::CodeCommit::Repository"]


def test_file_adds_a_type_and_a_rule(extended: Emulator) -> None:
    stack = create(extended, "S", repository("code"))
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    client = extended.cloud.client("codecommit")
    assert client.get_repository(repositoryName="code")
    assert delete(extended, stack).status == "DELETE_COMPLETE", failures(stack)

    with pytest.raises(ClientError, match="no dots"):
        client.create_repository(repositoryName="c.d")
    assert "no dots" in failures(create(extended, "T", repository("c.d")))[0]
    assert extended.faults.take() == []
