"""The form: reading, writing, refusing."""

import json
from typing import Any

import pytest

import hyperpod_constructs as hp
from tests.rules.examples.forms import FORMS

MINIMAL: dict[str, Any] = {
    "version": "1.0.0",
    "workload_manager": "slurm",
    "controller_group": "controller",
    "worker_groups": [{"instance_group_name": "gpu", "partition_name": "gpu"}],
}
EVERYTHING: dict[str, Any] = {
    "version": "1.0.0",
    "workload_manager": "slurm",
    "controller_group": "controller",
    "login_group": "login",
    "worker_groups": [
        {"instance_group_name": "gpu", "partition_name": "ml.p5.48xlarge", "weight": 3},
        {"instance_group_name": "cpu", "partition_name": "cpu"},
    ],
    "fsx_dns_name": "fs-0abc123def4567890.fsx.us-west-2.amazonaws.com",
    "fsx_mountname": "abcdefgh",
    "fsx_openzfs_dns_name": "fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com",
    "slurm_configurations": {
        "slurm_database_secret_arn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:x",
        "slurm_database_endpoint": "db.example.us-west-2.rds.amazonaws.com",
        "slurm_shared_directory": "/fsx",
        "slurm_database_user": "slurm",
        "slurm_sns_arn": "arn:aws:sns:us-west-2:111122223333:topic",
        "site": {"rack": 4},
    },
    "efs_id": "fs-1",
    "_comment": ["kept", None, 1.5],
}


@pytest.mark.parametrize("form", [MINIMAL, EVERYTHING])
def test_a_form_comes_back_as_it_was(form: dict[str, Any]) -> None:
    params = hp.ProvisioningParams.from_json(json.dumps(form))

    assert params.to_dict() == form
    assert list(params.to_dict()) == list(form)
    assert hp.ProvisioningParams.from_json(params.to_json()) == params


def test_the_text_is_stable_and_readable() -> None:
    params = hp.ProvisioningParams.from_dict(MINIMAL)

    assert params.to_json() == (
        "{\n"
        '  "version": "1.0.0",\n'
        '  "workload_manager": "slurm",\n'
        '  "controller_group": "controller",\n'
        '  "worker_groups": [\n'
        "    {\n"
        '      "instance_group_name": "gpu",\n'
        '      "partition_name": "gpu"\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )


def changed(**fields: Any) -> str:
    form = {**EVERYTHING, **fields}
    return json.dumps({key: value for key, value in form.items() if value != "absent"})


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("{", "FormNotJson", "provisioning_params: '{' is not valid JSON: Expecting property"),
        ("", "FormNotJson", "provisioning_params: '' is not valid JSON"),
        (b"\xff\xfe\x00", "FormNotJson", "is not valid JSON"),
        ("[" * 100_000, "FormNotJson", "is not valid JSON"),
        ("[]", "FormNotObject", "provisioning_params: [] is of type list; write the form as a"),
        ('"slurm"', "FormNotObject", "provisioning_params: 'slurm' is of type str"),
        ("null", "FormNotObject", "provisioning_params: 'provisioning_params' is missing"),
        ('{"version": "1.0.0", "version": "1"}', "FormKeyTwice", "version: 'version' is specified"),
        (changed(version="1.0"), "FormVersion", "version: '1.0' is not supported by HyperPod; use"),
        (changed(workload_manager="pbs"), "WorkloadManager", "workload_manager: 'pbs' is not supp"),
        (
            changed(controller_group="absent"),
            "FormFieldMissing",
            "controller_group: 'controller_group' is missing",
        ),
        (changed(controller_group=["a"]), "ArgumentType", "controller_group: ['a'] is of type lis"),
        (changed(controller_group="a b"), "InstanceGroupName", "controller_group: 'a b' must be"),
        (changed(login_group=3), "ArgumentType", "login_group: 3 is of type int; pass a string"),
        (
            changed(worker_groups="absent"),
            "FormFieldMissing",
            "worker_groups: 'worker_groups' is missing",
        ),
        (changed(worker_groups="gpu"), "ArgumentType", "worker_groups: 'gpu' is of type str"),
        (changed(worker_groups={}), "ArgumentType", "worker_groups: {} is of type dict"),
        (changed(worker_groups=["gpu"]), "ArgumentType", "worker_groups[0]: 'gpu' is of type str"),
        (
            changed(worker_groups=[{"partition_name": "gpu"}]),
            "FormFieldMissing",
            "worker_groups[0].instance_group_name: 'instance_group_name' is missing",
        ),
        (
            changed(worker_groups=[{"instance_group_name": "gpu"}]),
            "FormFieldMissing",
            "worker_groups[0].partition_name: 'partition_name' is missing",
        ),
        (
            changed(worker_groups=[{"instance_group_name": "gpu", "partition_name": 1}]),
            "ArgumentType",
            "worker_groups[0].partition_name: 1 is of type int",
        ),
        (
            changed(worker_groups=[{"instance_group_name": "gpu", "partition_name": "a b"}]),
            "PartitionName",
            "worker_groups[0].partition_name: 'a b' must be",
        ),
        (changed(fsx_mountname="/fsx"), "MountName", "fsx_mountname: '/fsx' must be the mount"),
        (changed(fsx_mountname=8), "ArgumentType", "fsx_mountname: 8 is of type int"),
        (changed(fsx_dns_name=8), "ArgumentType", "fsx_dns_name: 8 is of type int"),
        (changed(fsx_openzfs_dns_name=[]), "ArgumentType", "fsx_openzfs_dns_name: [] is of type"),
        (changed(slurm_configurations=[]), "ArgumentType", "slurm_configurations: [] is of type"),
        (
            changed(slurm_configurations={}),
            "FormFieldMissing",
            "slurm_configurations.slurm_database_secret_arn: 'slurm_database_secret_arn' is missing",
        ),
        (
            changed(
                slurm_configurations={**EVERYTHING["slurm_configurations"], "slurm_sns_arn": 1}
            ),
            "ArgumentType",
            "slurm_configurations.slurm_sns_arn: 1 is of type int",
        ),
        (
            changed(login_group="gpu"),
            "FormGroupRoles",
            "worker_groups[0]: 'gpu' is specified in login_group and worker_groups[0]",
        ),
        (
            changed(controller_group="${Token[Name.1]}", login_group="${Token[Name.1]}"),
            "FormGroupRoles",
            "login_group: '<Name>' is specified in controller_group and login_group",
        ),
        (
            changed(controller_group="login"),
            "FormGroupRoles",
            "login_group: 'login' is specified in controller_group and login_group",
        ),
    ],
)
def test_fails_on_a_bad_form(text: str | bytes, code: str, message: str) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.ProvisioningParams.from_json(text)

    problem = next(problem for problem in caught.value.problems if problem.code == code)
    assert message in str(problem)
    assert problem.path.startswith("provisioning_params")


