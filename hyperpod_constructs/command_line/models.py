"""The cluster of a file, as far as it can be read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hyperpod_constructs.checks.linked_templates import linked_template
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.problem import ValidationError
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.rules.queries import all_groups
from hyperpod_constructs.schema.json_values import value_at
from hyperpod_constructs.schema.reader import read_request

from .documents import UnreadableError
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


class ReadCluster(NamedTuple):
    """A cluster of a file.

    Attributes:
        path: Path of the file.
        request: Its request, with references to other stacks followed.
        form: Its provisioning form, if any.
        model: The cluster.
    """

    path: Path
    request: Mapping[str, Any]
    form: str | None
    model: ClusterModel


def clusters_of(inputs: Inputs, *, with_groups: bool) -> Iterator[ReadCluster]:
    """The clusters of files.

    Args:
        inputs: The files.
        with_groups: Whether the groups of each cluster must be known.

    Raises:
        UnreadableError: If there is no cluster, or one cannot be read.
    """
    if not inputs.subjects:
        files = ", ".join(str(each.path) for each in inputs.templates) or "the file"
        raise UnreadableError(ErrorCode.FILE_CONTENT, f"{files}: contains no HyperPod cluster")
    for subject in inputs.subjects:
        path, form = subject.document.path, inputs.form_of(subject)
        request = linked_request(subject, linked_template_of(subject, inputs))
        model = read_model(request, form)
        if model is None or (with_groups and not list(all_groups(model))):
            what = "the cluster cannot be read" if model is None else "has no known instance group"
            raise UnreadableError(
                ErrorCode.CLUSTER_INVALID, f"{path}: {what}; check reports the problems"
            )
        yield ReadCluster(path, request, form, model)


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
