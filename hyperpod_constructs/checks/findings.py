"""Validation of clusters described as JSON.

Supported are CreateCluster requests, the output of DescribeCluster, and the properties of
`AWS::SageMaker::Cluster`, each with an optional provisioning form.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.model.subnet import KnownSubnets
from hyperpod_constructs.model.value_class import value_class
from hyperpod_constructs.schema.paths import (
    PropertyPath,
    form_path,
    is_about_form,
    partition_path,
    property_path,
)
from hyperpod_constructs.schema.reader import Scope, read_request


class Source(Enum):
    """The source of the description of a cluster."""

    REQUEST = "a CreateCluster request, or the output of DescribeCluster"
    GROUPS = "the instance groups of a request"
    UPDATE = "an UpdateCluster request, which specifies only changes"
    TEMPLATE = "a template, in which numbers can be strings"


_SCOPES: Mapping[Source, Scope] = {Source.GROUPS: Scope.GROUPS, Source.UPDATE: Scope.UPDATE}


@value_class(frozen=True, slots=True)
class Finding:
    """A problem and its location.

    Attributes:
        problem: The problem.
        path: Path in the request, or in the form.
        in_form: Whether the path is in the form.
    """

    problem: Problem
    path: PropertyPath
    in_form: bool = False


def form_findings(text: str | bytes) -> tuple[list[Finding], ProvisioningParams | None]:
    """Validates a provisioning form. Returns the form if it has no errors."""
    fields = _fields(text)
    try:
        form = ProvisioningParams.from_json(text)
    except ValidationError as error:
        return [_in_form(problem, fields) for problem in error.problems], None
    return [_in_form(problem, fields) for problem in form.problems()], form


def cluster_findings(
    request: Mapping[str, Any],
    form: str | bytes | None = None,
    *,
    source: Source = Source.REQUEST,
    subnets: KnownSubnets = KnownSubnets(),
) -> Iterator[Finding]:
    """Validates a cluster and its form.

    Values that depend on the form are not validated if there is none, or if it cannot be read.

    Args:
        request: Request, or properties of the resource.
        form: Content of `provisioning_params.json`, if available.
        source: Source of the request.
        subnets: What is known of the subnets of the cluster. Defaults to nothing.
    """
    of_form, params = ([], None) if form is None else form_findings(form)
    if params is None:
        yield from of_form
    fields = {} if form is None else _fields(form)
    for problem in _cluster_problems(request, params, source, subnets):
        partition = partition_path(problem.path, request, fields)
        if partition is not None:
            yield Finding(problem, partition, in_form=True)
        elif is_about_form(problem):
            yield _in_form(problem, fields) if fields else Finding(problem, ())
        else:
            yield Finding(problem, property_path(problem.path, request))


def _cluster_problems(
    request: Mapping[str, Any],
    form: ProvisioningParams | None,
    source: Source,
    subnets: KnownSubnets,
) -> Iterator[Problem]:
    """The properties of a cluster must be an object."""
    if source is Source.TEMPLATE and not isinstance(request, Mapping):
        yield Problem(
            code="RequestType",
            path="",
            value=str(request)[:80],
            message="is not a valid value for Properties",
            fix="write an object with the properties of a cluster",
        )
        return
    try:
        model = ClusterModel(**read_request(request, form, _SCOPES.get(source, Scope.CLUSTER)))
    except ValidationError as error:
        yield from error.problems
        return
    if source is Source.TEMPLATE:
        model = replace(model, is_request=False)
    if model.subnets is not None and len(model.subnets) == len(subnets.of_cluster):
        model = replace(
            model,
            subnets=[
                replace(facts, subnet_id=subnet.subnet_id)
                for facts, subnet in zip(subnets.of_cluster, model.subnets, strict=True)
            ],
        )
    if len(model.instance_groups) == len(subnets.of_groups):
        model = replace(model, own_subnets=subnets.of_groups)
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
