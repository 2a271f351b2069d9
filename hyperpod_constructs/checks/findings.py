"""The rules of the model, for a cluster that somebody described as JSON.

That is a CreateCluster request, what DescribeCluster returned, or the properties of an
`AWS::SageMaker::Cluster`; with the provisioning form, if it is at hand.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.schema.paths import PropertyPath, form_path, is_about_form, property_path


class Source(Enum):
    """Where the description of a cluster comes from."""

    REQUEST = "a CreateCluster request, or what DescribeCluster returned"
    UPDATE = "an UpdateCluster request, which names no VPC"
    TEMPLATE = "a template, in which numbers may be texts"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and its place.

    Attributes:
        problem: The problem.
        path: Where it is in the request, or in the form.
        in_form: Whether it is in the form.
    """

    problem: Problem
    path: PropertyPath
    in_form: bool = False


def form_findings(text: str | bytes) -> tuple[list[Finding], ProvisioningParams | None]:
    """What is wrong with a provisioning form on its own, and the form if nothing is."""
    try:
        return [], ProvisioningParams.from_json(text)
    except ValidationError as error:
        fields = _fields(text)
        return [_in_form(problem, fields) for problem in error.problems], None


def cluster_findings(
    request: Mapping[str, Any],
    form: str | bytes | None = None,
    *,
    source: Source = Source.REQUEST,
) -> Iterator[Finding]:
    """What is wrong with a cluster, and with its form.

    What only the form can say is not judged where there is none, and where it cannot be read.

    Args:
        request: The request, or the properties of the resource.
        form: Content of `provisioning_params.json`, if it is at hand.
        source: Where the request comes from.
    """
    wrong_form, params = ([], None) if form is None else form_findings(form)
    yield from wrong_form
    fields = {} if form is None else _fields(form)
    for problem in _cluster_problems(request, params, source):
        if is_about_form(problem):
            yield _in_form(problem, fields) if fields else Finding(problem, ())
        else:
            yield Finding(problem, property_path(problem.path, request))


def _cluster_problems(
    request: Mapping[str, Any], form: ProvisioningParams | None, source: Source
) -> Iterator[Problem]:
    if source is Source.TEMPLATE and not isinstance(request, Mapping):
        yield Problem(
            code="RequestType",
            path="",
            value=str(request)[:80],
            message="is what the Properties of the cluster are",
            fix="write an object with the keys of a cluster",
        )
        return
    try:
        model = ClusterModel.from_request(request, provisioning_params=form)
    except ValidationError as error:
        yield from error.problems
        return
    if source is Source.UPDATE and model.subnets is None:
        model = replace(model, subnets=(Subnet(),))
    for problem in model.problems():
        if source is not Source.TEMPLATE or problem.code != "RequestText":
            yield problem


def _in_form(problem: Problem, fields: Mapping[str, Any]) -> Finding:
    return Finding(problem, form_path(problem, fields), in_form=True)


def _fields(form: str | bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(form)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, Mapping) else {}
