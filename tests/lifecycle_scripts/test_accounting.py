import getpass
import json
import re
from typing import Any

import pytest

from .conftest import PretendNode

ARN = "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:db-AbCdEf"
LOCAL = ("configure_slurmdbd.py", "--database", "slurm_acct_db")
EXTERNAL = (
    *LOCAL,
    "--endpoint",
    "db.example.com",
    "--port",
    "3307",
    "--secret-arn",
    ARN,
    "--node",
    "10.1.0.11",
)
SLURMDBD_CONF = "opt/slurm/etc/slurmdbd.conf"


def settings(node: PretendNode) -> dict[str, str]:
    lines = (node.root / SLURMDBD_CONF).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def has_secret(node: PretendNode, **fields: Any) -> None:
    node.note("secret", json.dumps(fields))


def test_local_database(node: PretendNode) -> None:
    result = node.run(*LOCAL)

    found = settings(node)
    password = found.pop("StoragePass")
    assert (result.returncode, result.stdout) == (0, "")
    assert re.fullmatch("[0-9a-f]{48}", password)
    assert found == {
        "DbdHost": "localhost",
        "SlurmUser": getpass.getuser(),
        "StorageType": "accounting_storage/mysql",
        "StorageLoc": "slurm_acct_db",
        "StorageHost": "localhost",
        "StorageUser": "slurm",
    }
    assert (node.root / SLURMDBD_CONF).stat().st_mode & 0o777 == 0o600
    assert node.calls() == ["mariadb --user root"]
    assert [line.strip() for line in (node.notes / "statements").read_text().splitlines()] == [
        "",
        "CREATE DATABASE IF NOT EXISTS `slurm_acct_db`;",
        f"CREATE USER IF NOT EXISTS 'slurm'@'localhost' IDENTIFIED BY '{password}';",
        f"ALTER USER 'slurm'@'localhost' IDENTIFIED BY '{password}';",
        "GRANT ALL ON `slurm_acct_db`.* TO 'slurm'@'localhost';",
        "",
    ]


def test_password_stays(node: PretendNode) -> None:
    node.run(*LOCAL)
    first = node.tree()

    assert node.run(*LOCAL).returncode == 0

    assert node.tree() == first
    assert settings(node)["StoragePass"] in (node.notes / "statements").read_text()


def test_nodes_have_passwords_of_their_own(node: PretendNode) -> None:
    node.run(*LOCAL)
    first = settings(node)["StoragePass"]
    (node.root / SLURMDBD_CONF).unlink()

    node.run(*LOCAL)

    assert settings(node)["StoragePass"] != first


def test_mysql_is_as_good(node: PretendNode) -> None:
    node.lacks("mariadb")
    node.replace("mysql", 'cat > "$NOTES/statements"')

    assert node.run(*LOCAL).returncode == 0
    assert "GRANT ALL" in (node.notes / "statements").read_text()


