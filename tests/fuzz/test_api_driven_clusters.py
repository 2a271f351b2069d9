"""Randomly generated clusters of one kind, validated by the rules and by other tools."""

import pytest
from hypothesis import given

import hyperpod_constructs as hp

from .clusters import api_driven_clusters
from .faults import changed, partly_unknown
from .properties import Verdicts

VERDICTS = Verdicts()
RIGHT = api_driven_clusters()


@given(RIGHT)
def test_a_cluster_made_right_is_accepted_and_comes_back(model: hp.ClusterModel) -> None:
    assert [str(each) for each in model.problems() if each.severity is hp.Severity.ERROR] == []
    VERDICTS.judge(model, exact=True)


@given(changed(RIGHT) | changed(RIGHT) | changed(RIGHT) | partly_unknown(RIGHT))
def test_a_changed_cluster_is_refused_or_comes_back(model: hp.ClusterModel) -> None:
    VERDICTS.judge(model, exact=False)


def test_the_linters_accept_what_was_accepted() -> None:
    if not VERDICTS.templates:
        pytest.skip("no cluster was tried")
    VERDICTS.judge_templates()


def test_many_were_accepted_and_many_refused() -> None:
    if not VERDICTS.counts:
        pytest.skip("no cluster was tried")
    share = VERDICTS.counts["accepted"] / VERDICTS.counts.total()
    assert 0.4 < share < 0.9, VERDICTS.counts