def test_fails_with_all_problems_of_a_form_at_once() -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.ProvisioningParams.from_json(
            '{"version": "2", "workload_manager": "pbs", "fsx_mountname": "/fsx"}'
        )

    assert [problem.code for problem in caught.value.problems] == [
        "FormVersion",
        "WorkloadManager",
        "FormFieldMissing",
        "FormFieldMissing",
        "MountName",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (changed(version="absent"), "version: 'version' is documented as required"),
        (
            changed(fsx_dns_name="absent"),
            "fsx_dns_name: 'fsx_dns_name' is required with fsx_mountname",
        ),
        (changed(fsx_mountname=""), "fsx_mountname: 'fsx_mountname' is required with fsx_dns_name"),
        (
            changed(worker_groups=[EVERYTHING["worker_groups"][0]] * 2),
            "worker_groups[1]: 'gpu' is specified in worker_groups[0] and worker_groups[1]",
        ),
    ],
)
def test_warns_of_what_clusters_run_with(text: str, problem: str) -> None:
    (warning,) = hp.ProvisioningParams.from_json(text).problems()

    assert f"provisioning_params.{problem}" in str(warning)
    assert warning.severity is hp.Severity.WARNING


def test_an_empty_optional_field_is_the_same_as_none() -> None:
    names = ("login_group", "fsx_dns_name", "fsx_mountname", "fsx_openzfs_dns_name")
    empty = hp.ProvisioningParams.from_json(changed(**dict.fromkeys(names, "")))

    assert list(empty.problems()) == []
    assert empty == hp.ProvisioningParams.from_json(changed(**dict.fromkeys(names, "absent")))


def test_the_form_of_groups_names_each_in_its_place() -> None:
    params = hp.Slurm().provisioning_params(
        [
            hp.InstanceGroup.worker("b", instance_type="ml.c5.xlarge", partition="two"),
            hp.InstanceGroup.login("entry", instance_type="ml.c5.xlarge"),
            hp.InstanceGroup.controller("head", instance_type="ml.c5.xlarge"),
            hp.InstanceGroup.worker("a", instance_type="ml.c5.xlarge", partition="one"),
        ],
        [hp.OpenZfsMount(dns_name="home"), hp.LustreMount(dns_name="fast", mount_name="abc")],
    )

    assert params.to_dict() == {
        "version": "1.0.0",
        "workload_manager": "slurm",
        "controller_group": "head",
        "login_group": "entry",
        "worker_groups": [
            {"instance_group_name": "b", "partition_name": "two"},
            {"instance_group_name": "a", "partition_name": "one"},
        ],
        "fsx_dns_name": "fast",
        "fsx_mountname": "abc",
        "fsx_openzfs_dns_name": "home",
    }


@pytest.mark.parametrize(("code", "text"), FORMS.items())
def test_the_examples_of_the_page_are_about_their_codes(code: str, text: str) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.ProvisioningParams.from_json(text)

    assert caught.value.problems[0].code == code
