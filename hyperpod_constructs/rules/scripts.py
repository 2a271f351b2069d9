"""Rules for a local folder of lifecycle scripts.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Slurm
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES

from .basis import Basis
from .queries import instance_groups
from .rule import rule

_LARGE_FOLDER_BYTES = 50 * 1024 * 1024
_BASE_CONFIG = "lifecycle_script.py"


@rule(basis=Basis.PUBLIC_REPORT)
def runnable_script_folder(model: ClusterValues) -> Iterator[Problem]:
    """Nodes must be able to run the scripts.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
    """
    if model.scripts is not None:
        yield from model.scripts.problems()


@rule(basis=Basis.PUBLIC_REPORT)
def scripts_of_groups(model: ClusterValues) -> Iterator[Problem]:
    """The script of a group must exist in the folder.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterLifeCycleConfig.html
    """
    if model.scripts is None or model.scripts.source_s3_uri is None:
        return
    files = model.scripts.files
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is None or config.source_s3_uri != model.scripts.source_s3_uri:
            continue
        for name in ("on_create", "on_init_complete"):
            file = getattr(config, name)
            if file is not None and file not in files and file != model.scripts.on_create:
                yield Problem(
                    code="EntryPoint",
                    path=f"{path}.life_cycle_config.{name}",
                    value=file,
                    message=f"does not exist in {model.scripts.path.as_posix()}",
                    fix="specify a file in the folder; names are case-sensitive",
                )


@rule(basis=Basis.AWS_PAGE)
def form_in_scripts(model: ClusterValues) -> Iterator[Problem]:
    """A form in the scripts is overwritten, or rejected with API-driven Slurm.

    AWS documents the rejection of `provisioning_parameters.json` only.
    """
    if model.scripts is None or not isinstance(model.orchestrator, Slurm | ApiDrivenSlurm):
        return
    is_api_driven = isinstance(model.orchestrator, ApiDrivenSlurm)
    for name, path in model.scripts.files.items():
        if name in FORM_NAMES:
            is_old_name = name == FORM_NAMES[0]
            yield Problem(
                code="FormInScripts",
                path=f"{model.scripts.argument}[{name!r}]",
                value=path.as_posix(),
                message="would be overwritten by the form generated from the instance groups"
                if not is_api_driven
                else "is not used by API-driven Slurm"
                if is_old_name
                else 'is not supported by API-driven Slurm; HyperPod: "The LifeCycleConfig '
                "cannot include both a SLURM Orchestrator Config and a "
                'provisioning_parameters.json file simultaneously."',
                fix="remove the file",
                severity=Severity.WARNING if is_api_driven and is_old_name else Severity.ERROR,
            )


@rule(basis=Basis.PUBLIC_REPORT)
def base_config_scripts(model: ClusterValues) -> Iterator[Problem]:
    """The AWS base configuration requires the form, which API-driven Slurm does not support.

    Source: https://github.com/awslabs/awsome-distributed-ai
    """
    if model.scripts is None or not isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    files = model.scripts.files
    scripts = {
        group.life_cycle_config.on_create
        for group in model.instance_groups
        if group.life_cycle_config is not None and group.life_cycle_config.on_create is not None
    }
    for name in sorted(scripts & files.keys()) if _BASE_CONFIG in files else ():
        path = files[name]
        content = path.read_bytes() if path.is_file() else b""
        if any(form.encode() in content for form in FORM_NAMES):
            yield Problem(
                code="BaseConfigScripts",
                path=f"{model.scripts.argument}[{name!r}]",
                value=path.as_posix(),
                message=f"runs {_BASE_CONFIG} with the provisioning form, which API-driven Slurm "
                "does not support",
                fix="omit life_cycle_config, or use Slurm()",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.INFERRED)
def size_of_scripts(model: ClusterValues) -> Iterator[Problem]:
    """Each node downloads all files before it runs the script.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
    """
    if model.scripts is None:
        return
    sizes = {name: path.stat().st_size for name, path in model.scripts.files.items()}
    size = sum(sizes.values())
    if size > _LARGE_FOLDER_BYTES:
        yield Problem(
            code="ScriptFolderSize",
            path=model.scripts.argument,
            value=model.scripts.path.as_posix(),
            message=f"is {size // 1024 // 1024} MiB, which each node downloads when it is created; the "
            f"largest file is {max(sizes, key=lambda name: sizes[name])!r}",
            fix="keep only scripts in the folder, and load large files from a bucket or a file "
            "system",
            severity=Severity.WARNING,
        )
