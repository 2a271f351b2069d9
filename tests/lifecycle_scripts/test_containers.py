import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from .conftest import SCRIPTS, PretendNode

DOCKER = "etc/docker/daemon.json"
CONTAINERD = "etc/containerd/config.toml"
NVIDIA_KEY = "C95B321B61E88C1809C4F759DDCAE044F796ECB0"
DOCKER_KEY = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
ENROOT = "etc/enroot/enroot.conf"
ENROOT_DEFAULTS = (
    "ENROOT_ROOTFS_WRITABLE yes\n"
    "ENROOT_SQUASH_OPTIONS -comp lzo -noI -noD -noF -noX -no-duplicates\n"
)
PLUGSTACK = "opt/slurm/etc/plugstack.conf"


def has_disk(node: PretendNode, folder: str) -> str:
    place = node.root / folder.lstrip("/")
    place.mkdir(parents=True)
    node.note("mounts", f"{(node.notes / 'mounts').read_text()}{place} /dev/nvme1n1\n")
    return str(place)


@pytest.mark.parametrize(
    ("disks", "wished", "chosen"),
    [
        ([], "", ""),
        (["/opt/sagemaker"], "", "/opt/sagemaker"),
        (["/opt/dlami/nvme"], "", "/opt/dlami/nvme"),
        (["/opt/dlami/nvme", "/opt/sagemaker"], "", "/opt/sagemaker"),
        (["/opt/dlami/nvme", "/opt/sagemaker"], "/opt/dlami/nvme", "/opt/dlami/nvme"),
    ],
)
def test_disk_for_containers(node: PretendNode, disks: list[str], wished: str, chosen: str) -> None:
    for disk in disks:
        has_disk(node, disk)

    result = node.run("choose_data_root.sh", wished)

    assert result.returncode == 0
    assert result.stdout == (f"{node.root}{chosen}\n" if chosen else "")


def test_disk_that_is_wished_and_missing(node: PretendNode) -> None:
    has_disk(node, "/opt/sagemaker")

    result = node.run("choose_data_root.sh", "/opt/dlami/nvme")

    assert (result.returncode, result.stdout) == (
        1,
        f"{node.root}/opt/dlami/nvme, the data_root of containers, is not a mounted file system\n",
    )


def test_disks_that_the_image_is_still_making_are_waited_for(node: PretendNode) -> None:
    node.note("job", "117\n")
    disk = node.root / "opt/dlami/nvme"
    disk.mkdir(parents=True)
    node.note(
        "on-sleep",
        f'echo > "$NOTES/job"; echo {disk} /dev/nvme1n1 > "$NOTES/mounts"',
    )

    assert node.run("choose_data_root.sh").stdout == f"{disk}\n"
    assert node.calls("sleep") == ["sleep 1"]


def test_disks_are_not_waited_for_for_ever(node: PretendNode) -> None:
    node.note("job", "117\n")

    result = node.run("choose_data_root.sh", HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (0, "")


def test_docker_that_is_there_is_only_configured(node: PretendNode) -> None:
    disk = has_disk(node, "/opt/sagemaker")
    config = node.file(DOCKER)
    config.write_text('{"runtimes": {"nvidia": {}}, "data-root": "/var/lib/docker"}')
    node.note("docker-root", "/var/lib/docker")

    result = node.run("install_docker.sh", "")

    assert (result.returncode, result.stdout) == (0, "")
    assert json.loads(config.read_text()) == {
        "runtimes": {"nvidia": {}},
        "data-root": f"{disk}/docker",
    }
    assert node.calls("apt-get", "curl", "systemctl") == [
        "systemctl show --property Job --value dlami-nvme",
        "systemctl is-active --quiet containerd",
        "systemctl enable docker",
        "systemctl restart docker",
    ]


def test_docker_that_runs_as_it_should_goes_on(node: PretendNode) -> None:
    disk = has_disk(node, "/opt/sagemaker")
    node.note("docker-root", f"{disk}/docker")

    assert node.run("install_docker.sh", "").returncode == 0
    first = node.tree()
    assert node.run("install_docker.sh", "").returncode == 0

    assert node.tree() == first
    assert "systemctl restart docker" not in node.calls()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, 'root = "{disk}/containerd"\n'),
        ("", 'root = "{disk}/containerd"\n'),
        (
            'disabled_plugins = ["cri"]\n#root = "/var/lib/containerd"\n[grpc]\n  root = "kept"\n',
            'disabled_plugins = ["cri"]\n#root = "/var/lib/containerd"\n'
            'root = "{disk}/containerd"\n[grpc]\n  root = "kept"\n',
        ),
        ("root='/a'\nversion = 2", 'version = 2\nroot = "{disk}/containerd"\n'),
    ],
)
def test_images_of_docker_29_move_too(node: PretendNode, before: str | None, after: str) -> None:
    disk = has_disk(node, "/opt/sagemaker")
    config = node.file(CONTAINERD)
    if before is not None:
        config.write_text(before)
    node.note("is-active", "containerd\n")
    node.note("docker-root", f"{disk}/docker")

    for restarts in (["systemctl restart containerd"], []):
        assert node.run("install_docker.sh", "").returncode == 0
        assert config.read_text() == after.format(disk=disk)
        assert [call for call in node.calls("systemctl") if "restart" in call] == restarts
    assert Path(disk, "containerd").stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize("key", [NVIDIA_KEY, DOCKER_KEY])