def test_database_that_refuses_is_named(node: PretendNode) -> None:
    node.replace("mariadb", "echo 'ERROR 2002 (HY000): no server' >&2; exit 1")

    result = node.run(*LOCAL, HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (
        1,
        "mariadb --user root ended with status 1: ERROR 2002 (HY000): no server (tried for 0 s)\n",
    )


def test_log_lies_beside_that_of_slurmctld(node: PretendNode) -> None:
    with node.slurm_conf.open("a") as file:
        file.write("SlurmctldLogFile=/var/log/slurm/slurmctld.log\n")

    node.run(*LOCAL)

    assert settings(node)["LogFile"] == "/var/log/slurm/slurmdbd.log"


def test_external_database(node: PretendNode) -> None:
    has_secret(node, username="hpc", password="geheim", engine="mariadb")

    result = node.run(*EXTERNAL)

    assert (result.returncode, result.stdout) == (
        0,
        "slurmdbd connects as 'hpc', since no user for it could be created: "
        "no client library of MariaDB or MySQL was found\n",
    )
    assert settings(node) == {
        "DbdHost": "localhost",
        "SlurmUser": getpass.getuser(),
        "StorageType": "accounting_storage/mysql",
        "StorageLoc": "slurm_acct_db",
        "StorageHost": "db.example.com",
        "StoragePort": "3307",
        "StorageUser": "hpc",
        "StoragePass": "geheim",
    }
    assert (node.root / SLURMDBD_CONF).stat().st_mode & 0o777 == 0o600
    assert node.calls() == [
        f"aws secretsmanager get-secret-value --secret-id {ARN} --region us-gov-west-1 "
        "--query SecretString --output text",
        "ldconfig --print-cache",
    ]


@pytest.mark.parametrize(
    ("arguments", "secret", "user"),
    [
        (("--user", "root"), {"username": "hpc", "password": "x"}, "root"),
        ((), {"password": "x"}, "admin"),
    ],
)
def test_user_of_the_database(
    node: PretendNode, arguments: tuple[str, ...], secret: dict[str, str], user: str
) -> None:
    has_secret(node, **secret)

    assert node.run(*EXTERNAL, *arguments).returncode == 0
    assert settings(node)["StorageUser"] == user


@pytest.mark.parametrize(
    ("password", "written"),
    [
        ("plain", "plain"),
        ("a#b", "a\\#b"),
        ("a\\b", "a\\\\b"),
        ("a b", '"a b"'),
        ('a"b', 'a"b'),
        ("=;'`$(x)", "=;'`$(x)"),
    ],
)
def test_password_in_the_words_of_slurm(node: PretendNode, password: str, written: str) -> None:
    has_secret(node, password=password)

    assert node.run(*EXTERNAL).returncode == 0
    assert settings(node)["StoragePass"] == written


def test_password_that_slurm_cannot_hold(node: PretendNode) -> None:
    has_secret(node, password='my "own" secret')

    result = node.run(*EXTERNAL)

    assert result.returncode == 1
    assert result.stdout.endswith(
        "the password of the database has a line break, or both a blank and a quotation mark, "
        "which slurmdbd.conf cannot hold: give the database another one\n"
    )


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ("geheim", f"the secret {ARN} is not a JSON object\n"),
        ('["geheim"]', f"the secret {ARN} is not a JSON object\n"),
        ('{"passwort": "geheim"}', f"the secret {ARN} has no text as its 'password'\n"),
        ('{"password": ["geheim"]}', f"the secret {ARN} has no text as its 'password'\n"),
    ],
)
def test_fault_of_a_secret_does_not_tell_it(node: PretendNode, secret: str, message: str) -> None:
    node.note("secret", secret)

    result = node.run(*EXTERNAL)

    assert (result.returncode, result.stdout) == (1, message)
    assert not (node.root / SLURMDBD_CONF).exists()


def test_credentials_that_come_later_are_waited_for(node: PretendNode) -> None:
    has_secret(node, password="geheim")
    node.note("aws-refusals", "\n")

    result = node.run(*EXTERNAL)

    assert result.returncode == 0
    assert "ended with status 1: Unable to locate credentials\n" in result.stdout
    assert "geheim" not in result.stdout


def test_arn_that_is_none(node: PretendNode) -> None:
    result = node.run(
        *LOCAL,
        "--endpoint",
        "db",
        "--port",
        "1",
        "--secret-arn",
        "my-secret",
        "--node",
        "10.1.0.11",
    )

    assert (result.returncode, result.stdout) == (1, "'my-secret' is not the ARN of a secret\n")


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("SlurmctldHost=ip-1(10.1.0.11)\n", {"DbdHost": "localhost"}),
        (
            "SlurmctldHost=ip-1(10.1.0.11)\nSlurmctldHost=ip-2(10.1.0.12)\nSlurmctldHost=ip-3\n",
            {"DbdHost": "ip-1", "DbdBackupHost": "ip-2"},
        ),
        (
            "SlurmctldHost=ip-1\nSlurmctldHost=ip-2\n",
            {"DbdHost": "ip-1", "DbdBackupHost": "ip-2"},
        ),
    ],
)
def test_hosts_of_slurmdbd(node: PretendNode, hosts: str, expected: dict[str, str]) -> None:
    has_secret(node, password="geheim")
    platform = node.slurm_conf.read_text().replace("SlurmctldHost=controller\n", hosts)
    node.slurm_conf.write_text(platform)

    assert node.run(*EXTERNAL).returncode == 0
    assert {
        key: value for key, value in settings(node).items() if key.startswith("Dbd")
    } == expected


DATABASE_SETTINGS = "etc/mysql/conf.d/hyperpod_constructs.cnf"


