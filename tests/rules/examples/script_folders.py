"""Examples of the rules about the folder of scripts; each spoils a folder of its own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hyperpod_constructs as hp
from hyperpod_constructs.model.script_folder import ScriptFolder
from tests.clusters.values import ON_CREATION, SHARED, SOURCE, api, controller, slurm, worker

from .example import WARNING, Example

MULTI_HEAD = hp.Slurm(slurm_configurations=SHARED)
MIB = 1024 * 1024


def good_folder(path: Path, **settings: Any) -> ScriptFolder:
    """A folder with the least a node can run."""
    path.mkdir()
    (path / "on_create.sh").write_bytes(b"#!/bin/bash\nexit 0\n")
    return ScriptFolder(path=path, **settings)


def remove_entry_point(folder: Path) -> None:
    (folder / "on_create.sh").rename(folder / "On_Create.sh")


def remove_shebang(folder: Path) -> None:
    (folder / "on_create.sh").write_text("echo hello\n")


def write_crlf(folder: Path) -> None:
    (folder / "helper.sh").write_bytes(b"echo hello\r\n")


def link_to_nothing(folder: Path) -> None:
    (folder / "helper.sh").symlink_to(folder / "gone.sh")


def remove_folder(folder: Path) -> None:
    (folder / "on_create.sh").unlink()
    folder.rmdir()


def write_form(folder: Path) -> None:
    (folder / "provisioning_parameters.json").write_text("{}")


def write_old_form(folder: Path) -> None:
    (folder / "provisioning_params.json").write_text("{}")


def write_steps(folder: Path) -> None:
    (folder / "steps.json").write_text("{}")


def write_base_config(folder: Path) -> None:
    (folder / "lifecycle_script.py").write_text("import argparse\n")
    (folder / "on_create.sh").write_text(
        "#!/bin/bash\npython3 lifecycle_script.py -pp provisioning_parameters.json\n"
    )


def write_large_file(folder: Path) -> None:
    with (folder / "data.bin").open("wb") as file:
        file.truncate(51 * MIB)


def write_huge_file(folder: Path) -> None:
    with (folder / "data.bin").open("wb") as file:
        file.truncate(700 * MIB)


def link_to_itself(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "loop").symlink_to(folder, target_is_directory=True)


def make_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.sh")


def write_secret(folder: Path) -> None:
    (folder / "conf").mkdir()
    (folder / "conf" / ".env").write_text("PASSWORD=secret\n")


def leave(_: Path) -> None:
    pass


def multi_head(scripts: ScriptFolder) -> hp.ClusterModel:
    return slurm(controller(count=2), worker(), orchestrator=MULTI_HEAD, scripts=scripts)


def api_on_creation(scripts: ScriptFolder) -> hp.ClusterModel:
    return api(controller(life_cycle_config=ON_CREATION), worker(), scripts=scripts)


def own_script(file: str) -> Callable[[ScriptFolder], hp.ClusterModel]:
    config = hp.LifeCycleConfig.on_creation(file, source_s3_uri=SOURCE)
    return lambda scripts: slurm(controller(), worker(life_cycle_config=config), scripts=scripts)


def form_cluster(scripts: ScriptFolder) -> hp.ClusterModel:
    return slurm(scripts=scripts)


def cluster_with_steps(scripts: ScriptFolder) -> hp.ClusterModel:
    return slurm(scripts=scripts, steps=hp.LifecycleSteps())


def api_cluster(scripts: ScriptFolder) -> hp.ClusterModel:
    return api(scripts=scripts)


Cluster = Callable[[ScriptFolder], hp.ClusterModel]
CASES: list[tuple[str, Callable[[Path], None], Cluster, dict[str, Any], hp.Severity]] = [
    (
        "lifecycle_scripts.path: '{folder}' is not a directory; specify an existing "
        "directory; relative paths are resolved against the working directory "
        "(ScriptFolder)",
        remove_folder,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts.on_create: 'on_create.sh' does not exist in {folder}; "
        "specify a file in the folder; names are case-sensitive (EntryPoint)",
        remove_entry_point,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['on_create.sh']: 'echo hello\\n' is not an interpreter line "
        "(#!), which the entry point requires; add '#!/bin/bash' as the first line "
        "(Shebang)",
        remove_shebang,
        form_cluster,
        {},
        WARNING,
    ),
    (
        "lifecycle_scripts['helper.sh']: '{folder}/helper.sh' has CRLF line endings, "
        "which bash does not support; save it with LF line endings, and add '* text "
        "eol=lf' to .gitattributes (CarriageReturn)",
        write_crlf,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['helper.sh']: '{folder}/helper.sh' is a broken link; remove "
        "the link or restore its target (DanglingLink)",
        link_to_nothing,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "instance_groups[1].life_cycle_config.on_create: 'other.sh' does not exist in "
        "{folder}; specify a file in the folder; names are case-sensitive (EntryPoint)",
        leave,
        own_script("other.sh"),
        {"source_s3_uri": SOURCE},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['provisioning_parameters.json']: "
        "'{folder}/provisioning_parameters.json' would be overwritten by the form "
        "generated from the instance groups; remove the file (FormInScripts)",
        write_form,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['provisioning_parameters.json']: "
        "'{folder}/provisioning_parameters.json' is not supported by API-driven Slurm; "
        'HyperPod: "The LifeCycleConfig cannot include both a SLURM Orchestrator Config '
        'and a provisioning_parameters.json file simultaneously."; remove the file '
        "(FormInScripts)",
        write_form,
        api_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['provisioning_params.json']: "
        "'{folder}/provisioning_params.json' is not used by API-driven Slurm; remove the "
        "file (FormInScripts)",
        write_old_form,
        api_cluster,
        {},
        WARNING,
    ),
    (
        "lifecycle_scripts['steps.json']: '{folder}/steps.json' would be overwritten by "
        "the steps generated from the arguments; remove the file, and pass its settings "
        "to LifecycleScripts.default(...) (StepsInScripts)",
        write_steps,
        cluster_with_steps,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['on_create.sh']: '{folder}/on_create.sh' runs "
        "lifecycle_script.py with the provisioning form, which API-driven Slurm does not "
        "support; omit life_cycle_config, or use Slurm() (BaseConfigScripts)",
        write_base_config,
        api_on_creation,
        {},
        WARNING,
    ),
    (
        "lifecycle_scripts: '{folder}' is 51 MiB, which each node downloads when it is "
        "created; the largest file is 'data.bin'; keep only scripts in the folder, and load large files from a bucket "
        "or a file system (ScriptFolderSize)",
        write_large_file,
        form_cluster,
        {},
        WARNING,
    ),
    (
        "lifecycle_scripts['data.bin']: '{folder}/data.bin' is 700 of 700 MiB in the folder, and "
        "the upload supports up to 512 MiB; keep only scripts in the folder, and load large files "
        "from a bucket or a file system (ScriptFolderLimit)",
        write_huge_file,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['inner/loop']: '{folder}/inner/loop' is a link to a folder that "
        "contains it; remove the link (LinkLoop)",
        link_to_itself,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['pipe.sh']: '{folder}/pipe.sh' is a device, pipe or socket, and only "
        "files can be uploaded; remove it (ScriptFile)",
        make_pipe,
        form_cluster,
        {},
        hp.Severity.ERROR,
    ),
    (
        "lifecycle_scripts['conf/.env']: '{folder}/conf/.env' is likely a secret, and would be "
        "stored in the versioned bucket, which every node reads; remove it, and read the secret "
        "from Secrets Manager in a script (SecretInScripts)",
        write_secret,
        form_cluster,
        {},
        WARNING,
    ),
]


def script_folder_examples(parent: Path) -> list[Example]:
    """The examples, with folders below one."""
    examples = []
    for number, (text, spoil, cluster, settings, severity) in enumerate(CASES):
        bad = good_folder(parent / f"bad{number}", **settings)
        good = good_folder(parent / f"good{number}", **settings)
        if settings.get("source_s3_uri"):
            (good.path / "other.sh").write_bytes(b"#!/bin/bash\n")
        spoil(bad.path)
        found = text.replace("{folder}", bad.path.as_posix())
        examples.append(Example(found, cluster(bad), cluster(good), severity))
    return examples