def test_toolkit_of_nvidia_comes_with_docker(node: PretendNode, key: str) -> None:
    node.file("/dev/nvidia0").touch()
    node.replace("gpg", keys_of(key))
    node.note("docker-root", "/var/lib/docker")

    result = node.run("install_docker.sh", "")

    installed = [
        call.split(" install ")[1] for call in node.calls("apt-get") if " install " in call
    ]
    if key == DOCKER_KEY:
        assert result.stdout.endswith(
            f"the key of nvidia.github.io has the fingerprint {key}, not {NVIDIA_KEY}\n"
        )
        assert installed == ["ca-certificates curl gpg"]
        return
    assert result.returncode == 0
    assert installed == ["ca-certificates curl gpg", "nvidia-container-toolkit"]
    keyring = node.root / "etc/apt/keyrings/nvidia-container-toolkit.asc"
    assert (node.root / "etc/apt/sources.list.d/nvidia-container-toolkit.list").read_text() == (
        f"deb [signed-by={keyring}] https://nvidia.github.io/libnvidia-container/stable/deb/amd64 /\n"
    )


def test_docker_without_a_disk(node: PretendNode) -> None:
    node.note("docker-root", "/var/lib/docker")

    result = node.run("install_docker.sh", "")

    assert result.stdout == "There is no disk but the root disk, so Docker keeps its data there.\n"
    assert not (node.root / DOCKER).exists()


def test_configuration_of_docker_that_is_broken(node: PretendNode) -> None:
    has_disk(node, "/opt/sagemaker")
    node.file(DOCKER).write_text("{")

    result = node.run("install_docker.sh", "")

    assert result.returncode == 1
    assert result.stdout.startswith(f"{node.root / DOCKER} is not JSON: ")


def test_runtime_of_nvidia(node: PretendNode) -> None:
    node.replace("nvidia-ctk", 'echo "$*"')

    assert (
        f"runtime configure --runtime=docker --config={node.root / DOCKER}\n"
        in node.run("install_docker.sh", "").stdout
    )


def keys_of(*fingerprints: str) -> str:
    """What gpg says of a file with these keys, each with a subkey."""
    lines = [
        line
        for each in fingerprints
        for line in ("pub:-:4096:1:A:1:", f"fpr:::::::::{each}:", "sub:-:", "fpr:::::::::1111:")
    ]
    return "cat << END\n" + "\n".join(lines) + "\nEND"


@pytest.mark.parametrize("keys", [(), ("2222",), (DOCKER_KEY, "2222"), ("2222", DOCKER_KEY)])
def test_key_of_somebody_else(node: PretendNode, keys: tuple[str, ...]) -> None:
    node.lacks("docker")
    node.file("/etc/os-release").write_text("ID=ubuntu\nVERSION_CODENAME=jammy\n")
    node.replace("gpg", keys_of(*keys))

    result = node.run("install_docker.sh", "")

    assert result.returncode == 1
    assert result.stdout.endswith(
        f"the key of download.docker.com has the fingerprint {', '.join(keys)}, not {DOCKER_KEY}\n"
    )
    assert not list((node.root / "etc/apt/keyrings").iterdir())


