"""Whatever JSON comes, it is read and judged, or refused with `ValidationError`."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import hyperpod_constructs as hp
from tests.clusters.everything import EKS_CLUSTER, SLURM_CLUSTER
from tests.clusters.requests import DESCRIPTION, replaced

from .mutations import documents, is_json

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
