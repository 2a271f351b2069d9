"""Wrong Python types: each is a problem at its argument, and never a traceback."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.script_folder import ScriptFolder
from hyperpod_constructs.schema import argument_types
from tests.clusters.everything import MODELS
from tests.clusters.values import LUSTRE, OPENZFS, PLAN, PRIVATE, SHARED, controller, slurm, worker
from tests.synth import ROOT
from tests.thorough import thorough

NOT_JUDGED = {
    "MultiHead.database_subnets",  # a selection of CDK
    "ScriptFolder.argument",
    "ClusterValues.notes",
    "ClusterValues.unknown",
}
FORM = slurm(
    *MODELS["continuous"].instance_groups,
    orchestrator=hp.Slurm(slurm_configurations=SHARED, multi_head=hp.MultiHead()),
    file_systems=[LUSTRE, OPENZFS],
    subnets=[PRIVATE],
    own_subnets=[(), (PRIVATE,)],
    vpc_arguments=["vpc_subnets"],
    provisioning_params=hp.ProvisioningParams(controller_group="a", worker_groups=[]),
    scripts=ScriptFolder(path=ROOT / "sample_app"),
)
WRONG: list[Any] = [
    True,
    0,
    -1,
    10**400,
    1.5,
    math.nan,
    math.inf,
    -math.inf,
    None,
    "",
    "text",
    b"bytes",
    (),
    [None],
    [[]],
    [["a"]],
    {},
    {1: 2},
    {"a": None},
    set(),
    object(),
    int,
]


def values_of(value: Any) -> Iterator[tuple[Any, str]]:
    """Every dataclass within a value, and each of its fields."""
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield value, each.name
            yield from values_of(getattr(value, each.name))
    elif isinstance(value, list | tuple):
        for element in value:
            yield from values_of(element)


def exchanged(value: Any, old: Any, new: Any) -> Any:
    """The same value, with `new` in each place of `old`."""
    if value is old:
        return new
    if isinstance(value, list | tuple):
        return [exchanged(element, old, new) for element in value]
    if is_dataclass(value) and not isinstance(value, type):
        changes = {
            each.name: exchanged(getattr(value, each.name), old, new) for each in fields(value)
        }
        if all(changes[name] is getattr(value, name) for name in changes):
            return value
        return replace(value, **changes)
    return value


CASES = {"form": FORM, **MODELS}
PLACES = [
    pytest.param(model, owner, name, id=f"{mode}-{type(owner).__name__}.{name}-{number}")
    for mode, model in CASES.items()
    for number, (owner, name) in enumerate(values_of(model))
    if not isinstance(owner, hp.ProvisioningParams)
    if name not in {"notes", "unknown"}  # written by the reader of a request
]
EACH_FIELD = list({str(place.id).rpartition("-")[0]: place for place in PLACES}.values())
"""One place of each field of each class in each mode."""
SOME = 4
"""Each field is given one in so many of the values."""


def validate(model: hp.ClusterModel, owner: Any, name: str, values: Sequence[Any]) -> None:
    """Validates clusters with each of some values of a field."""
    for wrong in values:
        spoiled = exchanged(model, owner, replace(owner, **{name: wrong}))

        for problem in spoiled.problems():
            assert problem.path
            assert problem.fix in str(problem)


@pytest.mark.parametrize(
    ("number", "model", "owner", "name"),
    [pytest.param(number, *case.values, id=case.id) for number, case in enumerate(EACH_FIELD)],
)
def test_never_fails_with_a_traceback(
    number: int, model: hp.ClusterModel, owner: Any, name: str
) -> None:
    validate(model, owner, name, WRONG[number % SOME :: SOME])


@thorough
@pytest.mark.parametrize(("model", "owner", "name"), EACH_FIELD)
def test_never_fails_with_a_traceback_for_any_value(
    model: hp.ClusterModel, owner: Any, name: str
) -> None:
    validate(model, owner, name, WRONG)


@cache
def places_and_codes(mode: str) -> set[tuple[str, str]]:
    """What is known to be wrong with a case."""
    return {(problem.path, problem.code) for problem in CASES[mode].problems()}


@pytest.mark.parametrize(("model", "owner", "name"), PLACES)
def test_says_where_a_value_is_of_the_wrong_type(
    model: hp.ClusterModel, owner: Any, name: str
) -> None:
    if f"{type(owner).__name__}.{name}" in NOT_JUDGED:
        return
    wrong = object()
    before = places_and_codes(next(mode for mode, case in CASES.items() if case is model))
    problems = [
        problem
        for problem in exchanged(model, owner, replace(owner, **{name: wrong})).problems()
        if (problem.path, problem.code) not in before
    ]

    assert {problem.code for problem in problems} == {"ArgumentType"}
    assert {problem.message for problem in problems} == {"is of type object"}
    # an amount is called by the argument that it is
    last = name if name != "amount" else ("size", "wait_interval")
    assert all(problem.path.endswith(last) for problem in problems)
    assert [problem.value for problem in problems if problem.value is not wrong] == []


def test_every_type_is_tried() -> None:
    tried = {kind for place in PLACES for kind in type(place.values[1]).__mro__}

    assert argument_types.checked_types() <= tried


def test_every_argument_has_a_type() -> None:
    checked = {
        f"{kind.__name__}.{name}"
        for kind in argument_types.checked_types()
        for name, _, _ in argument_types.checks_of(kind)
    }
    there = {
        f"{kind.__name__}.{each.name}"
        for kind in argument_types.checked_types()
        for each in fields(kind)
    }

    assert there - checked == NOT_JUDGED
    assert checked <= there


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (
            slurm(controller(), worker(7)),
            "instance_groups[1].name: 7 is of type int; pass a string",
        ),
        (
            slurm(controller(), worker(count=True)),
            "instance_groups[1].count: True is of type bool; pass a whole number",
        ),
        (
            slurm(controller(), worker(count=-math.inf)),
            "instance_groups[1].count: -inf is of type float; pass a whole number",
        ),
        (
            slurm(controller(), worker(threads_per_core=math.nan)),
            "instance_groups[1].threads_per_core: nan is of type float; pass a whole number",
        ),
        (
            slurm(controller(), worker(count="${Token[TOKEN.7]}")),
            "instance_groups[1].count: '<deploy-time value>' is of type str; pass a whole number",
        ),
        (
            slurm(controller(), worker(capacity=PLAN)),
            f"instance_groups[1].capacity: '{PLAN}' is of type str; "
            "pass Capacity.on_demand(), .spot() or .training_plan(arn)",
        ),
        (
            slurm(controller(), worker(volumes=[hp.EbsVolume(size=500)])),  # type: ignore[arg-type]
            "instance_groups[1].volumes[0].size: 500 is of type int; "
            "pass a cdk.Size such as cdk.Size.gibibytes(500)",
        ),
        (
            slurm(controller(), worker(deep_health_checks=["stress"])),
            "instance_groups[1].deep_health_checks[0]: 'stress' is not a "
            "DeepHealthCheck; use one of 'InstanceStress', 'InstanceConnectivity'; did you mean 'InstanceStress'?",
        ),
        (
            slurm(controller(), worker(execution_role="arn")),
            "instance_groups[1].execution_role: 'arn' is of type str; "
            "pass a role, such as iam.Role.from_role_arn(...)",
        ),
        (
            slurm(node_recovery="none"),
            "node_recovery: 'none' is not a NodeRecovery; use one of 'Automatic', 'None'; did you "
            "mean 'None'?",
        ),
        (
            slurm(node_recovery=True),
            "node_recovery: True is of type bool; pass NodeRecovery.AUTOMATIC or NodeRecovery.NONE",
        ),
        (
            slurm(orchestrator="slurm"),
            "orchestrator: 'slurm' is of type str; pass Slurm(), ApiDrivenSlurm() or Eks(...)",
        ),
        (
            slurm("gpu"),
            "instance_groups[0]: 'gpu' is of type str; pass an InstanceGroup(...)",
        ),
        (
            hp.ClusterModel(instance_groups="gpu"),  # type: ignore[arg-type]
            "instance_groups: 'gpu' is of type str; pass a list of InstanceGroup",
        ),
        (slurm(tags={"a": 1}), "tags['a']: 1 is of type int; pass a string"),
        (
            slurm(subnets=["subnet-01234567"]),
            "subnets[0]: 'subnet-01234567' is of type str; pass a Subnet(...)",
        ),
    ],
)
def test_says_what_to_pass(model: hp.ClusterModel, text: str) -> None:
    assert [str(problem) for problem in model.problems()] == [f"{text} (ArgumentType)"]
