import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.clusters.documented import (
    DOTTED_FORM,
    FORM_TO_MIGRATE,
    FORM_WITH_LOGIN,
    GENERATED_FORM,
    MULTI_HEAD_FORM,
)

from .conftest import FORM, LUSTRE, OPENZFS
from .every_step import ARN

provisioning_params = import_module("provisioning_params")
LifecycleError = import_module("lifecycle_error").LifecycleError
PREFERRED, PLATFORM = provisioning_params.FORM_NAMES


def read(folder: Path, form: object) -> Any:
    (folder / PREFERRED).write_text(form if isinstance(form, str) else json.dumps(form))
    return provisioning_params.ProvisioningParams.read(folder)


def fault(folder: Path, form: object) -> str:
    with pytest.raises(LifecycleError) as error:
        read(folder, form)
    return str(error.value).replace(str(folder / PREFERRED), "FORM")


@pytest.mark.parametrize(
    ("form", "node_types"),
    [
        (FORM_WITH_LOGIN, {"head": "controller", "entry": "login", "trainium": "worker"}),
        (FORM_TO_MIGRATE, {"entry": "login", "vision": "worker", "simulation": "worker"}),
        (DOTTED_FORM, {"training": "worker"}),
        # This generator lists the login group among the workers as well.
        (GENERATED_FORM, {"entry": "login", "training": "worker"}),
    ],
)
def test_documented_forms(tmp_path: Path, form: Any, node_types: dict[str, str]) -> None:
    (tmp_path / PLATFORM).write_text(json.dumps(form))

    params = provisioning_params.ProvisioningParams.read(tmp_path)

    assert {group: params.node_type(group).value for group in node_types} == node_types
    assert params.fsx_dns_name.startswith("fs-")
    assert params.fsx_openzfs_dns_name is None


def test_several_controllers(tmp_path: Path) -> None:
    shared = read(tmp_path, MULTI_HEAD_FORM).slurm_configurations

    assert shared.slurm_shared_directory == "/fsx"
    assert shared.slurm_database_user == "admin"
    assert shared.slurm_database_endpoint.startswith("heads.")
    assert shared.slurm_database_secret_arn.startswith("arn:aws:secretsmanager:us-west-2:")
    assert shared.slurm_sns_arn.startswith("arn:aws:sns:us-west-2:")


def test_least_that_several_controllers_need(tmp_path: Path) -> None:
    least = {
        "slurm_database_endpoint": "db.example.com",
        "slurm_database_secret_arn": ARN,
        "slurm_shared_directory": "/fsx/",
    }

    shared = read(tmp_path, FORM | {"slurm_configurations": least}).slurm_configurations

    assert (shared.slurm_database_user, shared.slurm_sns_arn) == (None, None)
    assert shared.slurm_shared_directory == "/fsx"
    for key in least:
        fewer = {name: value for name, value in least.items() if name != key}
        assert fault(tmp_path, FORM | {"slurm_configurations": fewer}) == (
            f"FORM: slurm_configurations.{key} is missing, but has to be a text"
        )


@pytest.mark.parametrize(
    ("names", "read"),
    [
        ([PREFERRED], PREFERRED),
        ([PLATFORM], PLATFORM),
        ([PLATFORM, PREFERRED], PREFERRED),
    ],
)
def test_form_is_found_under_both_names(tmp_path: Path, names: list[str], read: str) -> None:
    for name in names:
        (tmp_path / name).write_text(json.dumps(FORM))

    assert provisioning_params.ProvisioningParams.read(tmp_path).path == tmp_path / read


def test_names_of_the_form() -> None:
    assert (PREFERRED, PLATFORM) == ("provisioning_params.json", "provisioning_parameters.json")


def test_file_systems(tmp_path: Path) -> None:
    params = read(tmp_path, FORM | LUSTRE | OPENZFS)

    assert (params.fsx_dns_name, params.fsx_mountname, params.fsx_openzfs_dns_name) == (
        "fs-1.fsx.example.com",
        "abcdefgh",
        "fs-2.fsx.example.com",
    )


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_fields_are_as_good_as_absent(tmp_path: Path, nothing: str | None) -> None:
    optional = (
        "login_group",
        "fsx_dns_name",
        "fsx_mountname",
        "fsx_openzfs_dns_name",
        "slurm_configurations",
    )
    params = read(tmp_path, FORM | dict.fromkeys(optional, nothing))

    assert params.login_group is None
    assert params.fsx_dns_name is None
    assert params.fsx_openzfs_dns_name is None
    assert params.slurm_configurations is None


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("", "FORM is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[]", "FORM is not an object"),
        (
            {**FORM, "workload_manager": None},
            "FORM: workload_manager is missing, but has to be a text",
        ),
        ({**FORM, "workload_manager": "eks"}, "FORM: workload_manager is not 'slurm'"),
        (
            {**FORM, "controller_group": ""},
            'FORM: controller_group is "", but has to be a text',
        ),
        ({**FORM, "login_group": ["a"]}, 'FORM: login_group is ["a"], but has to be a text'),
        (
            {**FORM, "worker_groups": None},
            "FORM: worker_groups is missing, but has to be a list",
        ),
        ({**FORM, "worker_groups": ["a"]}, "FORM: worker_groups[0] is not an object"),
        (
            {**FORM, "worker_groups": [{"partition_name": "a"}]},
            "FORM: worker_groups[0].instance_group_name is missing, but has to be a text",
        ),
        ({**FORM, "fsx_dns_name": "a"}, "FORM: fsx_dns_name is given without fsx_mountname"),
        ({**FORM, "fsx_mountname": "a"}, "FORM: fsx_mountname is given without fsx_dns_name"),
        (
            {**FORM, "fsx_openzfs_dns_name": 7},
            "FORM: fsx_openzfs_dns_name is 7, but has to be a text",
        ),
    ],
)
def test_fault_of_the_form_is_named(tmp_path: Path, form: object, message: str) -> None:
    assert fault(tmp_path, form) == message


def test_group_that_is_not_named(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError) as error:
        read(tmp_path, FORM).node_type("cpu")

    assert str(error.value) == (
        f"{tmp_path}/{PREFERRED}: the group of this node, 'cpu', is not named"
    )


def test_missing_form(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError) as error:
        provisioning_params.ProvisioningParams.read(tmp_path)

    assert str(error.value) == f"{tmp_path}: there is no {PREFERRED} or {PLATFORM}"
