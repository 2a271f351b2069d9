"""Clusters that AWS creates have no errors, and no warnings but those with a reason."""

import json
from dataclasses import replace

import pytest

import hyperpod_constructs as hp

from .good_clusters import GOOD_CLUSTERS
from .good_clusters.parts import GoodCluster

OF_CLOUDFORMATION = {"DeepHealthChecks", "PatchingStrategy", "ScheduleExpression"}


def model_of(good: GoodCluster) -> hp.ClusterModel:
    form = None if good.form is None else hp.ProvisioningParams.from_json(json.dumps(good.form))
    request = {key: value for key, value in good.request.items() if value is not None}
    return hp.ClusterModel.from_request(request, provisioning_params=form)


@pytest.mark.parametrize("good", GOOD_CLUSTERS.values(), ids=GOOD_CLUSTERS)
def test_a_good_cluster_has_only_the_warnings_it_deserves(good: GoodCluster) -> None:
    problems = model_of(good).problems()

    assert [str(each) for each in problems if each.severity is hp.Severity.ERROR] == []
    assert sorted(each.code for each in problems) == sorted(good.warnings)
    assert all(good.warnings.values())


@pytest.mark.parametrize("good", GOOD_CLUSTERS.values(), ids=GOOD_CLUSTERS)
def test_a_template_of_it_has_errors_only_where_cloudformation_differs(good: GoodCluster) -> None:
    template = replace(model_of(good), is_request=False)
    errors = {each.code for each in template.problems() if each.severity is hp.Severity.ERROR}

    assert errors <= OF_CLOUDFORMATION
    assert bool(errors) == ("CloudFormation rejects it" in good.warnings.values())
