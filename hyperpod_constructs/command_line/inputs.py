"""Files of a command: the clusters and forms that they contain."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperpod_constructs.checks.assembly import assembly_templates
from hyperpod_constructs.checks.findings import Finding
from hyperpod_constructs.model.command_error import ErrorCode

from .documents import Document, UnreadableError, read_document
from .subjects import Subject, contents_of

_FILES_HELP = (
    "CloudFormation template (JSON or YAML), cdk.out directory, CreateCluster or UpdateCluster "
    "request, output of aws sagemaker describe-cluster, aws cloudformation get-template, aws "
    "cloudcontrol get-resource or terraform show -json, or provisioning_params.json; - for "
    "standard input"
)


def add_input_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `read_inputs`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_FILES_HELP)
    parser.add_argument(
        "--form", type=Path, metavar="FILE", help="provisioning_params.json of a single cluster"
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="treat requests as UpdateCluster requests, which specify only changes",
    )


@dataclass(frozen=True)
class Inputs:
    """What files contain.

    Attributes:
        subjects: Clusters.
        forms: Provisioning forms that are not paired with a cluster.
        unread: Findings on parts of documents that are not read.
        paired: Provisioning form of the only cluster, if there is one.
        templates: Templates.
        skipped: Templates without resources.
    """

    subjects: Sequence[Subject]
    forms: Sequence[Document]
    unread: Sequence[tuple[Document, Finding]] = ()
    paired: Document | None = None
    templates: Sequence[Document] = ()
    skipped: Sequence[Path] = ()

    def others_of(self, subject: Subject) -> list[Mapping[str, Any]]:
        """The other templates of the app of a cluster: those in the same directory."""
        return [
            each.data
            for each in self.templates
            if each is not subject.document and each.path.parent == subject.document.path.parent
        ]

    @property
    def notes(self) -> str:
        """The files that are not read, one a line."""
        return "".join(f"{path}: contains no resources; skipped\n" for path in self.skipped)

    def form_of(self, subject: Subject) -> str | None:
        """Text of the provisioning form of a cluster."""
        return subject.form if self.paired is None else self.paired.text


@dataclass(frozen=True)
class _Read:
    subjects: list[Subject] = field(default_factory=list)
    forms: list[Document] = field(default_factory=list)
    unread: list[tuple[Document, Finding]] = field(default_factory=list)
    templates: list[Document] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)


def read_inputs(files: Sequence[Path], form: Path | None, *, is_update: bool = False) -> Inputs:
    """Reads files. A form is paired with a cluster if there is one of each.

    Args:
        files: Files, or directories written by `cdk synth`.
        form: Provisioning form of the only cluster.
        is_update: Whether requests are UpdateCluster requests.

    Raises:
        UnreadableError: If a file cannot be read.
    """
    read = _Read()
    for path in files:
        is_folder = path.is_dir()
        for document in map(read_document, _templates(path) if is_folder else [path]):
            contents = contents_of(document, is_update=is_update, is_template=is_folder)
            if contents.is_empty:
                read.skipped.append(document.path)
            read.subjects.extend(contents.subjects)
            if contents.is_form:
                read.forms.append(document)
            if isinstance(document.data, Mapping) and "Resources" in document.data:
                read.templates.append(document)
            read.unread.extend((document, finding) for finding in contents.findings)
    if form is not None and len(read.subjects) != 1:
        raise UnreadableError(
            ErrorCode.ARGUMENT_INVALID,
            f"--form {form}: requires exactly one cluster, and the files contain "
            f"{len(read.subjects)}",
        )
    paired = None if form is None else read_document(form)
    if form is None and len(read.forms) == len(read.subjects) == 1:
        paired = read.forms.pop()
    return Inputs(read.subjects, read.forms, read.unread, paired, read.templates, read.skipped)


def _templates(folder: Path) -> list[Path]:
    templates = list(assembly_templates(folder))
    if not templates:
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{folder}: contains no manifest.json with stacks; specify a cdk.out directory, or "
            "files",
        )
    return templates
