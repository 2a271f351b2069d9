import json
import os
from importlib import import_module

import pytest

from .conftest import SCRIPTS, PretendNode
from .every_step import ARN, DIRECTORY
from .pretend_users import owned

HOME_CHECK = "/usr/local/lib/hyperpod_constructs/require_own_home.sh"
CONFIG = "etc/sssd/sssd.conf"
NAMES = ", ".join(import_module("patterns").SYSTEM_NAMES)
DOMAIN = f"""\
[nss]
filter_users = {NAMES}
filter_groups = {NAMES}

[sssd]
services = nss, pam, ssh
domains = corp.example.com

[domain/corp.example.com]
id_provider = ldap
auth_provider = ldap
ldap_uri = ldaps://corp.example.com
ldap_search_base = dc=corp,dc=example,dc=com
ldap_schema = AD
ldap_id_mapping = true
ldap_referrals = false
ldap_default_bind_dn = cn=reader,dc=corp,dc=example,dc=com
ldap_default_authtok_type = password
ldap_default_authtok = geheim
ldap_id_use_start_tls = false
ldap_tls_reqcert = demand
cache_credentials = true
case_sensitive = preserving
default_shell = /bin/bash
fallback_homedir = /fsx/%u
override_homedir = /fsx/%u
"""


def test_directory(node: PretendNode) -> None:
    node.has_steps(directory_service=DIRECTORY)
    node.note("secret", json.dumps({"password": "geheim"}))

    result = node.run("configure_sssd.py")

    config = node.root / CONFIG
    assert result.returncode == 0
    assert "geheim" not in result.stdout
    assert config.read_text() == DOMAIN
    assert config.stat().st_mode & 0o777 == 0o600
    profile = node.root / "usr/share/pam-configs/hyperpod_mkhomedir"
    assert profile.read_text().splitlines()[-2:] == [
        "\toptional\tpam_mkhomedir.so umask=0077",
        f"\trequisite\tpam_exec.so stdout {HOME_CHECK}",
    ]
    check = node.root / HOME_CHECK.lstrip("/")
    assert check.read_text() == (SCRIPTS / "require_own_home.sh").read_text()
    assert check.stat().st_mode & 0o777 == 0o755
    calls = node.calls("apt-get", "aws", "pam-auth-update", "systemctl")
    assert calls[1].endswith(" install sssd sssd-ldap sssd-tools libnss-sss libpam-sss")
    assert calls[2].startswith(f"aws secretsmanager get-secret-value --secret-id {ARN} ")
    assert calls[3:] == [
        "pam-auth-update --enable hyperpod_mkhomedir",
        "systemctl enable sssd",
        "systemctl restart sssd",
    ]


def test_everything(node: PretendNode) -> None:
    more = {
        "ldap_uri": "ldap://corp.example.com",
        "home_pattern": "/home/%u",
        "ssh_allow_groups": ["research", "admins"],
        "ca_certificate": "-----BEGIN CERTIFICATE-----\n",
    }
    node.has_steps(directory_service=DIRECTORY | more)
    node.note("secret", json.dumps({"password": "geheim"}))

    assert node.run("configure_sssd.py").returncode == 0

    lines = (node.root / CONFIG).read_text().splitlines()
    assert {
        "ldap_id_use_start_tls = true",
        "override_homedir = /home/%u",
        "access_provider = simple",
        "simple_allow_groups = research, admins",
        "ldap_tls_cacert = /etc/sssd/hyperpod_constructs.pem",
    } <= set(lines)
    assert (node.root / "etc/sssd/hyperpod_constructs.pem").read_text() == (
        "-----BEGIN CERTIFICATE-----\n"
    )


def test_users_of_the_directory_do_not_log_in_at_a_controller(node: PretendNode) -> None:
    node.has_steps(directory_service=DIRECTORY | {"ssh_allow_groups": ["research"]})
    node.note("secret", json.dumps({"password": "geheim"}))

    assert node.run("configure_sssd.py", "no-login").returncode == 0

    lines = (node.root / CONFIG).read_text().splitlines()
    assert "access_provider = deny" in lines
    assert not any(line.startswith("simple_allow_groups") for line in lines)


@pytest.mark.parametrize("name", ["sudo", "docker", "admin", "wheel", "lxd", "disk", "shadow"])
def test_group_of_the_directory_is_no_group_of_the_node(name: str) -> None:
    assert name in NAMES.split(", ")


def test_user_of_the_directory_is_not_that_of_the_file(node: PretendNode) -> None:
    """`Anna` of the directory would have the rights of `anna` in Slurm."""
    users = {"users": [{"name": "anna", "uid": 2001}, {"name": "ubuntu", "uid": 1000}]}
    node.has_steps(directory_service=DIRECTORY, users=users)
    node.note("secret", json.dumps({"password": "geheim"}))

    assert node.run("configure_sssd.py").returncode == 0

    lines = (node.root / CONFIG).read_text().splitlines()
    assert f"filter_users = {NAMES}, anna" in lines
    assert f"filter_groups = {NAMES}" in lines
    assert "case_sensitive = preserving" in lines


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a folder to somebody else")
@pytest.mark.parametrize(
    ("home", "uid", "passes"),
    [
        ("own", 2001, True),
        ("missing", 2001, True),
        ("of mallory", 2001, False),
        ("of mallory", 1000, True),
        ("link to own", 2001, False),
        ("dangling link", 2001, False),
        ("file of mallory", 2001, False),
    ],
)
def test_home_that_another_user_has_planted(
    node: PretendNode, home: str, uid: int, passes: bool
) -> None:
    folder = node.root / "fsx/anna"
    folder.parent.mkdir()
    other = owned(node.root / "fsx/other", 2001)
    if home in ("own", "of mallory"):
        owned(folder, 2001 if home == "own" else 2666)
    elif home == "file of mallory":
        folder.touch()
        os.chown(folder, 2666, 2666)
    elif home != "missing":
        folder.symlink_to(other if home == "link to own" else "/nowhere")
    node.note("passwd", f"anna:x:{uid}:{uid}:Anna, Ltd.:{folder}:/bin/bash\n")

    result = node.run("require_own_home.sh", PAM_USER="anna")

    told = f"{folder} is not a folder of anna, so this session ends. Ask the operator of the cluster.\n"
    assert (result.returncode, result.stdout) == ((0, "") if passes else (1, told))


def test_password_with_a_line_break(node: PretendNode) -> None:
    node.has_steps(directory_service=DIRECTORY)
    node.note("secret", json.dumps({"password": "geheim\nauth_provider = none"}))

    result = node.run("configure_sssd.py")

    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == (
        "steps.json or the secret: a value for /etc/sssd/sssd.conf has a line break"
    )
    assert not (node.root / CONFIG).exists()


@pytest.mark.parametrize(
    ("command", "last_line"),
    [
        (
            "apt-get",
            "sssd sssd-ldap sssd-tools libnss-sss libpam-sss could not be installed "
            "(tried for 0 s): E: no",
        ),
        ("systemctl", "sssd did not start within 0 s; the end of its journal stands above"),
    ],
)
def test_reason_of_a_script_that_it_runs(node: PretendNode, command: str, last_line: str) -> None:
    node.has_steps(directory_service=DIRECTORY)
    node.note("secret", json.dumps({"password": "geheim"}))
    node.replace(command, "if [[ $1 == enable ]]; then exit 0; fi; echo 'E: no'; exit 1")

    result = node.run("configure_sssd.py", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == last_line