def test_docker_from_docker(node: PretendNode) -> None:
    node.lacks("docker")
    node.note("installed", "curl\n")
    node.file("/etc/os-release").write_text("ID=ubuntu\nVERSION_CODENAME=jammy\n")
    node.replace("gpg", keys_of(DOCKER_KEY))

    assert node.run("install_docker.sh", "").returncode == 0

    keyring = node.root / "etc/apt/keyrings/docker.asc"
    assert keyring.read_text() == "https://download.docker.com/linux/ubuntu/gpg\n"
    assert (node.root / "etc/apt/sources.list.d/docker.list").read_text() == (
        f"deb [signed-by={keyring}] https://download.docker.com/linux/ubuntu jammy stable\n"
    )
    assert [
        call.split(" install ")[1] for call in node.calls("apt-get") if " install " in call
    ] == [
        "ca-certificates gpg",
        "docker-ce docker-ce-cli containerd.io",
    ]


def test_enroot(node: PretendNode) -> None:
    node.replace("enroot", "exit 0")
    disk = has_disk(node, "/opt/dlami/nvme")
    config = node.file(ENROOT)
    chooser = node.root / "usr/local/lib/hyperpod_constructs/enroot_folder.sh"
    config.write_text(
        "#ENROOT_DATA_PATH /a\nENROOT_DATA_PATH /b\nENROOT_MOUNT_HOME y\n ENROOT_TEMP_PATH\t/c\n"
    )

    for _ in range(2):
        result = node.run("install_enroot.sh", "")

        assert (result.returncode, result.stdout) == (0, "")
        assert config.read_text() == (
            f"#ENROOT_DATA_PATH /a\nENROOT_MOUNT_HOME y\n{ENROOT_DEFAULTS}"
            f"ENROOT_RUNTIME_PATH $({chooser} {disk}/enroot)/runtime\n"
            f"ENROOT_CACHE_PATH $({chooser} {disk}/enroot)/cache\n"
            f"ENROOT_DATA_PATH $({chooser} {disk}/enroot)/data\n"
            f"ENROOT_TEMP_PATH {disk}/enroot\n"
        )
    # Users write there when those of steps.json have their folders.
    assert (node.root / "opt/dlami/nvme/enroot").stat().st_mode & 0o7777 == 0o755
    assert chooser.stat().st_mode & 0o777 == 0o755
    assert node.calls("apt-get", "curl") == []


def test_enroot_from_nvidia(node: PretendNode) -> None:
    assert node.run("install_enroot.sh", "").returncode == 0

    base = "https://github.com/NVIDIA/enroot/releases/download/v3.5.0"
    cache = node.root / "var/cache/enroot"
    assert [call.split()[-1] for call in node.calls("curl")] == [
        f"{base}/enroot_3.5.0-1_amd64.deb",
        f"{base}/enroot+caps_3.5.0-1_amd64.deb",
    ]
    assert sorted(path.name for path in cache.iterdir()) == [
        "enroot+caps_3.5.0-1_amd64.deb",
        "enroot_3.5.0-1_amd64.deb",
    ]


def test_pyxis_that_is_there(node: PretendNode) -> None:
    node.file("/usr/local/lib/slurm/spank_pyxis.so").touch()

    assert node.run("install_pyxis.sh").returncode == 0
    assert node.calls() == []


MAKEFILE = """\
CPPFLAGS := -D_GNU_SOURCE $(CPPFLAGS)
install:
\t@echo $(CPPFLAGS) $(prefix) > $(DESTDIR)/flags
"""
"""How Pyxis adds to the flags of whoever builds it."""


def pin_pyxis(node: PretendNode, content: bytes) -> None:
    """The archive that GitHub sends, and the one that the script expects."""
    archive = node.notes / "archive"
    archive.write_bytes(gzip.compress(b"content"))
    node.replace("curl", f'echo "curl $*" >> "$NOTES/calls"; cp {archive} "${{*: -2:1}}"')
    script = node.scripts / "install_pyxis.sh"
    pinned = re.search(r"digest=(\w{64})", script.read_text())
    assert pinned
    script.write_text(script.read_text().replace(pinned[1], hashlib.sha256(content).hexdigest()))


