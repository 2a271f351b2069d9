"""Clusters of a file, in every shape in which AWS and its tools write them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hyperpod_constructs.checks.assembly import CLUSTER_TYPE
from hyperpod_constructs.checks.findings import Finding, Source
from hyperpod_constructs.checks.neighbours import known_subnets
from hyperpod_constructs.checks.template_clusters import template_clusters, unread_parts
from hyperpod_constructs.checks.uploads import uploaded_form
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.subnet import KnownSubnets
from hyperpod_constructs.schema.paths import PropertyPath, dotted
from hyperpod_constructs.schema.update_request import UPDATE_KEYS

from .documents import Document, UnreadableError, parse
from .other_shapes import other_shape
from .terraform import terraform_clusters

_FORM_FIELDS = ("controller_group", "worker_groups", "workload_manager")
_TEMPLATE_KEYS = ("Rules", "Outputs")
_REQUEST_FIELDS = ("InstanceGroups", "RestrictedInstanceGroups", "ClusterArn")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A cluster in a file.

    Attributes:
        document: File that contains the cluster.
        request: Request, or properties of the resource.
        place: Path of the cluster in the file.
        form: Provisioning form that a CDK app uploads for the cluster, if any.
        is_template: Whether these are properties of a template.
        is_update: Whether it is an UpdateCluster request.
        template: Template of the cluster, if any.
        has_lines: Whether paths in the request are paths in the file.
    """

    document: Document
    request: Mapping[str, Any]
    place: PropertyPath = ()
    form: str | None = None
    is_template: bool = False
    is_update: bool = False
    template: Mapping[str, Any] | None = None
    has_lines: bool = True

    @property
    def source(self) -> Source:
        """What the description of the cluster is."""
        if self.is_template:
            return Source.TEMPLATE
        if isinstance(self.document.data, list):
            return Source.GROUPS
        return Source.UPDATE if self.is_update else Source.REQUEST

    @property
    def subnets(self) -> KnownSubnets:
        """What the template defines of the subnets of the cluster."""
        return (
            KnownSubnets() if self.template is None else known_subnets(self.template, self.request)
        )


@dataclass(frozen=True)
class Contents:
    """What a file contains.

    Attributes:
        subjects: Clusters.
        findings: Findings on parts that are not read.
        is_form: Whether it is a provisioning form.
        is_empty: Whether it is a template without resources, such as of outputs only.
    """

    subjects: Sequence[Subject] = ()
    findings: Sequence[Finding] = ()
    is_form: bool = False
    is_empty: bool = False


def contents_of(
    document: Document, *, is_update: bool = False, is_template: bool = False
) -> Contents:
    """Clusters of a file.

    Args:
        document: The file.
        is_update: Whether a request is an UpdateCluster request.
        is_template: Whether it is known to be a template, which can have no resources.

    Raises:
        UnreadableError: If the file is neither a template, a request nor a form.
    """
    data = document.data
    if (
        isinstance(data, Mapping)
        and "Resources" not in data
        and (is_template or any(isinstance(data.get(name), Mapping) for name in _TEMPLATE_KEYS))
    ):
        return Contents(is_empty=True)
    if isinstance(data, list):
        if data and all(_is_group(entry) for entry in data):
            return Contents([Subject(document=document, request={"InstanceGroups": data})])
    elif isinstance(data, Mapping):
        found = _contents(document, data, is_update=is_update)
        if found is not None:
            return found if found.is_form else _with_repeated_keys(document, found)
    shape = other_shape(data)
    raise UnreadableError(
        ErrorCode.FILE_CONTENT,
        f"{document.path}: {shape}"
        if shape
        else f"{document.path}: is not a CloudFormation template, CreateCluster request or "
        "provisioning form: Resources, InstanceGroups or worker_groups is required",
    )


def _with_repeated_keys(document: Document, contents: Contents) -> Contents:
    """Each key of an object must be unique; tools use the last value, or none.

    Source: https://www.rfc-editor.org/rfc/rfc8259#section-4
    """
    findings = [
        Finding(
            Problem(
                code="RequestKeyTwice",
                path=dotted(path),
                value=path[-1],
                message="is specified twice in one object, and only the last value would be used",
                fix="remove one of them",
            ),
            path,
        )
        for path in document.repeated_keys()
    ]
    return replace(contents, findings=[*findings, *contents.findings]) if findings else contents


