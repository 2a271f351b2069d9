"""Command `check`: validates files with clusters."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperpod_constructs.checks.assembly import assembly_templates, clusters, uploaded_form
from hyperpod_constructs.checks.findings import Finding, Source, cluster_findings, form_findings
from hyperpod_constructs.command_line.documents import Document, UnreadableError, read_document
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.schema.paths import PropertyPath, dotted

from .formats import FORMATS
from .report import Report, Reported

_FORM_FIELDS = ("controller_group", "worker_groups", "workload_manager")
_REQUEST_FIELDS = ("InstanceGroups", "RestrictedInstanceGroups", "ClusterArn")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A cluster in a file.

    Attributes:
        document: File that contains the cluster.
        request: Request, or properties of the resource.
        place: Path of the cluster in the file.
        form: Provisioning form that a CDK app uploads for the cluster, if any.
    """

    document: Document
    request: Mapping[str, Any]
    place: PropertyPath = ()
    form: str | None = None


@dataclass(frozen=True)
class _Input:
    subjects: list[Subject] = field(default_factory=list)
    forms: list[Document] = field(default_factory=list)


def add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="validate templates, requests and provisioning forms",
        description="Validates HyperPod clusters with the rules of this library. Exit status: 0 "
        "for no problems, 1 for problems, 2 for a file that cannot be read.",
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="CloudFormation template (JSON or YAML), cdk.out directory, CreateCluster or "
        "UpdateCluster request, output of describe-cluster, or provisioning_params.json",
    )
    parser.add_argument(
        "--form", type=Path, metavar="FILE", help="provisioning_params.json of a single cluster"
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="treat requests as UpdateCluster requests, which specify no VPC",
    )
    parser.add_argument("--strict", action="store_true", help="fail on warnings")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the report to FILE instead of standard output",
    )
    parser.set_defaults(run=check)


def check(options: argparse.Namespace) -> int:
    """Validates the files and writes the report.

    Returns:
        Exit status.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    given = _read(options.files)
    report = Report(
        tuple(_judge(given, options.form, is_update=options.update)),
        clusters=len(given.subjects),
        forms=len(given.forms) + (options.form is not None),
    )
    text = FORMATS[options.format](report)
    if options.output is not None:
        try:
            options.output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UnreadableError(f"{options.output}: {error.strerror}") from error
    else:
        sys.stdout.write(text)
    if options.output is not None or options.format != "text":
        sys.stderr.write(f"{report.summary}\n")
    return int(report.errors > 0 or (options.strict and report.warnings > 0))


def subjects_of(document: Document) -> list[Subject] | None:
    """Clusters of a file; None if it is a provisioning form.

    Raises:
        UnreadableError: If the file is neither a template, a request nor a form.
    """
    data = document.data
    if isinstance(data, Mapping) and "Resources" in data:
        if not isinstance(data["Resources"], Mapping):
            raise UnreadableError(
                f"{document.path}: is not a CloudFormation template: Resources must be an object "
                "of resources by logical ID"
            )
        return [
            Subject(
                document=document,
                request=properties,
                place=("Resources", logical_id, "Properties"),
                form=uploaded_form(data, logical_id, document.path),
            )
            for logical_id, properties in clusters(data).items()
        ]
    if isinstance(data, Mapping) and any(name in data for name in _REQUEST_FIELDS):
        return [Subject(document=document, request=data)]
    if isinstance(data, list) and all(_is_group(entry) for entry in data) and data:
        return [Subject(document=document, request={"InstanceGroups": data})]
    if isinstance(data, Mapping) and any(name in data for name in _FORM_FIELDS):
        return None
    raise UnreadableError(
        f"{document.path}: is not a CloudFormation template, CreateCluster request or "
        "provisioning form: Resources, InstanceGroups or worker_groups is required"
    )


def _is_group(entry: object) -> bool:
    return isinstance(entry, Mapping) and "InstanceGroupName" in entry


def _read(files: Sequence[Path]) -> _Input:
    given = _Input()
    for path in files:
        for document in map(read_document, _templates(path) if path.is_dir() else [path]):
            subjects = subjects_of(document)
            if subjects is None:
                given.forms.append(document)
            else:
                given.subjects.extend(subjects)
    return given


def _templates(folder: Path) -> list[Path]:
    templates = list(assembly_templates(folder))
    if not templates:
        raise UnreadableError(
            f"{folder}: contains no manifest.json with stacks; specify a cdk.out directory, or "
            "files"
        )
    return templates


def _judge(given: _Input, form: Path | None, *, is_update: bool) -> Iterator[Reported]:
    forms = list(given.forms)
    if form is not None and len(given.subjects) != 1:
        raise UnreadableError(
            f"--form {form}: requires exactly one cluster, and the files contain "
            f"{len(given.subjects)}"
        )
    paired = None if form is None else read_document(form)
    if form is None and len(forms) == len(given.subjects) == 1:
        paired = forms.pop()
    for subject in given.subjects:
        text = subject.form if paired is None else paired.text
        source = _source(subject, is_update=is_update)
        for finding in cluster_findings(subject.request, text, source=source):
            yield _reported(finding, subject, paired)
    for document in forms:
        for finding in form_findings(document.text)[0]:
            yield _in_document(document, finding.path, finding.problem)


def _source(subject: Subject, *, is_update: bool) -> Source:
    if subject.place:
        return Source.TEMPLATE
    is_list_of_groups = isinstance(subject.document.data, list)
    return Source.UPDATE if is_update or is_list_of_groups else Source.REQUEST


def _reported(finding: Finding, subject: Subject, form: Document | None) -> Reported:
    if not finding.in_form:
        place = (*subject.place, *finding.path)
        if isinstance(subject.document.data, list):
            place = place[1:]
        return _in_document(subject.document, place, finding.problem)
    if form is not None:
        return _in_document(form, finding.path, finding.problem)
    reported = _in_document(subject.document, subject.place, finding.problem)
    return Reported(reported.file, reported.line, finding.problem.path, finding.problem)


def _in_document(document: Document, place: PropertyPath, problem: Problem) -> Reported:
    return Reported(document.path, document.line(place), dotted(place), problem)