def test_other_source_of_pyxis_is_refused(node: PretendNode) -> None:
    pin_pyxis(node, b"other")

    result = node.run("install_pyxis.sh")

    assert result.returncode == 1
    digest = hashlib.sha256(b"other").hexdigest()
    assert result.stdout.strip() == (
        f"the source of Pyxis 0.24.0 does not have the SHA-256 {digest}"
    )
    assert node.calls("tar", "make") == []
    assert list((node.root / "usr/local/src").iterdir()) == []


def test_pyxis_from_its_source(node: PretendNode) -> None:
    pin_pyxis(node, b"content")
    source = node.root / "usr/local/src/pyxis-0.24.0"
    node.lacks("make")
    (node.commands / "make").symlink_to(shutil.which("make") or "")
    node.note("Makefile", MAKEFILE)
    node.replace(
        "tar",
        f'echo "tar $*" >> "$NOTES/calls"; mkdir --parents {source}; cp "$NOTES/Makefile" {source}',
    )

    result = node.run("install_pyxis.sh")

    assert result.returncode == 0, result.stdout
    curl, tar = node.calls("curl", "tar")
    assert curl.endswith(
        f" --output {source}.tar.gz.new "
        "https://github.com/NVIDIA/pyxis/archive/refs/tags/v0.24.0.tar.gz"
    )
    assert tar == (
        f"tar --extract --gzip --no-same-owner --file {source}.tar.gz --directory {source.parent}"
    )
    assert (node.root / "flags").read_text() == (
        f"-D_GNU_SOURCE -I{node.root}/opt/slurm/include /usr/local\n"
    )


OURS = "required /usr/local/lib/slurm/spank_pyxis.so\n"
AUTO_RESUME = "optional /opt/sagemaker_cluster/spank_auto_resume.so"
THEIRS = "required /opt/pyxis/spank_pyxis.so\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, OURS),
        ("", OURS),
        ("required /usr/lib/x11.so\n# pyxis: later\n", None),
        # The image's, which does not end with a line break.
        (AUTO_RESUME, f"{AUTO_RESUME}\n{OURS}"),
        (THEIRS, THEIRS),
        # The line of version 0.2 is replaced. One with options is that of the owner, and stays.
        (f"/a.so\n{OURS.replace('required', 'optional')}", f"/a.so\n{OURS}"),
        (
            f"optional{OURS[8:-1]} runtime_path=/run/a\n",
            f"optional{OURS[8:-1]} runtime_path=/run/a\n",
        ),
        ("include /opt/slurm/etc/plugstack.conf.d/*\n", f"optional /a.so\n{THEIRS}"),
        ("Include plugstack.conf.d/pyxis.conf # of the image", THEIRS),
        ("include plugstack.conf.d/more/*\n", OURS),
    ],
)
def test_slurm_learns_of_pyxis_once(
    node: PretendNode, before: str | None, after: str | None
) -> None:
    plugstack = node.file(PLUGSTACK)
    if before is not None:
        plugstack.write_text(before)
    node.file(f"{PLUGSTACK}.d/pyxis.conf").write_text(THEIRS)
    node.file(f"{PLUGSTACK}.d/a.conf").write_text("optional /a.so")

    for _ in range(2):
        assert node.run("configure_pyxis.sh").returncode == 0
        assert plugstack.read_text() == (f"{before}{OURS}" if after is None else after)


@pytest.fixture
def enroot(node: PretendNode) -> Path:
    """The folder for images, and users of steps.json."""
    if os.getuid() != 0:
        pytest.skip("only root may give a folder to somebody else")
    disk = has_disk(node, "/opt/dlami/nvme")
    node.replace("enroot", "exit 0")
    assert node.run("install_enroot.sh", "").returncode == 0
    node.has_steps(users={"users": [{"name": "anna", "uid": 2001}, {"name": "bob", "uid": 2002}]})
    return Path(disk) / "enroot"


