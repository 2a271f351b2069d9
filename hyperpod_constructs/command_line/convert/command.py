"""Command `convert`: generates a CDK app from a request and its provisioning form."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.command_line.documents import UnreadableError, read_document
from hyperpod_constructs.command_line.subjects import Subject, contents_of
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.orchestrator import Slurm
from hyperpod_constructs.model.problem import Problem, Severity, ValidationError
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.schema.intrinsics import is_intrinsic
from hyperpod_constructs.schema.paths import PropertyPath, dotted

from .app_source import UNKNOWN_VPC, app_source
from .migration import api_driven, form_losses
from .notes import Chapter, Note, notes_as_markdown

_CDK_JSON = {
    "app": "python app.py",
    "context": {"@aws-cdk/core:validateAgainstDefaultRules": True},
}


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of the command."""
    parser = commands.add_parser(
        "convert",
        description="Generates a CDK app for the cluster of a request, and writes the differences "
        "to standard error. Exit status: 0 for success, 1 for an invalid cluster, 2 for a file "
        "that cannot be read.",
    )
    parser.add_argument(
        "--cluster",
        type=Path,
        required=True,
        metavar="FILE",
        help="CreateCluster request, or output of describe-cluster",
    )
    parser.add_argument(
        "--form", type=Path, metavar="FILE", help="provisioning_params.json of the cluster"
    )
    parser.add_argument(
        "--api-driven",
        action="store_true",
        help="move the topology from the form into the request (ApiDrivenSlurm)",
    )
    parser.add_argument(
        "--vpc-id", metavar="ID", help="VPC of the subnets, which requests do not contain"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="write app.py, cdk.json and MIGRATION.md to DIR instead of standard output",
    )
    parser.set_defaults(run=convert)


def convert(options: argparse.Namespace) -> int:
    """Generates the app and writes notes on differences and required actions.

    Returns:
        Exit status.

    Raises:
        UnreadableError: If a file cannot be read or written.
    """
    try:
        subject = _subject(options.cluster)
        form = _form(options.form)
        model, notes = _converted(subject, form, is_api_driven=options.api_driven)
    except ValidationError as error:
        return _refused(error.problems)
    errors = [
        problem
        for problem in model.problems()
        if problem.severity is Severity.ERROR and problem.code not in _NOT_OF_THE_APP
    ]
    if errors:
        return _refused(errors)
    report = notes_as_markdown(
        f"Cluster {model.cluster_name or 'without a name'}",
        [*notes, *_changes(subject, model), *_to_do(model, options.vpc_id)],
    )
    source = app_source(model, options.vpc_id)
    if options.output is None:
        sys.stdout.write(source)
    else:
        _write(
            options.output,
            {
                "app.py": source,
                "cdk.json": json.dumps(_CDK_JSON, indent=2) + "\n",
                "MIGRATION.md": report,
            },
        )
    sys.stderr.write(report)
    return 0


_NOT_OF_THE_APP = frozenset({"FileSystemWithoutVpc", "VpcMissing"})
"""The app creates a network if the request has none."""


def _subject(path: Path) -> Subject:
    contents = contents_of(read_document(path))
    if contents.is_form:
        raise UnreadableError(
            ErrorCode.FILE_CONTENT, f"{path}: is a provisioning form; specify it with --form"
        )
    if contents.findings:
        raise ValidationError([finding.problem for finding in contents.findings])
    subjects = contents.subjects
    if len(subjects) != 1 or subjects[0].place:
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{path}: is a template; specify a CreateCluster request or the output of aws "
            "sagemaker describe-cluster",
        )
    return subjects[0]


def _form(path: Path | None) -> ProvisioningParams | None:
    return None if path is None else ProvisioningParams.from_json(read_document(path).text)


