"""How a problem is printed."""

import pytest

import hyperpod_constructs as hp


@pytest.mark.parametrize(
    ("path", "value", "subject"),
    [
        ("provisioning_params.controller_group", None, "'controller_group'"),
        ("instance_groups[1].life_cycle_config", None, "'life_cycle_config'"),
        ("subnets[0]", None, "'subnets[0]'"),
        ("tags['a.b']", None, "\"tags['a.b']\""),
        ("", None, "None"),
        ("instance_groups[0].count", 0, "0"),
    ],
)
def test_prints_the_argument_if_there_is_no_value(path: str, value: object, subject: str) -> None:
    problem = hp.Problem(code="Code", path=path, value=value, message="is missing", fix="add it")

    assert str(problem) == f"{path}: {subject} is missing; add it (Code)"
