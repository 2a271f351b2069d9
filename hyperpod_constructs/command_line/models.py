"""The cluster of a file, as far as it can be read."""

from collections.abc import Mapping
from typing import Any

from hyperpod_constructs.checks.linked_templates import linked_template
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.problem import ValidationError
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.schema.json_values import value_at
from hyperpod_constructs.schema.reader import read_request

from .inputs import Inputs
from .subjects import Subject


def linked_template_of(subject: Subject, inputs: Inputs) -> Mapping[str, Any] | None:
    """The template of a cluster, with what its references to other templates of the app name."""
    if subject.template is None:
        return None
    return linked_template(subject.template, inputs.others_of(subject))


def linked_request(subject: Subject, template: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The request of a cluster, with references to other stacks followed."""
    request = subject.request
    if template is not None and subject.has_lines:
        path = subject.place[subject.place.index("Resources") :]
        request = value_at(template, *path) or request
    return request if isinstance(request, Mapping) else {}


def read_model(request: Mapping[str, Any], form: str | None) -> ClusterModel | None:
    """The cluster of a request and a provisioning form. None if it is no cluster at all."""
    try:
        params = None if form is None else ProvisioningParams.from_json(form)
    except ValidationError:
        params = None
    try:
        return ClusterModel(**read_request(request, params))
    except ValidationError:
        return None
