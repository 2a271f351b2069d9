"""Command `check`: validates files with clusters."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hyperpod_constructs.checks.assembly import acknowledged_codes, reported_warnings
from hyperpod_constructs.checks.findings import Finding, cluster_findings, form_findings
from hyperpod_constructs.checks.neighbours import neighbour_findings
from hyperpod_constructs.checks.package_version import PACKAGE, documentation_url
from hyperpod_constructs.checks.property_words import in_properties
from hyperpod_constructs.command_line.documents import Document
from hyperpod_constructs.command_line.inputs import Inputs, add_input_arguments, read_inputs
from hyperpod_constructs.command_line.output import add_output_arguments, write_output
from hyperpod_constructs.command_line.subjects import Subject
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.schema.paths import PropertyPath, dotted

from .formats import FORMATS
from .report import Report, Reported


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of the command."""
    parser = commands.add_parser(
        "check",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Validates HyperPod clusters with the rules of this library.",
        epilog=f"""examples:
  {PACKAGE} check create-cluster.json provisioning_params.json
  {PACKAGE} check --strict --ignore EbsVolumeQuota cdk.out template.yaml
  {PACKAGE} check --update update-cluster.json
  aws sagemaker describe-cluster --cluster-name NAME | {PACKAGE} check -

exit status: 0 for no errors (with --strict no warnings, and a cluster or form),
1 for problems, 2 for a file that cannot be read

rules: {PACKAGE} explain CODE, and
{documentation_url("docs/rules.md")}""",
    )
    add_input_arguments(parser)
    parser.add_argument(
        "--strict", action="store_true", help="fail on warnings, and if no cluster is found"
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="CODE",
        help="do not report problems with a code, such as EbsVolumeQuota; can be specified "
        "multiple times",
    )
    add_output_arguments(parser, FORMATS, what="report")
    parser.set_defaults(run=check)


def check(options: argparse.Namespace) -> int:
    """Validates the files and writes the report.

    Returns:
        Exit status.

    Raises:
        UnreadableError: If a file cannot be read or written.
    """
    given = read_inputs(options.files, options.form, is_update=options.update)
    found = list(_validate(given))
    found += _warnings_of_constructs(given, found)
    report = Report(
        tuple(each for each in found if each.problem.code not in options.ignore),
        clusters=len(given.subjects),
        forms=len(given.forms) + (given.paired is not None),
    )
    is_empty = not (report.clusters or report.forms or report.problems)
    names = ", ".join(each.as_posix() for each in options.files)
    sys.stderr.write(given.notes + (f"no cluster found in {names}\n" if is_empty else ""))
    write_output(FORMATS[options.format](report), options.output)
    if options.output is not None or options.format != "text":
        sys.stderr.write(f"{report.summary}\n")
    return int(report.errors > 0 or (options.strict and (report.warnings > 0 or is_empty)))


def _validate(given: Inputs) -> Iterator[Reported]:
    for document, finding in given.unread:
        yield _in_document(document, finding.path, finding.problem)
    for subject in given.subjects:
        accepted = _acknowledged(subject, subject.place)
        for finding in cluster_findings(
            subject.request,
            given.form_of(subject),
            source=subject.source,
            subnets=subject.subnets,
        ):
            if finding.problem.code not in accepted:
                worded = replace(finding, problem=in_properties(finding.problem))
                yield _reported(worded, subject, given.paired)
    yield from {
        (each.file, each.place, each.problem.code, each.text): each
        for each in _neighbours(given.subjects)
    }.values()
    for document in given.forms:
        for finding in form_findings(document.text)[0]:
            yield _in_document(document, finding.path, finding.problem)


def _warnings_of_constructs(given: Inputs, found: Sequence[Reported]) -> Iterator[Reported]:
    """Warnings of the synthesis of an app, unless the rules have found the same in its template."""
    known = {(each.file, each.problem.code) for each in found}
    for document in given.templates:
        for warning in reported_warnings(document.path):
            problem = warning.problem
            if (document.path, problem.code) not in known:
                place = () if warning.logical_id is None else ("Resources", warning.logical_id)
                yield Reported(
                    document.path,
                    document.line(place),
                    f"{warning.construct}: {problem.path}",
                    problem,
                    message_has_value=True,
                )


def _neighbours(subjects: Iterable[Subject]) -> Iterator[Reported]:
    for subject in subjects:
        if subject.template is not None and isinstance(subject.request, Mapping):
            outer = subject.place[: subject.place.index("Resources")]
            for finding in neighbour_findings(subject.template, subject.request):
                place = (*outer, *finding.path)
                if finding.problem.code in _acknowledged(subject, place):
                    continue
                line = subject.document.line(place if subject.has_lines else outer)
                yield Reported(subject.document.path, line, dotted(place), finding.problem)


def _acknowledged(subject: Subject, place: PropertyPath) -> set[str]:
    """Codes that the app of a template has acknowledged for a resource."""
    match place:
        case ("Resources", str(logical_id), *_):
            return acknowledged_codes(subject.document.path, logical_id)
        case _:
            return set()


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
