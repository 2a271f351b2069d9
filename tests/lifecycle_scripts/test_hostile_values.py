"""Any text in any field of the two files is refused, or is one word or one line wherever it arrives."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hyperpod_constructs.model import node_patterns

from .conftest import FORM, LUSTRE, OPENZFS
from .every_step import ARN, DIRECTORY, SHARED, TOPIC

patterns = import_module("patterns")
steps = import_module("steps")
provisioning_params = import_module("provisioning_params")
configure_sssd = import_module("configure_sssd")
slurm_conf = import_module("slurm_conf")
LifecycleError = import_module("lifecycle_error").LifecycleError

STEPS: dict[str, Any] = {
    "accounting": {"endpoint": "db.example.com", "secret_arn": ARN, "database": "hpc"},
    "users": {
        "groups": [{"name": "ml", "gid": 3000}],
        "users": [
            {
                "name": "anna",
                "uid": 2001,
                "groups": ["ml"],
                "home": "/fsx/anna",
                "shell": "/bin/bash",
                "ssh_keys": ["ssh-ed25519 AAAA anna@laptop"],
                "slurm_account": "research",
            }
        ],
    },
    "containers": {"data_root": "/opt/sagemaker"},
    "directory_service": {
        **DIRECTORY,
        "home_pattern": "/fsx/%u",
        "ssh_allow_groups": ["ml users"],
        "ca_certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    },
    "s3_mounts": [{"bucket": "data", "path": "/mnt/data", "prefix": "a/b", "region": "us-west-2"}],
}
SHARED_FORM = {**SHARED["slurm_configurations"], "slurm_sns_arn": TOPIC, "slurm_database_user": "a"}
WHOLE_FORM = {**FORM, **LUSTRE, **OPENZFS, "slurm_configurations": SHARED_FORM}

PIECES = (
    *("\n", "\r", "\t", "\x00", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\u2028", "\u2029"),
    *(" ", "'", '"', "`", "$(touch x)", "${x}", ";", "&", "|", "*", "?", "[a]", "\\", "#", "%n"),
    *("-o", "--help", "=", ":", ",", "/", "..", "/../etc", "\u0430nna", "ö", "\U0001f600", "]"),
)
# Fields that are a line, not a word: names of a directory, a comment of a key, keys of objects.
LINES = {"search_base", "bind_dn", "ssh_allow_groups", "ssh_keys", "prefix", "ca_certificate"}
NO_WORD = set(" \t'\"`$;&|*?[]\\#") | {chr(0x2028)}
# Where no shell is and brackets hold an address of IPv6, and where dollars are letters of MySQL.
ALLOWED = {"ldap_uri": set(" []"), "database": set("$")}


def fields(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each text."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from fields(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from fields(each, (*path, index))


def with_value(document: dict[str, Any], path: tuple[Any, ...], value: str) -> dict[str, Any]:
    changed = deepcopy(document)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def texts(good: str, path: tuple[Any, ...]) -> Iterator[str]:
    """The hostile texts of a field: each piece before, in and after what is good there."""
    chance = random.Random(str(path))  # noqa: S311 - for tests
    for piece in PIECES:
        yield from (piece, piece + good, good + piece, good[:3] + piece + good[3:])
    for _ in range(30):
        yield "".join(chance.choices([*PIECES, *good], k=chance.randint(1, 12)))


def value_at(document: Any, path: tuple[Any, ...]) -> str:
    for step in path:
        document = document[step]
    return str(document)


def name_of(path: tuple[Any, ...]) -> str:
    return next(step for step in reversed(path) if isinstance(step, str))


def is_harmless(path: tuple[Any, ...], text: str) -> bool:
    name = name_of(path)
    breaks = len(text.splitlines()) > 1 or any(ord(letter) < ord(" ") for letter in text)
    if name == "ca_certificate":
        return True
    if name in LINES:
        return not breaks
    return not breaks and text[0] != "-" and not (NO_WORD - ALLOWED.get(name, set())) & set(text)


@pytest.mark.parametrize("path", [*fields(STEPS)], ids=str)
def test_text_of_the_steps(tmp_path: Path, path: tuple[Any, ...]) -> None:
    """Nothing but these texts changes the file of SSSD, and none adds a line to it."""
    (tmp_path / "steps.json").write_text(json.dumps(STEPS))
    lines = sssd_lines(steps.Steps.read(tmp_path))
    refused = 0
    for text in texts(value_at(STEPS, path), path):
        (tmp_path / "steps.json").write_text(json.dumps(with_value(STEPS, path, text)))
        try:
            read = steps.Steps.read(tmp_path)
        except LifecycleError as error:
            refused += is_one_line(error)
        else:
            assert is_harmless(path, text), text
            assert sssd_lines(read) == lines, text
    assert refused > 20


@pytest.mark.parametrize("path", [*fields(WHOLE_FORM)], ids=str)
def test_text_of_the_form(tmp_path: Path, path: tuple[Any, ...]) -> None:
    if name_of(path) in ("version", "partition_name"):
        pytest.skip("nodes do not read it")
    refused = 0
    for text in texts(value_at(WHOLE_FORM, path), path):
        form = with_value(WHOLE_FORM, path, text)
        (tmp_path / "provisioning_params.json").write_text(json.dumps(form))
        try:
            provisioning_params.ProvisioningParams.read(tmp_path)
        except LifecycleError as error:
            refused += is_one_line(error)
        else:
            assert is_harmless(path, text), text
    assert refused > 20


def is_one_line(error: Exception) -> bool:
    return len(str(error).splitlines()) == 1


def sssd_lines(read: Any) -> int:
    users = [user.name for user in read.users]
    text: str = configure_sssd.configuration(
        read.directory_service, "geheim", users, may_login=True
    )
    return text.count("\n")


def test_patterns_are_those_of_the_model() -> None:
    def values(module: Any) -> dict[str, Any]:
        return {name: value for name, value in vars(module).items() if name.isupper()}

    assert values(patterns) == values(node_patterns)


def test_line_break_in_a_setting_of_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "opt/slurm/etc"
    folder.mkdir(parents=True)
    (folder / "slurm.conf").write_text("ClusterName=a\n")
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(tmp_path))

    with pytest.raises(LifecycleError, match="has a line break"):
        slurm_conf.SlurmConf().include({"StateSaveLocation": "/fsx\nProlog=/fsx/anna/root.sh"})
    assert (folder / "slurm.conf").read_text() == "ClusterName=a\n"


def test_key_that_is_there_twice(tmp_path: Path) -> None:
    (tmp_path / "steps.json").write_text('{"log_rotation": false, "log_rotation": true}')

    with pytest.raises(LifecycleError, match='the key "log_rotation" is specified twice'):
        steps.Steps.read(tmp_path)


@pytest.mark.parametrize(
    "user",
    [
        {"name": "root", "uid": 0},
        {"name": "anna", "uid": -5},
        {"name": "anna", "uid": 1000},
        {"name": "anna", "uid": 2001, "gid": 0},
        {"name": "anna", "uid": 65534},
        {"name": "anna", "uid": 2001, "home": "/fsx"},
        {"name": "anna", "uid": 2001, "home": "/etc/anna"},
        {"name": "anna", "uid": 2001, "home": "/home/ubuntu"},
        {"name": "anna", "uid": 2001, "home": "/home/bob"},
        {"name": "anna", "uid": 2001, "home": "/home/bob/anna"},
        {"name": "where", "uid": 2001},
        {"name": "set", "uid": 2001},
    ],
)
def test_user_who_would_be_somebody_else(tmp_path: Path, user: dict[str, Any]) -> None:
    users = {"users": [{"name": "bob", "uid": 2002}, user]}
    (tmp_path / "steps.json").write_text(json.dumps({"users": users}))

    with pytest.raises(LifecycleError):
        steps.Steps.read(tmp_path)
