import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.clusters.documented import MULTI_HEAD_RESOURCE_CONFIG, RESOURCE_CONFIG

resource_config = import_module("resource_config")
LifecycleError = import_module("lifecycle_error").LifecycleError


def read(path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SAGEMAKER_RESOURCE_CONFIG_PATH", str(path))
    return resource_config.ResourceConfig.read()


def write(path: Path, value: object) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


@pytest.mark.parametrize(
    ("addresses", "group"),
    [
        (["10.1.0.11"], "head"),
        (["172.17.0.1", "10.1.0.12", "fe80::1"], "login"),
        (["10.1.0.22"], "trainium"),
    ],
)
def test_node_finds_its_group_by_one_of_its_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, addresses: list[str], group: str
) -> None:
    path = write(tmp_path / "resource_config.json", RESOURCE_CONFIG)

    assert read(path, monkeypatch).group_of(addresses) == group


def test_instances_may_be_null_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "resource_config.json", MULTI_HEAD_RESOURCE_CONFIG)

    assert read(path, monkeypatch).addresses == {
        "heads": ["10.1.0.11", "10.1.0.12"],
        "training": [],
        "trainium": [],
    }


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_the_file_of_the_platform_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None
) -> None:
    default = write(tmp_path / "default.json", {"InstanceGroups": []})
    monkeypatch.setattr(resource_config, "DEFAULT_PATH", str(default))
    monkeypatch.setenv("SAGEMAKER_RESOURCE_CONFIG_PATH", value or "")
    if value is None:
        monkeypatch.delenv("SAGEMAKER_RESOURCE_CONFIG_PATH")

    assert resource_config.ResourceConfig.read().path == default


def test_default_path() -> None:
    assert resource_config.DEFAULT_PATH == "/opt/ml/config/resource_config.json"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", " is not an object"),
        (
            "{",
            " is not JSON: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)",
        ),
        ({}, ": InstanceGroups is missing, but has to be a list"),
        ({"InstanceGroups": ["a"]}, ": InstanceGroups[0] is not an object"),
        (
            {"InstanceGroups": [{"Name": "a"}, {}]},
            ": InstanceGroups[1].Name is missing, but has to be a text",
        ),
        (
            {"InstanceGroups": [{"Name": "a", "Instances": {"a": 1}}]},
            ': InstanceGroups[0].Instances is {"a": 1}, but has to be a list',
        ),
        (
            {"InstanceGroups": [{"Name": "a", "Instances": [{"CustomerIpAddress": 7}]}]},
            ": InstanceGroups[0].Instances[0].CustomerIpAddress is 7, but has to be a text",
        ),
    ],
)
def test_fault_of_the_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: object, message: str
) -> None:
    path = write(tmp_path / "resource_config.json", content)

    with pytest.raises(LifecycleError) as error:
        read(path, monkeypatch)

    assert str(error.value) == f"{path}{message}"


def test_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(LifecycleError) as error:
        read(tmp_path / "no.json", monkeypatch)

    assert str(error.value) == f"{tmp_path}/no.json cannot be read: No such file or directory"


def test_unknown_address_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write(tmp_path / "resource_config.json", {"InstanceGroups": [{"Name": "a"}]})

    with pytest.raises(LifecycleError) as error:
        read(path, monkeypatch).group_of(["10.9.9.9", "172.17.0.1"])

    assert str(error.value) == (
        f"{path}: no instance has an address of this node (10.9.9.9, 172.17.0.1)"
    )


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([{"Name": "a"}], "there is no group 'head', which the form names as controller_group"),
        ([{"Name": "head", "Instances": None}], "the controller group 'head' has no instances"),
    ],
)
def test_missing_controllers_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, groups: list[object], message: str
) -> None:
    path = write(tmp_path / "resource_config.json", {"InstanceGroups": groups})

    with pytest.raises(LifecycleError) as error:
        read(path, monkeypatch).controller_addresses("head")

    assert str(error.value) == f"{path}: {message}"
