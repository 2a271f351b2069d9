import pytest

from .conftest import PretendNode

ADDRESS = "https://s3.amazonaws.com/mountpoint-s3-release/latest"


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

    assert node.run("mount_s3.sh", "data", "/mnt/data", "", "read-only", "").returncode == 0
    assert node.calls("curl")[0].endswith(f" {ADDRESS}/{folder}/mount-s3.deb")


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
