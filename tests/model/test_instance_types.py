"""What an instance type implies, and whether the table has those that the API knows."""

import pytest
from botocore.loaders import Loader

import hyperpod_constructs as hp
from hyperpod_constructs.model.groups.instance_types import (
    eks_addresses,
    instance_types,
    slurm_addresses,
)


def api_words(shape: str) -> set[str]:
    service = Loader().load_service_model("sagemaker", "service-2")
    return set(service["shapes"][shape]["enum"])


def test_has_the_types_of_the_api_and_no_other() -> None:
    assert set(instance_types()) == api_words("ClusterInstanceType")


def test_training_plans_reserve_the_types_of_the_api() -> None:
    reserved = {name for name, known in instance_types().items() if known.training_plan}

    assert reserved == api_words("ReservedCapacityInstanceType") & set(instance_types())
    assert reserved


@pytest.mark.parametrize(
    ("name", "accelerators", "v_cpus", "memory"),
    [
        ("ml.m5.xlarge", 0, 4, 16),
        ("ml.c5n.large", 0, 2, 5.25),
        ("ml.g5.8xlarge", 1, 32, 128),
        ("ml.p5.48xlarge", 8, 192, 2048),
        ("ml.p6e-gb200.36xlarge", 4, 144, 960),
        ("ml.trn2.48xlarge", 16, 192, 2048),
    ],
)
def test_knows_the_compute(name: str, accelerators: int, v_cpus: int, memory: float) -> None:
    known = instance_types()[name]

    assert (known.accelerators, known.v_cpus, known.memory_in_gib) == (accelerators, v_cpus, memory)
    assert known.accelerated == (accelerators > 0)


@pytest.mark.parametrize(
    ("name", "arm64", "efa", "cards"),
    [
        ("ml.m5.xlarge", False, False, 1),
        ("ml.c7g.16xlarge", True, True, 1),
        ("ml.g5.4xlarge", False, False, 1),
        ("ml.g5.8xlarge", False, True, 1),
        ("ml.g7.8xlarge", False, None, 1),
        ("ml.p5.48xlarge", False, True, 32),
        ("ml.p6e-gb200.36xlarge", True, True, 1),
        ("ml.trn2.48xlarge", False, True, 16),
    ],
)
def test_knows_processors_and_network_cards(
    name: str, arm64: bool, efa: bool | None, cards: int
) -> None:
    known = instance_types()[name]

    assert (known.arm64, known.efa, known.network_cards) == (arm64, efa, cards)


@pytest.mark.parametrize(
    ("name", "in_slurm", "in_eks"),
    [
        ("ml.p5.48xlarge", 32, 81),
        ("ml.p5en.48xlarge", 16, 65),
        ("ml.m5.large", 1, 10),
        ("ml.unknown.large", 1, 50),
    ],
)
def test_counts_addresses(name: str, in_slurm: int, in_eks: int) -> None:
    assert (slurm_addresses(name), eks_addresses(name)) == (in_slurm, in_eks)


@pytest.mark.parametrize(
    ("instance_type", "threads"),
    [
        ("ml.p5.48xlarge", 2),
        ("ml.m5.xlarge", 2),
        ("ml.g5.8xlarge", 2),
        ("ml.trn1.32xlarge", 2),
        ("ml.c6g.4xlarge", 1),
        ("ml.m8g.large", 1),
        ("ml.p6e-gb200.36xlarge", 1),
        ("ml.p6-b200.48xlarge", 2),
        ("ml.c8a.large", 1),
        ("${Token[TOKEN.7]}", 2),
    ],
)
def test_threads_per_core_are_those_of_the_type(instance_type: str, threads: int) -> None:
    group = hp.InstanceGroup("group", instance_type=instance_type)

    assert group.effective_threads_per_core == threads


def test_types_that_have_one_thread_a_core_are_those_with_arm_processors() -> None:
    for name, known in instance_types().items():
        if known.arm64:
            assert hp.InstanceGroup("group", instance_type=name).effective_threads_per_core == 1
