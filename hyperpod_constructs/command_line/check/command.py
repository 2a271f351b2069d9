"""`check`: the rules of the model for files of any kind."""

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
    """A cluster that stands in a file.

    Attributes:
        document: The file.
        request: The request, or the properties of the resource.
        place: Where in the file it stands.
        form: The provisioning form that a CDK app uploads for it, if it does.
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
    """Adds the command to those of the program."""
    parser = commands.add_parser(
        "check",
        help="judge templates, requests and provisioning forms",
        description="Judges HyperPod clusters by the rules of this library. Exit status: 0 for "
        "clean, 1 for problems, 2 for a file that cannot be read.",
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="CloudFormation template (JSON or YAML), cdk.out folder, CreateCluster or "
        "UpdateCluster request, output of describe-cluster, or provisioning_params.json",
    )
    parser.add_argument(
        "--form", type=Path, metavar="FILE", help="provisioning_params.json of the one cluster"
    )
    parser.add_argument(
        "--update", action="store_true", help="requests are of UpdateCluster, which names no VPC"
    )
    parser.add_argument("--strict", action="store_true", help="fail on warnings too")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there")
    parser.set_defaults(run=check)


def check(options: argparse.Namespace) -> int:
    """Judges the files, and says what it found.

    Returns:
        The exit status.

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
    """The clusters of a file; none if it is a provisioning form.

    Raises:
        UnreadableError: If it is neither a template, a request nor a form.
    """
    data = document.data
    if isinstance(data, Mapping) and "Resources" in data:
        if not isinstance(data["Resources"], Mapping):
            raise UnreadableError(
                f"{document.path}: is no CloudFormation template: its Resources are no object of "
                "resources by their logical ids"
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
        f"{document.path}: is no CloudFormation template, no CreateCluster request and no "
        "provisioning form: it has neither Resources, InstanceGroups nor worker_groups"
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
            f"{folder}: has no manifest.json with stacks; pass a cdk.out folder, or files"
        )
    return templates


def _judge(given: _Input, form: Path | None, *, is_update: bool) -> Iterator[Reported]:
    forms = list(given.forms)
    if form is not None and len(given.subjects) != 1:
        raise UnreadableError(
            f"--form {form}: is for one cluster, and the files have {len(given.subjects)}"
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
