import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import PretendNode

RELEASES = "https://s3.amazonaws.com/mountpoint-s3-release"
ADDRESS = f"{RELEASES}/latest"
KEY_OF_MOUNTPOINT = "8AEFE705EBE329C0948C75A66F1C3B3AEF4B030B"


def units(node: PretendNode) -> dict[str, str]:
    return {path: text for path, (_, text) in node.tree().items() if path.startswith("etc/systemd")}


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("", "read-write", ""), "--allow-other"),
        (
            ("a/b/", "read-only", "eu-west-1"),
            '--allow-other --read-only --prefix "a/b/" --region eu-west-1',
        ),
        (("a b", "read-write", ""), '--allow-other --prefix "a b/"'),
    ],
)
def test_bucket_is_mounted_at_every_boot(
    node: PretendNode, arguments: tuple[str, ...], options: str
) -> None:
    node.replace("mount-s3", "exit 0")
    target = node.root / "mnt/data"

    result = node.run("mount_s3.sh", "data", "/mnt/data", *arguments)

    service = f"{str(target).lstrip('/').replace('/', '-')}.mount-s3.service"
    assert (result.returncode, result.stdout) == (0, "")
    ((path, text),) = units(node).items()
    assert path == f"etc/systemd/system/{service}"
    assert f"\nExecStart={node.commands}/mount-s3 data {target} {options}\n" in text
    assert f"\nRequiresMountsFor={node.root}/mnt\n" in text
    assert "\nRestart=on-failure\n" in text
    assert target.is_dir()
    assert node.calls("systemctl", "curl") == [
        "systemctl daemon-reload",
        f"systemctl enable {service}",
        f"systemctl restart {service}",
    ]


def test_mount_that_is_as_it_should_be_goes_on(node: PretendNode) -> None:
    node.replace("mount-s3", "exit 0")
    node.run("mount_s3.sh", "data", "/mnt/data", "", "read-only", "")
    (path,) = units(node)
    service = path.rsplit("/", 1)[-1]
    node.note("is-active", f"{service}\n")
    node.calls()

    assert node.run("mount_s3.sh", "data", "/mnt/data", "", "read-only", "").returncode == 0
    assert node.calls("systemctl") == [f"systemctl is-active --quiet {service}"]

    assert node.run("mount_s3.sh", "data", "/mnt/data", "", "read-write", "").returncode == 0
    assert node.calls("systemctl") == [
        f"systemctl stop {service}",
        "systemctl daemon-reload",
        f"systemctl enable {service}",
        f"systemctl restart {service}",
    ]


@pytest.mark.parametrize(("machine", "folder"), [("x86_64", "x86_64"), ("aarch64", "arm64")])
def test_program_of_the_machine(node: PretendNode, machine: str, folder: str) -> None:
    node.note("machine", machine)
    node.replace("apt-get", f"ln -sf /bin/true {node.commands}/mount-s3")
    (node.commands / "ln").symlink_to("/bin/ln")
    node.replace("gpg", signed_by(KEY_OF_MOUNTPOINT))

    assert node.run("mount_s3.sh", "data", "/mnt/data", "", "read-only", "").returncode == 0
    assert [call.rpartition(" ")[2] for call in node.calls("curl")] == [
        f"{ADDRESS}/{folder}/mount-s3.deb",
        f"{ADDRESS}/{folder}/mount-s3.deb.asc",
        f"{RELEASES}/public_keys/KEYS",
    ]


def signed_by(key: str) -> str:
    """What gpg says of a file that a subkey of this key has signed."""
    return f"[[ $* == *--verify* ]] && echo '[GNUPG:] VALIDSIG 1111 2026-01-01 1 0 4 0 1 10 00 {key}' || true"


@pytest.mark.parametrize("key", ["", "2222", KEY_OF_MOUNTPOINT[:-1]])
def test_program_that_somebody_else_signed_is_not_installed(node: PretendNode, key: str) -> None:
    node.note("machine", "x86_64")
    node.note("installed", "ca-certificates\ncurl\ngpg\n")
    node.replace("gpg", signed_by(key))

    result = node.run("mount_s3.sh", "data", "/mnt/data", "", "read-only", "")

    assert result.returncode == 1
    assert "mount-s3.deb has no signature of" in result.stdout
    assert node.calls("apt-get") == []
    assert not (node.root / "var/cache/mount-s3/mount-s3.deb").exists()


