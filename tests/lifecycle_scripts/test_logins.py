"""Logins to workers that become part of a job."""

import pytest

from .conftest import PretendNode

SERVICE = "etc/pam.d/sshd"
AUTH = "# Standard\n@include common-auth\n"
ACCOUNT = "account    required     pam_nologin.so\n@include common-account\n"
BEFORE = f"{AUTH}{ACCOUNT}@include common-session\n"
MARK = "# Written by the lifecycle scripts: users need a job on this node.\n"
END = "# End of what the lifecycle scripts wrote.\n"


def rules(folder: str) -> str:
    return (
        f"{MARK}account [success=1 default=ignore] pam_succeed_if.so quiet uid <= 1000\n"
        f"account required {folder}/pam_slurm_adopt.so action_no_jobs=deny\n{END}"
    )


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

    assert (node.root / SERVICE).read_text() == BEFORE.replace(ACCOUNT, f"{rules(folder)}{ACCOUNT}")
    assert node.calls("pam-auth-update") == ["pam-auth-update --package --remove systemd"]


def test_second_run_changes_nothing(node: PretendNode) -> None:
    node.file(f"/{SERVICE}").write_text(BEFORE)
    node.file("/usr/lib/security/pam_slurm_adopt.so").touch()
    node.run("adopt_logins.sh")
    first = node.tree()

    assert node.run("adopt_logins.sh").returncode == 0

    assert node.tree() == first


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # SSSD's profile puts `sufficient pam_localuser.so` into the common rules.
        ("@include common-account\n", "{rules}@include common-account\n"),
        ("-account x\naccount y\n", "{rules}-account x\naccount y\n"),
        ("auth x\n@include common-accounting\n", "auth x\n@include common-accounting\n{rules}"),
        # Older scripts wrote their rules after the common ones.
        (
            f"@include common-account\n{MARK}account required a.so\naccount required pam_permit.so\n",
            "{rules}@include common-account\n",
        ),
    ],
)
def test_job_is_asked_for_before_common_rules(node: PretendNode, before: str, after: str) -> None:
    node.file(f"/{SERVICE}").write_text(before)
    node.file("/usr/lib/security/pam_slurm_adopt.so").touch()

    for _ in range(2):
        assert node.run("adopt_logins.sh").returncode == 0
        assert (node.root / SERVICE).read_text() == after.format(rules=rules("/usr/lib/security"))


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
