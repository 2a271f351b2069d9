"""Lets SSSD ask a directory (LDAP with Active Directory's schema) for users and groups.

With the argument `no-login`, its users are known here, as Slurm needs it, but do not log in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from command import output_of, run_step
from lifecycle_error import LifecycleError
from node_files import node_path, write_file
from patterns import SYSTEM_NAMES
from secret import Secret
from steps import FILE_NAME, DirectoryService, Steps

FOLDER = Path(__file__).resolve().parent
PACKAGES = ("sssd", "sssd-ldap", "sssd-tools", "libnss-sss", "libpam-sss")
CONFIG = "/etc/sssd/sssd.conf"
HOME_PROFILE = "/usr/share/pam-configs/hyperpod_mkhomedir"
HOME_CHECK = "/usr/local/lib/hyperpod_constructs/require_own_home.sh"
# The check comes second: what exists is not created, and what is created belongs to the user.
_HOME_PROFILE = f"""\
Name: Create home directories that only their owners can read, and require own ones
Default: no
Priority: 0
Session-Type: Additional
Session-Interactive-Only: yes
Session:
	optional	pam_mkhomedir.so umask=0077
	requisite	pam_exec.so stdout {HOME_CHECK}
"""
CA_CERTIFICATE = "/etc/sssd/hyperpod_constructs.pem"


def main() -> None:
    """Installs, configures and starts SSSD; the packages themselves tell NSS and PAM of it."""
    steps = Steps.read(FOLDER)
    directory = steps.directory_service
    if directory is None:
        raise LifecycleError(f"{FILE_NAME}: directory_service is missing")
    run_script("install_packages.sh", *PACKAGES)
    if directory.ca_certificate:
        write_file(node_path(CA_CERTIFICATE), directory.ca_certificate.rstrip("\n") + "\n")
    password = Secret(directory.bind_secret_arn).text("password")
    may_login = "no-login" not in sys.argv[1:]
    names = [*SYSTEM_NAMES, *(user.name for user in steps.users if user.name not in SYSTEM_NAMES)]
    text = configuration(directory, password, names, may_login=may_login)
    write_file(node_path(CONFIG), text, mode=0o600)
    check = (FOLDER / Path(HOME_CHECK).name).read_text(encoding="utf-8")
    write_file(node_path(HOME_CHECK), check, mode=0o755)
    write_file(node_path(HOME_PROFILE), _HOME_PROFILE)
    output_of("pam-auth-update", "--enable", Path(HOME_PROFILE).name)
    run_script("start_service.sh", "sssd")


def configuration(
    directory: DirectoryService, password: str, users: list[str], *, may_login: bool
) -> str:
    """The content of sssd.conf. The directory has none of the users of the node."""
    domain = {
        "id_provider": "ldap",
        "auth_provider": "ldap",
        "ldap_uri": directory.ldap_uri,
        "ldap_search_base": directory.search_base,
        "ldap_schema": "AD",
        "ldap_id_mapping": "true",
        "ldap_referrals": "false",
        "ldap_default_bind_dn": directory.bind_dn,
        "ldap_default_authtok_type": "password",
        "ldap_default_authtok": password,
        "ldap_id_use_start_tls": "false" if directory.ldap_uri.startswith("ldaps:") else "true",
        "ldap_tls_reqcert": "demand",
        "cache_credentials": "true",
        # Slurm does not distinguish `Anna` from `anna`. Names keep the case of the directory.
        "case_sensitive": "preserving",
        "default_shell": "/bin/bash",
        "fallback_homedir": directory.home_pattern,
        "override_homedir": directory.home_pattern,
    }
    if directory.ca_certificate:
        domain["ldap_tls_cacert"] = CA_CERTIFICATE
    if not may_login:
        domain["access_provider"] = "deny"
    elif directory.ssh_allow_groups:
        domain["access_provider"] = "simple"
        domain["simple_allow_groups"] = ", ".join(directory.ssh_allow_groups)
    sections = {
        # A group of the directory called sudo or docker is not that of the node.
        "nss": {
            "filter_users": ", ".join(users),
            "filter_groups": ", ".join(SYSTEM_NAMES),
        },
        "sssd": {"services": "nss, pam, ssh", "domains": directory.domain},
        f"domain/{directory.domain}": domain,
    }
    if any(
        re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value)
        for section in sections.values()
        for value in section.values()
    ):
        raise LifecycleError(f"{FILE_NAME} or the secret: a value for {CONFIG} has a line break")
    return "\n".join(
        line
        for name, section in sections.items()
        for line in (f"[{name}]", *(f"{key} = {value}" for key, value in section.items()), "")
    )


def run_script(script: str, *arguments: str) -> None:
    """Runs a script beside this one; it says itself why it fails."""
    status = subprocess.run(  # noqa: S603 - arguments stay arguments, since there is no shell
        ["bash", str(FOLDER / script), *arguments],  # noqa: S607 - it lies elsewhere on every Linux
        env=os.environ,
        check=False,
    ).returncode
    if status:
        sys.exit(status)


if __name__ == "__main__":
    run_step(main)
