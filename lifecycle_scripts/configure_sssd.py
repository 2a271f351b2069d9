"""Lets SSSD ask a directory (LDAP with Active Directory's schema) for users and groups."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from command import output_of, run_step
from lifecycle_error import LifecycleError
from node_files import node_path, write_file
from secret import Secret
from steps import FILE_NAME, DirectoryService, Steps

FOLDER = Path(__file__).resolve().parent
PACKAGES = ("sssd", "sssd-ldap", "sssd-tools", "libnss-sss", "libpam-sss")
CONFIG = "/etc/sssd/sssd.conf"
CA_CERTIFICATE = "/etc/sssd/hyperpod_constructs.pem"


def main() -> None:
    """Installs, configures and starts SSSD; the packages themselves tell NSS and PAM of it."""
    directory = Steps.read(FOLDER).directory_service
    if directory is None:
        raise LifecycleError(f"{FILE_NAME}: directory_service is missing")
    run_script("install_packages.sh", *PACKAGES)
    if directory.ca_certificate:
        write_file(node_path(CA_CERTIFICATE), directory.ca_certificate.rstrip("\n") + "\n")
    password = Secret(directory.bind_secret_arn).text("password")
    write_file(node_path(CONFIG), configuration(directory, password), mode=0o600)
    output_of("pam-auth-update", "--enable", "mkhomedir")
    run_script("start_service.sh", "sssd")


def configuration(directory: DirectoryService, password: str) -> str:
    """The content of sssd.conf."""
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
        "default_shell": "/bin/bash",
        "fallback_homedir": directory.home_pattern,
        "override_homedir": directory.home_pattern,
    }
    if directory.ca_certificate:
        domain["ldap_tls_cacert"] = CA_CERTIFICATE
    if directory.ssh_allow_groups:
        domain["access_provider"] = "simple"
        domain["simple_allow_groups"] = ", ".join(directory.ssh_allow_groups)
    sections = {
        "sssd": {"services": "nss, pam, ssh", "domains": directory.domain},
        f"domain/{directory.domain}": domain,
    }
    if any("\n" in value for section in sections.values() for value in section.values()):
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
