"""Command `check`: validates files with clusters."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hyperpod_constructs.checks.assembly import assembly_templates
from hyperpod_constructs.checks.findings import Finding, Source, cluster_findings, form_findings
from hyperpod_constructs.checks.neighbours import neighbour_findings, subnet_facts
from hyperpod_constructs.checks.package_version import PACKAGE, documentation_url
from hyperpod_constructs.command_line.documents import Document, UnreadableError, read_document
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.schema.paths import PropertyPath, dotted

from .formats import FORMATS
from .report import Report, Reported
from .subjects import Subject, contents_of


@dataclass(frozen=True)
class _Input:
    subjects: list[Subject] = field(default_factory=list)
    forms: list[Document] = field(default_factory=list)
    unread: list[Reported] = field(default_factory=list)


def add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="validate templates, requests and provisioning forms",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Validates HyperPod clusters with the rules of this library.",
        epilog=f"""examples:
  {PACKAGE} check create-cluster.json provisioning_params.json
  {PACKAGE} check --strict cdk.out template.yaml
  {PACKAGE} check --update update-cluster.json
  aws sagemaker describe-cluster --cluster-name NAME | {PACKAGE} check -

exit status: 0 for no errors (with --strict no warnings), 1 for problems, 2 for a file that cannot
be read

rules: {documentation_url("docs/rules.md")}""",
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="CloudFormation template (JSON or YAML), cdk.out directory, CreateCluster or "
        "UpdateCluster request, output of aws sagemaker describe-cluster, aws cloudformation "
        "get-template, aws cloudcontrol get-resource or terraform show -json, or "
        "provisioning_params.json; - for standard input",
    )
    parser.add_argument(
        "--form", type=Path, metavar="FILE", help="provisioning_params.json of a single cluster"
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="treat requests as UpdateCluster requests, which specify only changes",
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
    given = _read(options.files, is_update=options.update)
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


def _read(files: Sequence[Path], *, is_update: bool) -> _Input:
    given = _Input()
    for path in files:
        for document in map(read_document, _templates(path) if path.is_dir() else [path]):
            contents = contents_of(document, is_update=is_update)
            given.subjects.extend(contents.subjects)
            if contents.is_form:
                given.forms.append(document)
            given.unread.extend(
                _in_document(document, finding.path, finding.problem)
                for finding in contents.findings
            )
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
    yield from given.unread
    for subject in given.subjects:
        text = subject.form if paired is None else paired.text
        source = _source(subject, is_update=is_update)
        for finding in cluster_findings(
            subject.request, text, source=source, subnets=_subnets(subject)
        ):
            yield _reported(finding, subject, paired)
    yield from {
        (each.file, each.place, each.problem.code, each.text): each
        for each in _neighbours(given.subjects)
    }.values()
    for document in forms:
        for finding in form_findings(document.text)[0]:
            yield _in_document(document, finding.path, finding.problem)


def _subnets(subject: Subject) -> Sequence[Subnet]:
    vpc = subject.request.get("VpcConfig") if isinstance(subject.request, Mapping) else None
    if subject.template is None or not isinstance(vpc, Mapping):
        return ()
    return subnet_facts(subject.template, vpc.get("Subnets"))


def _neighbours(subjects: Iterable[Subject]) -> Iterator[Reported]:
    for subject in subjects:
        if subject.template is not None and isinstance(subject.request, Mapping):
            outer = subject.place[: subject.place.index("Resources")]
            for finding in neighbour_findings(subject.template, subject.request):
                place = (*outer, *finding.path)
                line = subject.document.line(place if subject.has_lines else outer)
                yield Reported(subject.document.path, line, dotted(place), finding.problem)


def _source(subject: Subject, *, is_update: bool) -> Source:
    if subject.is_template:
        return Source.TEMPLATE
    if isinstance(subject.document.data, list):
        return Source.GROUPS
    return Source.UPDATE if is_update else Source.REQUEST


def _reported(finding: Finding, subject: Subject, form: Document | None) -> Reported:
    if not finding.in_form:
        return _in_subject(subject, finding)
    if form is not None:
        return _in_document(form, finding.path, finding.problem)
    reported = _in_document(subject.document, subject.place, finding.problem)
    return Reported(reported.file, reported.line, finding.problem.path, finding.problem)


def _in_subject(subject: Subject, finding: Finding) -> Reported:
    place = (*subject.place, *finding.path)
    if isinstance(subject.document.data, list):
        place = place[1:]
    line = subject.document.line(place if subject.has_lines else subject.place)
    group = _group_name(subject.request, finding.path)
    return Reported(subject.document.path, line, dotted(place), finding.problem, group)


def _group_name(request: object, path: PropertyPath) -> str | None:
    """Name of the instance group that a path is in."""
    match path:
        case ("InstanceGroups" | "RestrictedInstanceGroups" as key, int(index), _, *_):
            groups = request.get(key) if isinstance(request, Mapping) else None
            group = groups[index] if isinstance(groups, list) and index < len(groups) else None
            name = group.get("InstanceGroupName") if isinstance(group, Mapping) else None
            return name if isinstance(name, str) else f"{key}[{index}]"
        case _:
            return None


def _in_document(document: Document, place: PropertyPath, problem: Problem) -> Reported:
    return Reported(document.path, document.line(place), dotted(place), problem)