@pytest.mark.parametrize(
    ("servers", "service", "installs"),
    [
        ([], "mariadb", True),
        (["mariadbd"], "mariadb", False),
        (["mysqld"], "mysql", False),
        (["mariadbd", "mysqld"], "mariadb", False),
    ],
)
def test_database_server(
    node: PretendNode, servers: list[str], service: str, installs: bool
) -> None:
    for server in servers:
        node.replace(server, "exit 0")

    assert node.run("start_mariadb.sh").returncode == 0

    calls = node.calls()
    assert calls[-2:] == [f"systemctl enable {service}", f"systemctl restart {service}"]
    assert any(call.endswith("install mariadb-server") for call in calls) == installs
    text = (node.root / DATABASE_SETTINGS).read_text()
    assert re.search(r"^innodb_buffer_pool_size = [1-9]\d*M$", text, re.MULTILINE)
    assert "\ninnodb_lock_wait_timeout = 900\nskip_networking\n" in text


def test_slurmdbd_is_waited_for_and_learns_the_cluster(node: PretendNode) -> None:
    node.note("sacctmgr-refusals", "\n\n")
    node.note("is-active", "slurmdbd\n")

    result = node.run("start_slurmdbd.sh")

    assert (result.returncode, result.stdout) == (0, "")
    is_active = "systemctl is-active --quiet slurmdbd"
    listing = "sacctmgr --noheader --parsable2 list cluster format=Cluster"
    assert node.calls() == [
        "systemctl cat slurmdbd",
        "systemctl enable slurmdbd",
        "systemctl restart slurmdbd",
        is_active,
        listing,
        "sleep 1",
        is_active,
        listing,
        "sleep 1",
        is_active,
        listing,
        listing,
        "sacctmgr --immediate add cluster training",
    ]


def test_slurmdbd_that_ends_is_started_again(node: PretendNode) -> None:
    node.note("sacctmgr-refusals", "\n")
    node.note("on-sleep", 'echo slurmdbd > "$NOTES/is-active"')

    assert node.run("start_slurmdbd.sh").returncode == 0
    assert node.calls("systemctl", "sleep")[2:] == [
        "systemctl restart slurmdbd",
        "systemctl is-active --quiet slurmdbd",
        "systemctl restart slurmdbd",
        "sleep 1",
        "systemctl is-active --quiet slurmdbd",
    ]


def test_cluster_that_slurmdbd_knows(node: PretendNode) -> None:
    node.slurm_conf.write_text("clustername = Training # the name\n")
    node.note("sacctmgr-cluster", "other\ntraining\n")

    assert node.run("start_slurmdbd.sh").returncode == 0
    assert not any("add cluster" in call for call in node.calls())


def test_slurmdbd_that_never_answers(node: PretendNode) -> None:
    node.note("sacctmgr-refusals", "\n" * 9)

    result = node.run("start_slurmdbd.sh", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "the journal of slurmdbd",
        "slurmdbd did not answer within 0 s: sacctmgr: error: Connection refused",
    ]


def test_last_words_of_slurmdbd_are_the_reason(node: PretendNode) -> None:
    node.note("sacctmgr-refusals", "\n" * 9)
    node.replace("journalctl", "printf '%s\\n' 'fatal: old' 'fatal: no database' 'Stopped.'")

    result = node.run("start_slurmdbd.sh", HYPERPOD_WAIT_SECONDS="0")

    assert result.stdout.splitlines()[-1] == (
        "slurmdbd did not answer within 0 s: fatal: no database"
    )


def test_unit_where_the_image_has_none(node: PretendNode) -> None:
    node.note("cat", "")

    assert node.run("start_slurmdbd.sh").returncode == 0

    unit = (node.root / "etc/systemd/system/slurmdbd.service").read_text()
    assert "ExecStart=/opt/slurm/sbin/slurmdbd -D\nExecReload=/bin/kill -HUP $MAINPID\n" in unit
    assert node.calls()[1] == "systemctl daemon-reload"


def test_records_that_are_private(node: PretendNode) -> None:
    result = node.run("configure_slurmdbd.py", "--database", "hpc", "--private-data", "jobs,usage")

    assert result.returncode == 0
    conf = node.slurm_conf.with_name("slurmdbd.conf").read_text()
    assert "\nPrivateData=jobs,usage\n" in conf
