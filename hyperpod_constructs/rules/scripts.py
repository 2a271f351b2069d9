"""Rules about the folder of lifecycle scripts, if it lies on this machine.

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
def script_folder(model: ClusterValues) -> Iterator[Problem]:
    """The scripts can run.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
    """
    if model.scripts is not None:
        yield from model.scripts.problems()


@rule
def scripts_of_groups(model: ClusterValues) -> Iterator[Problem]:
    """The file that a group runs is in the folder that it names.

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
                    message=f"is not a file of {model.scripts.path.as_posix()}",
                    fix="name a file of the folder; upper and lower case count",
                )


@rule
def form_in_scripts(model: ClusterValues) -> Iterator[Problem]:
    """A form of one's own would be overwritten; beside a topology in the request it is refused."""
    if model.scripts is None or not isinstance(model.orchestrator, Slurm | ApiDrivenSlurm):
        return
    is_api_driven = isinstance(model.orchestrator, ApiDrivenSlurm)
    for name, path in model.scripts.files.items():
        if name in FORM_NAMES:
            yield Problem(
                code="FormInScripts",
                path=f"{model.scripts.argument}[{name!r}]",
                value=path.as_posix(),
                message='would be found beside the topology of the request; HyperPod: "The '
                "LifeCycleConfig cannot include both a SLURM Orchestrator Config and a "
                'provisioning_parameters.json file simultaneously."'
                if is_api_driven
                else "would be overwritten by the form made from the instance groups",
                fix="remove the file",
            )


@rule
def base_config_scripts(model: ClusterValues) -> Iterator[Problem]:
    """AWS's base configuration opens the form, which an API-driven cluster does not have.

    Source: https://github.com/awslabs/awsome-distributed-ai
    """
    if model.scripts is None or not isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    script = model.scripts.files.get(_BASE_CONFIG)
    runs_on_creation = any(
        group.life_cycle_config is not None and group.life_cycle_config.on_create is not None
        for group in model.instance_groups
    )
    if runs_on_creation and script is not None and script.is_file():
        content = script.read_bytes()
        if any(name.encode() in content for name in FORM_NAMES):
            yield Problem(
                code="BaseConfigScripts",
                path=f"{model.scripts.argument}[{_BASE_CONFIG!r}]",
                value=script.as_posix(),
                message="opens the provisioning form, which an API-driven cluster does not have",
                fix="leave life_cycle_config out, or use Slurm()",
            )


@rule
def size_of_scripts(model: ClusterValues) -> Iterator[Problem]:
    """Each node downloads all files before it runs one.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
    """
    if model.scripts is None:
        return
    size = sum(path.stat().st_size for path in model.scripts.files.values() if path.is_file())
    if size > _LARGE_FOLDER_BYTES:
        yield Problem(
            code="ScriptFolderSize",
            path=model.scripts.argument,
            value=model.scripts.path.as_posix(),
            message=f"has {size // 1024 // 1024} MiB, which each node downloads when it is created",
            fix="keep the scripts there, and load large files from a bucket or a file system",
            severity=Severity.WARNING,
        )