def _converted(
    subject: Subject, form: ProvisioningParams | None, *, is_api_driven: bool
) -> tuple[ClusterModel, tuple[Note, ...]]:
    path = subject.document.path
    read = ClusterModel.from_request(subject.request, provisioning_params=form)
    model = replace(read, is_request=False)
    for place in _unknown_values(subject.request):
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{path}: {dotted(place)}: is known only at deployment; specify its value",
        )
    if not isinstance(model.orchestrator, Slurm):
        if form is not None or is_api_driven:
            option = "--form" if form is not None else "--api-driven"
            raise UnreadableError(
                ErrorCode.ARGUMENT_INVALID,
                f"{path}: does not support a provisioning form, since it is API-driven or for "
                f"EKS; omit {option}",
            )
        return model, ()
    if form is None:
        raise UnreadableError(
            ErrorCode.ARGUMENT_INVALID,
            f"{path}: requires provisioning_params.json for its topology; specify it with --form",
        )
    if is_api_driven:
        return api_driven(model, form)
    return model, form_losses(model, form)


def _unknown_values(value: Any, place: PropertyPath = ()) -> Iterator[PropertyPath]:
    """Paths of values known only at deployment."""
    if is_unresolved(value) or (isinstance(value, Mapping) and is_intrinsic(value)):
        yield place
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _unknown_values(each, (*place, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _unknown_values(each, (*place, index))


def _changes(subject: Subject, model: ClusterModel) -> Iterator[Note]:
    for problem in model.notes:
        chapter = Chapter.LOST if problem.code == "RequestApiOnly" else Chapter.CHANGED
        yield Note(chapter, problem.path, problem.statement)
    for group, given in zip(
        model.instance_groups, subject.request.get("InstanceGroups", ()), strict=False
    ):
        if "ThreadsPerCore" not in given:
            yield Note(
                Chapter.CHANGED,
                f"instance group {group.name}",
                f"has ThreadsPerCore {group.effective_threads_per_core} in the app, and none in "
                "the request; pass threads_per_core=1 if its nodes have one, since it cannot be "
                "changed",
            )
        if "OverrideVpcConfig" in given and not (group.subnets or group.security_groups):
            yield Note(
                Chapter.CHANGED,
                f"instance group {group.name}",
                "has no OverrideVpcConfig in the app, since it equals the VpcConfig of the "
                "cluster; HyperPod requires it to be unchanged in an update of an existing cluster",
            )
        config = group.life_cycle_config
        if config is not None and str(config.source_s3_uri).endswith("/"):
            yield Note(
                Chapter.CHANGED,
                f"instance group {group.name}",
                f"has SourceS3Uri {config.source_s3_uri} without the trailing slash",
            )


def _to_do(model: ClusterModel, vpc_id: str | None) -> Iterator[Note]:
    if model.subnets is None:
        yield Note(
            Chapter.TO_DO,
            "VpcConfig",
            "is not in the request; the app creates a ClusterNetwork. Pass vpc=, vpc_subnets= and "
            "security_groups= for the network of an existing cluster: another network replaces it",
        )
    elif vpc_id is None:
        ids = " ".join(str(subnet.subnet_id) for subnet in model.subnets)
        yield Note(
            Chapter.TO_DO,
            UNKNOWN_VPC,
            "is the placeholder for the VPC in the app, and unknown for its zone; nothing in the "
            "template depends on them. They are VpcId and AvailabilityZone of aws ec2 "
            f"describe-subnets --subnet-ids {ids}; --vpc-id sets the first",
        )
    yield Note(
        Chapter.TO_DO,
        str(model.cluster_name or "ClusterName"),
        "is created by the app; a cluster of that name must not exist at deployment",
    )


def _refused(problems: Sequence[Problem]) -> int:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1


def _write(folder: Path, files: dict[str, str]) -> None:
    for name in files:
        if (folder / name).exists():
            raise UnreadableError(
                ErrorCode.FILE_UNWRITABLE,
                f"{folder / name}: already exists; specify another directory",
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            # A link that leads nowhere does not exist, but would be followed.
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError as error:
        raise UnreadableError(
            ErrorCode.FILE_UNWRITABLE,
            f"{error.filename}: already exists; specify another directory",
        ) from error
    except OSError as error:
        raise UnreadableError(ErrorCode.FILE_UNWRITABLE, f"{folder}: {error.strerror}") from error