def test_program_of_a_known_digest_needs_no_signature(node: PretendNode) -> None:
    node.note("machine", "x86_64")
    address = f"{ADDRESS}/x86_64/mount-s3.deb"
    digest = hashlib.sha256(f"{address}\n".encode()).hexdigest()
    (node.scripts / "SHA256SUMS").write_text(f"{digest}  {address}\n")
    node.replace("apt-get", f"ln -sf /bin/true {node.commands}/mount-s3")
    (node.commands / "ln").symlink_to("/bin/ln")

    assert node.run("mount_s3.sh", "data", "/mnt/data", "", "read-only", "").returncode == 0
    assert len(node.calls("curl")) == 1


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for keys of GnuPG, whose path is short enough for the socket of its agent."""
    if shutil.which("gpg") is None:
        pytest.skip("GnuPG is not installed")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)
        stop = ("gpgconf", "--homedir", folder, "--kill", "all")
        subprocess.run(stop, check=False)


def gpg(home: Path, *arguments: str) -> str:
    """What GnuPG prints."""
    command = ("gpg", "--batch", "--homedir", str(home), "--passphrase", "", *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_signatures_as_gnupg_verifies_them(node: PretendNode, home: Path, tmp_path: Path) -> None:
    package = node.file("/var/cache/a.deb")
    package.write_text("content")
    for name in ("owner", "stranger"):
        gpg(home, "--quick-generate-key", name, "ed25519", "sign")
    served = tmp_path / "served"
    served.mkdir()
    (served / "KEYS").write_text(gpg(home, "--armor", "--export"))
    gpg(
        *(home, "--local-user", "owner", "--armor", "--detach-sign"),
        *("--output", str(served / "a.deb.asc"), str(package)),
    )
    listed = gpg(home, "--with-colons", "--list-keys").splitlines()
    owner, stranger = (line.split(":")[9] for line in listed if line.startswith("fpr"))
    node.replace("curl", f'cp "{served}/${{@: -1}}" "${{@: -2:1}}"')
    (node.commands / "gpg").unlink(missing_ok=True)
    (node.commands / "gpg").symlink_to(str(shutil.which("gpg")))

    def require(*keys: str) -> str:
        done = node.run("require_signature.sh", str(package), "a.deb.asc", "KEYS", *keys)
        return "accepted" if done.returncode == 0 else done.stdout.splitlines()[-1]

    assert require(stranger, owner) == "accepted"
    assert require(stranger) == f"a.deb has no signature of {stranger}, but one of {owner}"
    package.write_text("other content")
    assert require(owner) == f"a.deb has no signature of {owner}"
    assert not package.exists()


def test_machine_without_a_program(node: PretendNode) -> None:
    node.note("machine", "riscv64")

    result = node.run("mount_s3.sh", "data", "/mnt/data", "", "read-only", "")

    assert (result.returncode, result.stdout) == (
        1,
        "Mountpoint for Amazon S3 is not made for riscv64\n",
    )


@pytest.mark.parametrize("path", ["/data", "/data/deep", "/data/deep/er"])
def test_link_of_a_user_is_no_mount_point(node: PretendNode, path: str) -> None:
    node.replace("mount-s3", "exit 0")
    sudoers = node.file("/etc/sudoers.d/90-cloud").parent
    node.file(path).symlink_to(sudoers)

    result = node.run("mount_s3.sh", "data", path, "", "read-only", "")

    assert result.returncode == 1
    assert "is a link or a file, not a folder" in result.stdout
    assert units(node) == {}


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_mount_point_that_users_can_replace(node: PretendNode, mode: int) -> None:
    node.replace("mount-s3", "exit 0")
    (node.root / "scratch").mkdir()
    (node.root / "scratch").chmod(mode)

    result = node.run("mount_s3.sh", "data", "/scratch/data", "", "read-only", "")

    assert result.returncode == 1
    assert result.stdout == (
        f"/scratch has the mode {mode:04o}, so that others can replace what is below\n"
    )
    assert units(node) == {}