def test_folders_of_users(node: PretendNode, enroot: Path) -> None:
    for _ in range(2):
        result = node.run("make_enroot_folders.py")

        assert (result.returncode, result.stdout) == (0, "")
        found = {path.name: path.stat() for path in enroot.iterdir()}
        assert {
            name: (status.st_uid, status.st_mode & 0o7777) for name, status in found.items()
        } == {
            "user-2001": (2001, 0o700),
            "user-2002": (2002, 0o700),
        }
        assert enroot.stat().st_mode & 0o7777 == 0o1777


def test_folder_that_is_made_again_and_again(
    node: PretendNode,
    enroot: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A user who is faster than root has no say in what others get."""
    guarded_path = import_module("guarded_path")
    make_enroot_folders = import_module("make_enroot_folders")
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(node.root))
    monkeypatch.setattr(make_enroot_folders, "__file__", str(node.scripts / "x.py"))
    rename = os.rename

    def faster(source: str, target: str, **folders: int) -> None:
        if target == "user-2001":
            (enroot / "user-2001/x").mkdir(parents=True, exist_ok=True)
        rename(source, target, **folders)

    monkeypatch.setattr(guarded_path.os, "rename", faster)
    make_enroot_folders.main()

    assert capsys.readouterr().out == (
        "user anna: there is no folder for images: /opt/dlami/nvme/enroot/user-2001 was created by "
        "another user in the meantime\n"
    )
    assert (enroot / "user-2002").stat().st_uid == 2002
    assert enroot.stat().st_mode & 0o7777 == 0o1777


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o1777])
@pytest.mark.parametrize("plant", ["link", "folder of a user", "file"])
@pytest.mark.parametrize("step", ["install_enroot.sh", "install_docker.sh"])
def test_planted_data_folder_is_not_used(
    node: PretendNode, step: str, plant: str, mode: int
) -> None:
    if os.getuid() != 0:
        pytest.skip("only root may give a folder to somebody else")
    disk = Path(has_disk(node, "/opt/dlami/nvme"))
    disk.chmod(mode)
    node.replace("enroot", "exit 0")
    folder = disk / step.removeprefix("install_").removesuffix(".sh")
    target = node.file("/etc/secret/x").parent
    target.chmod(0o700)
    if plant == "link":
        folder.symlink_to(target)
    elif plant == "file":
        folder.touch()
    else:
        folder.mkdir()
        os.chown(folder, 2666, 2666)

    assert node.run(step, "").returncode == 0

    assert folder.is_dir()
    assert (folder.lstat().st_uid, folder.is_symlink()) == (0, False)
    assert folder.stat().st_mode & 0o22 == 0
    assert target.stat().st_mode & 0o7777 == 0o700
    assert disk.stat().st_mode & 0o7777 == (mode if mode == 0o755 else 0o1777)


@pytest.mark.parametrize("plant", ["folder", "open folder", "link", "file"])
def test_folder_that_another_user_has_made(node: PretendNode, enroot: Path, plant: str) -> None:
    folder = enroot / "user-2002"
    if plant == "link":
        folder.symlink_to("/etc")
    elif plant == "file":
        folder.touch()
    else:
        folder.mkdir()
        os.chown(folder, 2002 if plant == "open folder" else 2666, -1)
        folder.chmod(0o777)

    assert node.run("make_enroot_folders.py").returncode == 0
    assert (folder.lstat().st_uid, folder.lstat().st_mode & 0o7777) == (2002, 0o700)
    assert len(list(enroot.iterdir())) == 3


def test_user_who_is_not_in_the_file_passes_over_a_planted_folder(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root may become somebody else")
    own = f"user-{os.getuid()}"
    (tmp_path / own).mkdir(mode=0o777)
    os.chown(tmp_path / own, 2666, 2666)
    command = ["bash", str(SCRIPTS / "enroot_folder.sh"), str(tmp_path)]

    # All names that can be guessed are taken.
    for number in range(1, 10):
        (tmp_path / f"{own}.{number}").mkdir(mode=0o700)
        os.chown(tmp_path / f"{own}.{number}", 2666, 2666)

    chosen = {
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(3)
    }
    (folder,) = map(Path, chosen)
    assert folder.parent == tmp_path
    assert (folder.stat().st_uid, folder.stat().st_mode & 0o7777) == (os.getuid(), 0o700)