def _contents(  # noqa: PLR0911
    document: Document, data: Mapping[str, Any], *, is_update: bool
) -> Contents | None:
    if "Resources" in data:
        return _template(document, data, ())
    if "TemplateBody" in data:
        return _template_body(document, data["TemplateBody"])
    if data.get("Type") == CLUSTER_TYPE and "Properties" in data:
        place = ("Properties",)
        properties = data["Properties"]
        return Contents(
            [Subject(document=document, request=properties, place=place, is_template=True)]
        )
    if any(name in data for name in ("ResourceDescription", "ResourceDescriptions")):
        return Contents(list(_described(document, data)))
    if any(name in data for name in ("planned_values", "values")) and "format_version" in data:
        return _terraform(document, data)
    if any(name in data for name in _REQUEST_FIELDS):
        return Contents([Subject(document=document, request=data, is_update=is_update)])
    if any(name in data for name in _FORM_FIELDS):
        return Contents(is_form=True)
    if any(name in data for name in UPDATE_KEYS):
        if is_update:
            return Contents([Subject(document=document, request=data, is_update=True)])
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{document.path}: has no InstanceGroups; specify --update for an UpdateCluster request",
        )
    return None


def _is_group(entry: object) -> bool:
    return isinstance(entry, Mapping) and "InstanceGroupName" in entry


def _template(
    document: Document, data: Mapping[str, Any], outer: PropertyPath, *, has_lines: bool = True
) -> Contents:
    if not isinstance(data.get("Resources"), Mapping):
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{document.path}: is not a CloudFormation template: Resources must be an object "
            "of resources by logical ID",
        )
    subjects = [
        Subject(
            document=document,
            request=properties,
            place=(*outer, *place),
            form=uploaded_form(data, str(place[1]), document.path),
            is_template=True,
            template=data,
            has_lines=has_lines,
        )
        for place, properties in template_clusters(data)
    ]
    return Contents(
        subjects,
        [Finding(each.problem, (*outer, *each.path)) for each in unread_parts(data)],
    )


def _template_body(document: Document, body: object) -> Contents:
    """The output of `aws cloudformation get-template`; a YAML template is a text."""
    is_text = isinstance(body, str)
    data = parse(f"{document.path}: TemplateBody", body) if isinstance(body, str) else body
    if not isinstance(data, Mapping):
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{document.path}: TemplateBody is not a CloudFormation template",
        )
    return _template(document, data, ("TemplateBody",), has_lines=not is_text)


def _described(document: Document, data: Mapping[str, Any]) -> Iterator[Subject]:
    """The output of `aws cloudcontrol get-resource` and `list-resources`."""
    single = data.get("ResourceDescription")
    several = data.get("ResourceDescriptions")
    resources = [single] if single is not None else several
    for resource in resources if isinstance(resources, list) else ():
        text = resource.get("Properties") if isinstance(resource, Mapping) else None
        properties = _json_object(text)
        if properties is None or not any(name in properties for name in _REQUEST_FIELDS):
            raise UnreadableError(
                ErrorCode.FILE_CONTENT,
                f"{document.path}: has no properties of {CLUSTER_TYPE}; specify the output of aws "
                f"cloudcontrol get-resource --type-name {CLUSTER_TYPE} --identifier ARN",
            )
        yield Subject(
            document=document,
            request=properties,
            place=("ResourceDescription", "Properties"),
            is_template=True,
            has_lines=False,
        )


def _json_object(text: object) -> Mapping[str, Any] | None:
    try:
        data = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, Mapping) else None


def _terraform(document: Document, data: Mapping[str, Any]) -> Contents:
    """The output of `terraform show -json`."""
    subjects = [
        Subject(
            document=document,
            request=properties,
            place=(address,),
            is_template=True,
            has_lines=False,
        )
        for address, properties in terraform_clusters(data)
    ]
    if not subjects:
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{document.path}: is the output of terraform show -json without a resource of type "
            "awscc_sagemaker_cluster",
        )
    return Contents(subjects)
