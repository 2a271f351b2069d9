"""Whatever JSON comes, it is read and judged, or refused with `ValidationError`."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import hyperpod_constructs as hp
from tests.clusters.everything import EKS_CLUSTER, SLURM_CLUSTER
from tests.clusters.requests import (
    DESCRIPTION,
    UNKNOWN,
    parts,
    replaced,
)

from .clusters import Draw

FORM = {
    "version": "1.0.0",
    "workload_manager": "slurm",
    "controller_group": "controller",
    "login_group": "login",
    "worker_groups": [{"instance_group_name": "gpu", "partition_name": "gpu"}],
    "fsx_dns_name": "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com",
    "fsx_mountname": "abcdefgh",
    "fsx_openzfs_dns_name": "fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com",
    "slurm_configurations": {
        "slurm_database_secret_arn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:a-AbCdEf",
        "slurm_database_endpoint": "db.example.org",
        "slurm_shared_directory": "/fsx",
        "slurm_database_user": "admin",
        "slurm_sns_arn": "arn:aws:sns:us-west-2:111122223333:topic",
    },
}
LEGACY_CLUSTER = {
    **SLURM_CLUSTER,
    "InstanceGroups": [
        {key: value for key, value in each.items() if key != "SlurmConfig"}
        for each in SLURM_CLUSTER["InstanceGroups"]
    ],
    "Orchestrator": {"Ref": "AWS::NoValue"},
    "NodeProvisioningMode": {"Ref": "AWS::NoValue"},
}
DOCUMENTS = [EKS_CLUSTER, SLURM_CLUSTER, LEGACY_CLUSTER, DESCRIPTION]
TOKENS = ["${Token[A.1]}", ["#{Token[A.1]}"], -1.8881545897087626e289]
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 5000, 2**31, -(2**63), 10**4400, 0.5, 1e300, -1e300),
    *(float("nan"), float("inf"), float("-inf"), "", "0", "007", "-5", "1" * 5000, "\ud800", "\0"),
    *(
        [],
        {},
        [[]],
        [{}],
        {"": ""},
        {"": {}},
        [None],
        {"a": None},
        {"Ref": 1},
        {"Ref": {}},
        ["a"] * 99,
    ),
    *(
        {"Fn::If": 1},
        {"Fn::Sub": [1, 2]},
        {"Fn::Join": [1, 2]},
        {"Fn::If": ["c", {}, {"Fn::If": []}]},
    ),
    *({"Fn::ForEach::Loop": []}, {"Ref": "AWS::NoValue"}, {"Condition": "x"}),
]
JUNK = (
    st.sampled_from([*ODD, *UNKNOWN, *TOKENS])
    | st.text(max_size=5)
    | st.integers()
    | st.floats()
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    )
)


def changed(draw: Draw, document: Any) -> Any:
    """The document with one value replaced, wrapped, moved, added or left out."""
    path = draw(st.sampled_from(parts(document)))
    value = at(document, path)
    change = draw(st.sampled_from(["replace", "wrap", "list", "copy", "add", "leave out", "if"]))
    match change:
        case "wrap":
            return replaced(document, path, {draw(st.sampled_from(["a", "Ref", "Fn::Sub"])): value})
        case "list":
            return replaced(document, path, [value] * draw(st.sampled_from([1, 2, 101])))
        case "copy":
            return replaced(document, path, at(document, draw(st.sampled_from(parts(document)))))
        case "add" if isinstance(value, dict):
            return replaced(document, path, {**value, draw(st.text(max_size=9)): draw(JUNK)})
        case "leave out" if isinstance(value, dict) and value:
            missing = draw(st.sampled_from(sorted(value)))
            rest = {key: each for key, each in value.items() if key != missing}
            return replaced(document, path, rest)
        case "if":
            return replaced(document, path, {"Fn::If": ["Condition", value, draw(JUNK)]})
        case _:
            return replaced(document, path, draw(JUNK))


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


@st.composite
def documents(draw: Draw, choices: list[Any]) -> Any:
    document = draw(st.sampled_from(choices))
    for _ in range(draw(st.integers(1, 3))):
        document = changed(draw, document)
    return document


def tried(function: Callable[[], Any]) -> Any:
    """What it returns; none for a `ValidationError`, whose text can be shown."""
    try:
        return function()
    except hp.ValidationError as caught:
        error = caught
    assert error.problems
    assert all(problem.code and problem.fix for problem in error.problems)
    assert str(error)
    return None


def is_json(document: Any) -> bool:
    try:
        json.dumps(document)
    except (TypeError, ValueError):
        return False
    return True


@given(documents(DOCUMENTS), st.booleans())
@example(10**5000, False)
@example({10**5000: 1, ("a",): 2, None: 3}, False)
def test_a_request_is_judged_or_refused(document: Any, with_form: bool) -> None:
    form = hp.ProvisioningParams.from_dict(FORM) if with_form else None
    model = tried(lambda: hp.ClusterModel.from_request(document, provisioning_params=form))
    if model is not None:
        problems = model.problems()
        assert all(str(problem) for problem in problems)
        tried(model.form)
        request = tried(model.to_request)
        if request is not None:
            again = hp.ClusterModel.from_request(request, provisioning_params=model.form())
            assert again.to_request() == request


@given(documents([FORM]))
@example(10**5000)
def test_a_form_is_read_or_refused(document: Any) -> None:
    form = tried(lambda: hp.ProvisioningParams.from_dict(document))
    if form is not None:
        assert hp.ProvisioningParams.from_dict(form.to_dict()) == form
        for cluster in (LEGACY_CLUSTER, SLURM_CLUSTER, EKS_CLUSTER):
            model = hp.ClusterModel.from_request(cluster, provisioning_params=form)
            assert all(str(problem) for problem in model.problems())


@given(st.text() | st.binary() | documents([FORM]).filter(is_json).map(json.dumps))
def test_a_text_is_a_form_or_refused(text: str | bytes) -> None:
    tried(lambda: hp.ProvisioningParams.from_json(text))


def test_the_documents_are_right() -> None:
    for document in DOCUMENTS:
        form = hp.ProvisioningParams.from_dict(FORM) if document is LEGACY_CLUSTER else None
        model = hp.ClusterModel.from_request(document, provisioning_params=form)
        wrong = [str(each) for each in model.problems() if each.severity is hp.Severity.ERROR]
        if document is not LEGACY_CLUSTER:
            assert wrong == []
    with pytest.raises(hp.ValidationError):
        hp.ClusterModel.from_request(replaced(EKS_CLUSTER, ("InstanceGroups", 0), 5))
