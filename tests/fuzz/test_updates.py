"""Requests of UpdateCluster: what changes between two clusters, and whatever else comes."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import hyperpod_constructs as hp
from hyperpod_constructs.checks.findings import Finding, Source, cluster_findings
from hyperpod_constructs.schema.update_request import UPDATE_KEYS
from hyperpod_constructs.schema.writer import without_shared_network, write_properties
from tests.clusters.everything import EKS_CLUSTER, SLURM_CLUSTER

from .clusters import Draw, api_driven_clusters, eks_clusters, slurm_clusters
from .faults import changed
from .mutations import documents
from .reports import assert_right, checked, in_another_order, is_file, judgements
from .second_opinions import api_problems

TRIES = settings().max_examples // 14
RIGHT = st.one_of(slurm_clusters(), api_driven_clusters(), eks_clusters())
GROUPS = ("InstanceGroups", "RestrictedInstanceGroups")
OF_UPDATES = {"UpdateKey", "UpdateTieredStorage"}
UPDATES = [
    {
        **{key: value for key, value in request.items() if key in ("ClusterName", *UPDATE_KEYS)},
        "InstanceGroupsToDelete": ["old", "older"],
    }
    for request in (EKS_CLUSTER, SLURM_CLUSTER)
]
ALL_KEYS = [
    *UPDATES,
    EKS_CLUSTER,
    {"ClusterName": "a", "NodeRecovery": "None"},
    {"ClusterName": "a", "InstanceGroupsToDelete": ["gpu"]},
    {"ClusterName": "a", "InstanceGroups": []},
]


@st.composite
def updates(
    draw: Draw, clusters: st.SearchStrategy[hp.ClusterModel]
) -> tuple[hp.ClusterModel, dict[str, Any]]:
    """A cluster, and an update that specifies some of it and removes other groups."""
    after: hp.ClusterModel = draw(clusters)
    request = written(after)
    chosen = draw(st.lists(st.sampled_from(UPDATE_KEYS), unique=True))
    update: dict[str, Any] = {"ClusterName": "cluster"}
    update |= {key: value for key, value in request.items() if key in chosen}
    for key in GROUPS:
        if update.get(key):
            groups = st.lists(st.sampled_from(update[key]), min_size=1, unique_by=id)
            update[key] = draw(groups)
    if "InstanceGroupsToDelete" in chosen:
        update["InstanceGroupsToDelete"] = ["old"]
    return after, update


def written(model: hp.ClusterModel) -> dict[str, Any]:
    """The request of a cluster, right or wrong."""
    return write_properties(without_shared_network(model))


def form_of(model: hp.ClusterModel) -> hp.ProvisioningParams | None:
    """The form of a cluster; none for one whose groups cannot be in a form."""
    try:
        return model.form()
    except hp.ValidationError:
        return None


def errors(findings: list[Finding]) -> set[str]:
    """The codes of the errors."""
    severe = (each.problem for each in findings if each.problem.severity is hp.Severity.ERROR)
    return {problem.code for problem in severe}


def judged(request: Any, source: Source, form: str | None = None) -> list[Finding]:
    return list(cluster_findings(request, form, source=source))


@settings(max_examples=TRIES)
@given(updates(RIGHT), st.booleans())
def test_an_update_of_part_of_a_right_cluster_is_accepted(
    pair: tuple[hp.ClusterModel, dict[str, Any]], with_form: bool
) -> None:
    after, update = pair
    form = form_of(after)
    text = json.dumps(form.to_dict()) if with_form and form is not None else None
    found = judged(update, Source.UPDATE, text)
    assert errors(found) <= OF_UPDATES, found
    assert api_problems(update, "UpdateCluster") == []
    assert_right(found, update, form and form.to_dict())


@settings(max_examples=TRIES)
@given(updates(changed(RIGHT)), st.booleans())
def test_an_update_has_no_error_that_the_cluster_after_it_lacks(
    pair: tuple[hp.ClusterModel, dict[str, Any]], with_form: bool
) -> None:
    after, update = pair
    form = form_of(after)
    text = json.dumps(form.to_dict()) if with_form and form is not None else None
    found = judged(update, Source.UPDATE, text)
    whole = judged(written(after), Source.REQUEST, text)
    assert errors(found) <= errors(whole) | OF_UPDATES, (found, update)
    assert_right(found, update, form and form.to_dict())


@settings(max_examples=TRIES)
@given(documents(ALL_KEYS), st.sampled_from(Source))
def test_an_update_is_judged_or_refused(update: Any, source: Source) -> None:
    if isinstance(update, dict):
        found = judged(update, source)
        assert_right(found, update)
        assert judged(update, source) == found
        assert judgements(judged(in_another_order(update), source)) == judgements(found)
    if is_file(update):
        checked(update, "--update")
        checked([update])
