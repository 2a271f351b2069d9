"""What a new user writes by mistake, and what the cluster says."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.clusters.stacks import make_cluster
from tests.clusters.values import controller, worker


def said(make: Callable[[], object]) -> list[str]:
    """The problems, a line each."""
    with pytest.raises(hp.ValidationError) as caught:
        make()
    return str(caught.value).splitlines()


def said_of(stack: cdk.Stack, **arguments: Any) -> list[str]:
    return said(lambda: make_cluster(stack, **arguments))


def updated_every(interval: cdk.Duration) -> hp.InstanceGroup:
    return worker(
        auto_patch=hp.AutoPatch(
            patching_strategy=hp.PatchingStrategy.WHEN_IDLE,
            rolling_update=hp.RollingUpdate(wait_interval=interval),
        )
    )


@pytest.mark.parametrize(
    ("group", "text"),
    [
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Size.mebibytes(500))]),
            "volumes[0].size: 500 MiB must be a whole number of GiB",
        ),
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Size.tebibytes(50))]),
            "volumes[0].size: 50 TiB must be between 1 and 16384 GB",
        ),
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Size.gibibytes(500), root_volume=True)]),
            "volumes[0].size: 500 GiB cannot be specified for a root volume",
        ),
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Duration.hours(5))]),  # type: ignore[arg-type]
            "volumes[0].size: 5 hours is of type Duration; pass a cdk.Size",
        ),
        (
            updated_every(cdk.Duration.hours(5)),
            "auto_patch.rolling_update.wait_interval: 5 hours must be a whole number of seconds",
        ),
        (
            updated_every(cdk.Duration.millis(500)),
            "auto_patch.rolling_update.wait_interval: 500 millis must be a whole number of seconds",
        ),
        (
            updated_every(cdk.Size.gibibytes(5)),  # type: ignore[arg-type]
            "auto_patch.rolling_update.wait_interval: 5 GiB is of type Size; pass a cdk.Duration",
        ),
    ],
)
def test_amounts_have_their_unit(stack: cdk.Stack, group: hp.InstanceGroup, text: str) -> None:
    first, *_ = said_of(stack, instance_groups=[controller(), group])

    assert first.startswith(f"instance_groups[1].{text}")


def test_one_group_in_place_of_a_list(stack: cdk.Stack) -> None:
    (text,) = said_of(stack, instance_groups=controller())

    assert text.startswith("instance_groups: InstanceGroup(name='controller', ")
    assert text.endswith("... is of type InstanceGroup; pass a list (ArgumentType)")
    assert len(text) < 200


def test_something_else_in_the_list_of_groups(stack: cdk.Stack) -> None:
    assert said_of(stack, instance_groups=[controller(), 5]) == [
        "instance_groups[1]: 5 is of type int; pass an InstanceGroup (ArgumentType)"
    ]
