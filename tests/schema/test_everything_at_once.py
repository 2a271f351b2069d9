"""One wrong value hides nothing but what depends on it."""

from dataclasses import replace
from typing import Any

import pytest

import hyperpod_constructs as hp
from tests.clusters.everything import MODELS
from tests.clusters.values import PLAN, PRIVATE, controller, slurm, worker


def codes(model: hp.ClusterModel) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in model.problems()]


WRONG_TYPE: Any = object()


def test_a_wrong_type_hides_no_other_argument() -> None:
    model = slurm(controller(), worker(count="4", instance_type="m5.xlarge"), cluster_name="a_b")

    assert codes(model) == [
        ("instance_groups[1].instance_type", "InstanceType"),
        ("instance_groups[1].count", "ArgumentType"),
        ("cluster_name", "ClusterName"),
    ]


@pytest.mark.parametrize(
    "argument",
    ["name", "count", "instance_type", "capacity", "volumes", "threads_per_core", "partition"],
)
def test_a_wrong_type_in_one_group_hides_nothing_of_another(argument: str) -> None:
    wrong = {argument: WRONG_TYPE}
    other = worker(
        "other",
        instance_type="m5.xlarge",
        count=-1,
        threads_per_core=9,
        volumes=[hp.EbsVolume(size=hp.Gibibytes(0))],
        capacity=hp.Capacity(is_spot=True),
    )
    alone = [each for each in codes(slurm(controller(), worker(), other)) if "[2]" in each[0]]

    found = codes(slurm(controller(), worker(**wrong), other))

    assert len({code for _, code in alone}) >= 4
    assert found == [(f"instance_groups[1].{argument}", "ArgumentType"), *alone]


def test_a_wrong_group_hides_nothing_of_another() -> None:
    model = slurm(WRONG_TYPE, worker(instance_type="m5.xlarge", capacity=hp.Capacity(is_spot=True)))

    assert ("instance_groups[0]", "ArgumentType") in codes(model)
    assert ("instance_groups[1].instance_type", "InstanceType") in codes(model)


def test_what_depends_on_a_wrong_value_is_not_judged() -> None:
    spot = worker(capacity=hp.Capacity.spot())
    assert codes(slurm(controller(), spot)) != []

    assert codes(slurm(controller(), spot, orchestrator=WRONG_TYPE)) == [
        ("orchestrator", "ArgumentType")
    ]


def test_a_wrong_orchestrator_hides_nothing_that_every_cluster_has() -> None:
    model = slurm(controller(), worker(instance_type="m5.xlarge"), orchestrator="eks")

    assert codes(model) == [
        ("instance_groups[1].instance_type", "InstanceType"),
        ("orchestrator", "ArgumentType"),
    ]


def test_wrong_values_of_the_cluster_are_not_taken_for_absent() -> None:
    mounts = [
        hp.LustreMount(
            dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com", mount_name="abcdefgh"
        )
    ]
    model = slurm(controller(), worker(), file_systems=mounts, subnets=(PRIVATE,))
    assert codes(model) == []

    assert codes(replace(model, subnets=[WRONG_TYPE])) == [("subnets[0]", "ArgumentType")]


def test_steps_of_a_wrong_type_hide_no_group() -> None:
    model = slurm(controller(), worker(instance_type="m5.xlarge"), steps=WRONG_TYPE)

    assert {code for _, code in codes(model)} == {"InstanceType", "ArgumentType"}


@pytest.mark.parametrize("mode", MODELS)
def test_an_unknown_argument_is_no_problem(mode: str) -> None:
    model = MODELS[mode]
    for name in ("orchestrator", "node_provisioning_mode", "subnets", "instance_groups"):
        unknown = replace(model, unknown=(name,))

        assert set(codes(unknown)) <= set(codes(model))


def test_an_unknown_orchestrator_leaves_the_rest_judged() -> None:
    model = slurm(controller(), worker(capacity=PLAN, instance_type="m5.xlarge"))

    assert ("instance_groups[1].instance_type", "InstanceType") in codes(
        replace(model, unknown=("orchestrator",))
    )
