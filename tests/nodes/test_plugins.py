"""Plugins of srun: that of auto-resume, which the image has, stays beside Pyxis.

SHIM: neither is there; each is a plugin of Slurm with the option of the real one, compiled for the Slurm of the bench.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

import hyperpod_constructs as hp
from tests.thorough import rows

from . import root
from .cluster import Cluster
from .command import run
from .shapes import small

SOURCE = Path(__file__).parent / "spank_option.c"
AUTO_RESUME = "/opt/sagemaker_cluster/spank_auto_resume.so"
PYXIS = "/usr/local/lib/slurm/spank_pyxis.so"
PLUGSTACK = "/opt/slurm/etc/plugstack.conf"
IMAGES = {
    # Without a line break at its end.
    "a line": {PLUGSTACK: f"optional {AUTO_RESUME}"},
    # Slurm 24.11 does not expand wildcards, and nodes do not get included files.
    "a wildcard": {
        PLUGSTACK: "include /opt/slurm/etc/plugstack.conf.d/*",
        f"{PLUGSTACK}.d/auto_resume.conf": f"optional {AUTO_RESUME}",
    },
}
# SHIM: no engine of containers, which Pyxis would start.
WITHOUT_ENGINE = dict.fromkeys(("install_docker__sh", "install_enroot__sh"), "#!/bin/bash\n")


def compile_plugin(path: Path, name: str, option: str, variable: str) -> None:
    """Compiles a plugin with an option."""
    path.parent.mkdir(parents=True, exist_ok=True)
    defined = {"PLUGIN": name, "OPTION": f'"{option}"', "VARIABLE": f'"{variable}"'}
    run(
        *("gcc", "-shared", "-fPIC", "-Wall", f"-I{root.path()}/usr/include"),
        *(f"-D{key}={value}" for key, value in defined.items()),
        *("-o", str(path), str(SOURCE)),
    )


@pytest.fixture(params=rows(IMAGES, "a line"))
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    scripts = hp.LifecycleScripts.default(accounting=None, containers=hp.Containers())
    bundle = small(tmp_path, scripts=scripts).with_files(**WITHOUT_ENGINE)
    with Cluster(bundle, files=IMAGES[request.param]) as running:
        for node in running.add_all():
            files = node.host.files
            compile_plugin(files / AUTO_RESUME[1:], "auto_resume", "auto-resume", "AUTO_RESUME")
            compile_plugin(files / PYXIS[1:], "pyxis", "container-image", "IMAGE")
        running.boot()
        running.start_scripts(*running.nodes)
        running.platform.write_slurm_conf()
        running.wait_for_scripts(running.nodes)
        running.expect_provisioned()
        running.wait_until_idle()
        yield running


def test_both_plugins(cluster: Cluster) -> None:
    controller, worker = cluster.nodes
    assert controller.host.read(PLUGSTACK).splitlines() == [
        *(f"optional {AUTO_RESUME}", f"required {PYXIS}")
    ]
    options = "--auto-resume=1 --container-image=ubuntu"
    show = "sh -c 'hostname; echo $AUTO_RESUME $IMAGE'"
    assert controller.host.run(f"srun {options} {show}") == f"{worker.name}\n1 ubuntu\n"
    assert controller.host.run(f"srun --auto-resume=1 {show}") == f"{worker.name}\n1\n"
    assert worker.host.run(f"srun {options} {show}") == f"{worker.name}\n1 ubuntu\n"
    script = "srun --auto-resume=1 sh -c 'echo $AUTO_RESUME'"
    batch = f'sbatch --wait --output=/run/resumed --wrap "{script}"'
    controller.host.run(batch.replace("$", r"\$"))
    assert worker.host.read("/run/resumed") == "1\n"
    check_that_jobs_without_their_container_fail(cluster)

    cluster.provision([controller])
    assert controller.host.read(PLUGSTACK).count(".so\n") == 2
    assert controller.host.run(f"srun {options} {show}") == f"{worker.name}\n1 ubuntu\n"
    worker.host.run(f"mv {PYXIS} /root/")
    assert "task 0 launch failed" in controller.host.refuse("srun touch /run/without_plugin")
    assert worker.host.run("ls /run/without_plugin", check=False) == ""


def check_that_jobs_without_their_container_fail(cluster: Cluster) -> None:
    """Jobs whose image cannot be imported."""
    controller, worker = (node.host for node in cluster.nodes)
    image = "--container-image=missing"
    failed = controller.refuse(f"srun {image} touch /run/outside")
    assert "required plugin spank_pyxis.so: task_init() failed with rc=-1" in failed
    batch = f"sbatch --wait --output=/run/failed {image} --wrap 'touch /run/outside'"
    controller.refuse(batch)
    assert worker.run("ls /run/outside", check=False) == ""
    # A user's mistake does not drain a node.
    cluster.wait_until_idle()
