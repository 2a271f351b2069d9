"""Logins to workers that become part of a job."""

import pytest

from .conftest import PretendNode

SERVICE = "etc/pam.d/sshd"
BEFORE = "@include common-account\naccount required pam_nologin.so\n"


@pytest.mark.parametrize(
    "folder",
    [
        "/opt/slurm/lib/security",
        "/usr/lib/x86_64-linux-gnu/security",
        "/lib/aarch64-linux-gnu/security",
        "/usr/lib64/security",
    ],
)
def test_users_need_a_job(node: PretendNode, folder: str) -> None:
    node.file(f"/{SERVICE}").write_text(BEFORE)
    node.file(f"{folder}/pam_slurm_adopt.so").touch()

    assert node.run("adopt_logins.sh").returncode == 0

    text = (node.root / SERVICE).read_text()
    assert text.startswith(BEFORE)
    assert text.splitlines()[-3:] == [
        "account [success=1 default=ignore] pam_succeed_if.so quiet uid <= 1000",
        f"account required {folder}/pam_slurm_adopt.so action_no_jobs=deny",
        "account required pam_permit.so",
    ]
    assert node.calls("pam-auth-update") == ["pam-auth-update --package --remove systemd"]


def test_second_run_changes_nothing(node: PretendNode) -> None:
    node.file(f"/{SERVICE}").write_text(BEFORE)
    node.file("/usr/lib/security/pam_slurm_adopt.so").touch()
    node.run("adopt_logins.sh")
    first = node.tree()

    assert node.run("adopt_logins.sh").returncode == 0

    assert node.tree() == first


def test_missing_module_is_named(node: PretendNode) -> None:
    node.file(f"/{SERVICE}").write_text(BEFORE)

    result = node.run("adopt_logins.sh")

    assert result.returncode == 1
    assert result.stdout.endswith(
        "pam_slurm_adopt.so, of the version of Slurm of this node, is missing in the AMI: install "
        "it there, or turn off pam_slurm_adopt\n"
    )
    assert (node.root / SERVICE).read_text() == BEFORE
    assert node.calls("pam-auth-update") == []


def test_server_without_pam_is_named(node: PretendNode) -> None:
    result = node.run("adopt_logins.sh")

    assert result.returncode == 1
    assert "does not use PAM: turn off pam_slurm_adopt" in result.stdout
