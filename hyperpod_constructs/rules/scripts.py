"""Rules for a local folder of lifecycle scripts.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Slurm
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES

from .queries import instance_groups
from .rule import rule

_LARGE_FOLDER_BYTES = 50 * 1024 * 1024
_BASE_CONFIG = "lifecycle_script.py"


@rule
def runnable_script_folder(model: ClusterValues) -> Iterator[Problem]:
    """Nodes must be able to run the scripts.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
    """
    if model.scripts is not None:
        yield from model.scripts.problems()


@rule
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


@rule
def form_in_scripts(model: ClusterValues) -> Iterator[Problem]:
    """A form in the scripts is overwritten, or rejected with API-driven Slurm."""
    if model.scripts is None or not isinstance(model.orchestrator, Slurm | ApiDrivenSlurm):
        return
    is_api_driven = isinstance(model.orchestrator, ApiDrivenSlurm)
    for name, path in model.scripts.files.items():
        if name in FORM_NAMES:
            yield Problem(
                code="FormInScripts",
                path=f"{model.scripts.argument}[{name!r}]",
                value=path.as_posix(),
                message='is not supported by API-driven Slurm; HyperPod: "The LifeCycleConfig '
                "cannot include both a SLURM Orchestrator Config and a "
                'provisioning_parameters.json file simultaneously."'
                if is_api_driven
                else "would be overwritten by the form generated from the instance groups",
                fix="remove the file",
            )


@rule
def base_config_scripts(model: ClusterValues) -> Iterator[Problem]:
    """The AWS base configuration requires the form, which API-driven Slurm does not support.

    Source: https://github.com/awslabs/awsome-distributed-ai
    """
    if model.scripts is None or not isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    script = model.scripts.files.get(_BASE_CONFIG)
    runs_on_creation = any(
        group.life_cycle_config is not None and group.life_cycle_config.on_create is not None
        for group in model.instance_groups
    )
    if runs_on_creation and script is not None:
        content = script.read_bytes()
        if any(name.encode() in content for name in FORM_NAMES):
            yield Problem(
                code="BaseConfigScripts",
                path=f"{model.scripts.argument}[{_BASE_CONFIG!r}]",
                value=script.as_posix(),
                message="requires the provisioning form, which API-driven Slurm does not support",
                fix="omit life_cycle_config, or use Slurm()",
            )


@rule
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
