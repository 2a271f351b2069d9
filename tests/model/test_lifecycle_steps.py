"""Every rule of the steps, as a table: the steps, their cluster, and the problems they have."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.script_folder import ScriptFolder

from .test_rules import CONTROLLER, LUSTRE, PRIVATE, SHARED, TOKEN, TOKEN_NUMBER, WORKER, worker

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSgb8tNHHpO7xzf1uIN8kFbzTXJzX6bEk1c3Y9sQ7bM anna@laptop"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
ISOLATED = hp.Subnet(name="Vpc/Isolated1", isolated=True, availability_zone="us-west-2a")
PATH = "lifecycle_scripts."


class Secret:
    """Stands for a secret of CDK."""

    secret_arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:db-AbCdEf"


class Environment:
    region = "us-west-2"


class Bucket:
    """Stands for a bucket of CDK."""

    bucket_arn = "arn:aws:s3:::datasets"
    bucket_name = "datasets"
    env = Environment()


SECRET: Any = Secret()
BUCKET: Any = Bucket()


def model(settings: dict[str, Any] | None = None, **steps: Any) -> hp.ClusterModel:
    groups = (CONTROLLER, WORKER)
    return hp.ClusterModel(
        instance_groups=groups, steps=hp.LifecycleSteps(**steps), **(settings or {})
    )


def external(**settings: Any) -> hp.ClusterModel:
    given = {"endpoint": "db.example.com", "secret": SECRET, **settings}
    return model(accounting=hp.Accounting.external(**given))


def users(*entries: Any, groups: Any = ()) -> hp.ClusterModel:
    return model(users=hp.Users(users=entries, groups=groups))


def anna(**settings: Any) -> hp.User:
    return hp.User(settings.pop("name", "anna"), **{"uid": 2001, **settings})


def group(**settings: Any) -> hp.UserGroup:
    return hp.UserGroup(settings.pop("name", "ml"), **{"gid": 3000, **settings})


def directory(**settings: Any) -> hp.ClusterModel:
    given = {
        "domain": "corp.example.com",
        "ldap_uri": "ldaps://corp.example.com",
        "search_base": "dc=corp,dc=example,dc=com",
        "bind_dn": "cn=reader,dc=corp,dc=example,dc=com",
        "bind_secret": SECRET,
        **settings,
    }
    return model(directory_service=hp.DirectoryService(**given))


def mounts(*entries: Any, **settings: Any) -> hp.ClusterModel:
    return model(settings, s3_mounts=entries)


def mount(path: Any = "/mnt/data", **settings: Any) -> hp.S3Mount:
    return hp.S3Mount(path=path, **{"bucket": BUCKET, **settings})


LONG = "c" * 41
ZSH = {"shell": "/bin/zsh"}
NO_SHELL = {"shell": "/bin/b:sh"}
WRONG_TYPES: list[tuple[hp.ClusterModel, str]] = [
    (
        model(accounting="local"),
        "accounting: 'local' is of type str; pass Accounting.local(), .ext",
    ),
    (model(users=[anna()]), "users: [User("),
    (
        model(users="users.json"),
        "users: 'users.json' is of type str; pass Users(...) or Users.from",
    ),
    (model(ssh_between_nodes="yes"), "ssh_between_nodes: 'yes' is of type str; pass True or False"),
    (model(log_rotation=None), "log_rotation: None is of type NoneType; pass True or False"),
    (model(containers=True), "containers: True is of type bool; pass Containers()"),
    (model(metrics=True), "metrics: True is of type bool; pass MetricsExporters()"),
    (model(directory_service="ldap"), "directory_service: 'ldap' is of type str; pass DirectoryS"),
    (model(s3_mounts="b"), "s3_mounts: 'b' is of type str; pass a list of S3Mount"),
    (model(s3_mounts=["b"]), "s3_mounts[0]: 'b' is of type str; pass an S3Mount"),
    (model(packages_preinstalled=1), "packages_preinstalled: 1 is of type int; pass True or False"),
    (external(endpoint=None), "accounting.endpoint: None is of type NoneType; pass a string such"),
    (
        external(secret=None),
        "accounting.secret: 'NoneType' is the type of what was given; pass a s",
    ),
    (external(port="3306"), "accounting.port: '3306' is of type str; pass a whole number"),
    (external(port=True), "accounting.port: True is of type bool"),
    (external(database=7), "accounting.database: 7 is of type int"),
    (
        model(users=hp.Users(users="anna")),  # type: ignore[arg-type]
        "users.users: 'anna' is of type str; pass a list of User",
    ),
    (users("anna"), "users.users[0]: 'anna' is of type str; pass a User"),
    (users(groups="ml"), "users.groups: 'ml' is of type str; pass a list of UserGroup"),
    (users(groups=[("ml", 3000)]), "users.groups[0]: ('ml', 3000) is of type tuple; pass a UserGr"),
    (users(anna(name=7)), "users.users[0].name: 7 is of type int; pass a string"),
    (users(anna(uid="2001")), "users.users[0].uid: '2001' is of type str; pass a whole number"),
    (users(anna(uid=None)), "users.users[0].uid: None is of type NoneType"),
    (users(anna(gid=1.5)), "users.users[0].gid: 1.5 is of type float"),
    (users(anna(groups="ml")), "users.users[0].groups: 'ml' is of type str; pass a list of names"),
    (users(anna(groups=[7])), "users.users[0].groups: (7,) is of type tuple"),
    (users(anna(home=7)), "users.users[0].home: 7 is of type int; pass a string such as '/fsx/an"),
    (
        users(anna(ssh_keys=KEY)),
        "users.users[0].ssh_keys: '...' is of type str; pass a list of SSH",
    ),
    (users(anna(ssh_keys=[7])), "users.users[0].ssh_keys[0]: 7 is of type int; pass an SSH public"),
    (users(anna(slurm_account=7)), "users.users[0].slurm_account: 7 is of type int"),
    (users(anna(slurm_admin="yes")), "users.users[0].slurm_admin: 'yes' is of type str; pass True"),
    (model(metrics=hp.MetricsExporters(node="on")), "metrics.node: 'on' is of type str; pass True"),  # type: ignore[arg-type]
    (directory(domain=None), "directory_service.domain: None is of type NoneType"),
    (directory(bind_secret="pass"), "directory_service.bind_secret: 'str' is the type of what was"),
    (directory(ssh_allow_groups="ml"), "directory_service.ssh_allow_groups: 'ml' is of type str"),
    (directory(ca_certificate=b"x"), "directory_service.ca_certificate: '...' is of type str"),
    (directory(ca_certificate=PEM), "directory_service.ca_certificate: '...' is of type str"),
    (mounts(mount(bucket="b")), "s3_mounts[0].bucket: 'b' is of type str; pass a bucket, such as"),
    (mounts(mount(path=7)), "s3_mounts[0].path: 7 is of type int"),
    (mounts(mount(prefix=None)), "s3_mounts[0].prefix: None is of type NoneType"),
    (mounts(mount(read_only="no")), "s3_mounts[0].read_only: 'no' is of type str; pass True or Fa"),
]

ERRORS: list[tuple[hp.ClusterModel, str, str]] = [
    *((model, "ArgumentType", PATH + text) for model, text in WRONG_TYPES),
    (
        hp.ClusterModel(instance_groups=(CONTROLLER, WORKER), steps="all"),  # type: ignore[arg-type]
        "ArgumentType",
        "steps: 'all' is of type str; pass a LifecycleSteps",
    ),
    (
        external(endpoint="db.example.com:3306"),
        "DatabaseEndpoint",
        "lifecycle_scripts.accounting.endpoint: 'db.example.com:3306' must be a host name alone, "
        "without a scheme or a port; use a text such as 'slurm.abcdefghijkl.us-west-2.rds.",
    ),
    (external(endpoint="mysql://db"), "DatabaseEndpoint", "'mysql://db' must be a host name alone"),
    (external(port=0), "DatabasePort", "lifecycle_scripts.accounting.port: 0 is not a TCP port"),
    (external(port=65536), "DatabasePort", "65536 is not a TCP port; use 1 to 65535; MariaDB and"),
    (
        external(database="slurm-db"),
        "DatabaseName",
        "lifecycle_scripts.accounting.database: 'slurm-db' must be 1 to 64 letters, digits, "
        "underscores and dollar signs; use a text such as 'slurm_acct_db'",
    ),
    (
        users(anna(name="Anna")),
        "UserName",
        "lifecycle_scripts.users.users[0].name: 'Anna' must be 1 to 32 lowercase letters, digits, "
        "underscores and hyphens, and start with a letter or underscore; use 'anna'",
    ),
    (users(anna(name="a" * 33)), "UserName", f"use {'a' * 32!r}"),
    (users(anna(name="7")), "UserName", "use 'anna'"),
    (users(anna(name="anna.b")), "UserName", "use 'anna-b'"),
    (users(groups=[group(name="ML")]), "UserName", "users.groups[0].name: 'ML' must be 1 to 32"),
    (
        users(anna(uid=999)),
        "UserId",
        "lifecycle_scripts.users.users[0].uid: 999 is not between 1000 and 4294967294, and Linux "
        "keeps smaller numbers for the system; use a number such as 2001",
    ),
    (users(anna(gid=0)), "UserId", "lifecycle_scripts.users.users[0].gid: 0 is not between"),
    (users(groups=[group(gid=100)]), "UserId", "lifecycle_scripts.users.groups[0].gid: 100 is not"),
    (
        users(anna(home="anna")),
        "UserPath",
        "lifecycle_scripts.users.users[0].home: 'anna' is not an absolute path without colons and "
        "line ends; use a text such as '/fsx/anna'",
    ),
    (users(anna(**NO_SHELL)), "UserPath", "users.users[0].shell: '/bin/b:sh' is not an abs"),
    (
        users(anna(ssh_keys=[KEY, PEM])),
        "SshPrivateKey",
        "lifecycle_scripts.users.users[0].ssh_keys[1]: '-----BEGIN ... PRIVATE KEY-----' is a "
        "private key, which nobody else may ever see; pass the public key, the one line of the "
        "file that ends with '.pub'; and make another pair if this one was shared or committed",
    ),
    (
        users(anna(ssh_keys=["~/.ssh/id_ed25519.pub"])),
        "SshKey",
        "lifecycle_scripts.users.users[0].ssh_keys[0]: '~/.ssh/id_ed25519.pub' is not an SSH public "
        "key; pass the one line of the file that ends with '.pub', such as 'ssh-ed25519 AAAA...",
    ),
    (
        users(anna(ssh_keys=[KEY.replace("AAAAC3", "AAAAD3")])),
        "SshKey",
        "...' is not an SSH public",
    ),
    (users(anna(ssh_keys=["ssh-ed25519 A"])), "SshKey", "'ssh-ed25519 A' is not an SSH public key"),
    (users(anna(ssh_keys=[f"{KEY}\n{KEY}"])), "SshKey", "is not an SSH public key"),
    (users(anna(ssh_keys=[f"ssh-dss {KEY.split()[1]}"])), "SshKey", "'ssh-dss AAAAC3"),
    (
        users(anna(slurm_account="Research Lab")),
        "SlurmAccountName",
        "lifecycle_scripts.users.users[0].slurm_account: 'Research Lab' must be lowercase letters, "
        "digits, dots, underscores and hyphens; use a text such as 'research'",
    ),
    (
        users(anna(), anna(uid=2002)),
        "DuplicateUser",
        "lifecycle_scripts.users.users[1].name: 'anna' is the name of "
        "lifecycle_scripts.users.users[0] as well; use another name",
    ),
    (
        users(anna(), anna(name="ben")),
        "DuplicateUser",
        "lifecycle_scripts.users.users[1].uid: 2001 is the uid of lifecycle_scripts.users.users[0]",
    ),
    (
        users(groups=[group(), group(gid=3001)]),
        "DuplicateUserGroup",
        "lifecycle_scripts.users.groups[1].name: 'ml' is the name of",
    ),
    (
        users(groups=[group(), group(name="cv")]),
        "DuplicateUserGroup",
        "lifecycle_scripts.users.groups[1].gid: 3000 is the gid of",
    ),
    (
        users(anna(name="ml"), groups=[group()]),
        "DuplicateUserGroup",
        "lifecycle_scripts.users.users[0].name: 'ml' is the name of "
        "lifecycle_scripts.users.groups[0] as well, and of the user's own group, whose number is "
        "2001; pass the number of that group as gid, or give it another name",
    ),
    (
        users(anna(groups=["ml", "nlp"]), groups=[group()]),
        "UserGroupUnknown",
        "lifecycle_scripts.users.users[0].groups[1]: 'nlp' is neither one of "
        "lifecycle_scripts.users.groups, which are ['ml'], nor one of adm, docker, render, sudo, "
        "video; add UserGroup('nlp', gid=...) to them",
    ),
    (
        model(accounting=None, users=hp.Users(users=[anna(slurm_account="research")])),
        "UsersWithoutAccounting",
        "lifecycle_scripts.users.users[0].slurm_account: 'research' is of Slurm's accounting, which "
        "accounting=None turns off; leave slurm_account out, or pass accounting=Accounting.local()",
    ),
    (
        model(accounting=None, users=hp.Users(users=[anna(slurm_admin=True)])),
        "UsersWithoutAccounting",
        "lifecycle_scripts.users.users[0].slurm_admin: True is of Slurm's accounting",
    ),
    (
        model(containers=hp.Containers(data_root="/data")),
        "ContainersDataRoot",
        "lifecycle_scripts.containers.data_root: '/data' is not a volume for containers; use "
        "'/opt/sagemaker', the secondary EBS volume, or '/opt/dlami/nvme', the instance store",
    ),
    (
        hp.ClusterModel(
            instance_groups=(
                CONTROLLER,
                worker(),
                worker(name="bare", volumes=[hp.EbsVolume.root(kms_key=SECRET)]),
            ),
            steps=hp.LifecycleSteps(containers=hp.Containers(data_root="/opt/sagemaker")),
        ),
        "ContainersDataRoot",
        "lifecycle_scripts.containers.data_root: '/opt/sagemaker' is the secondary volume, which "
        "instance_groups[2] has not; give the group an EbsVolume, or leave data_root out",
    ),
    (
        model(metrics=hp.MetricsExporters()),
        "MetricsWithoutContainers",
        "lifecycle_scripts.metrics.gpu: True is given without containers, and the exporter of DCGM "
        "runs in one; pass containers=Containers(), or metrics=MetricsExporters(gpu=False)",
    ),
    (
        directory(domain="corp example"),
        "DirectoryDomain",
        "lifecycle_scripts.directory_service.domain: 'corp example' is not the name of a domain",
    ),
    (
        directory(ldap_uri="https://corp.example.com"),
        "LdapUri",
        "lifecycle_scripts.directory_service.ldap_uri: 'https://corp.example.com' is not the address "
        "of a directory: ldaps:// or ldap://, and a host; or several of one kind; use a text such",
    ),
    (directory(ldap_uri="ldaps://a,ldap://b"), "LdapUri", "'ldaps://a,ldap://b' is not the addre"),
    (directory(ldap_uri="corp.example.com"), "LdapUri", "'corp.example.com' is not the address of"),
    (
        directory(search_base="corp"),
        "LdapSearchBase",
        "directory_service.search_base: 'corp' is not a distinguished name; use a text such as 'dc=",
    ),
    (
        directory(bind_dn="reader\nldap_tls_reqcert = never"),
        "LdapBindDn",
        "directory_service.bind_dn: 'reader\\nldap_tls_reqcert = never' is not the name of an account",
    ),
    (
        directory(home_pattern="/home/anna"),
        "HomePattern",
        "directory_service.home_pattern: '/home/anna' is not an absolute path with %u for the name",
    ),
    (
        directory(ssh_allow_groups=["ml", "a,b"]),
        "SshAllowGroups",
        "directory_service.ssh_allow_groups[1]: 'a,b' is not the name of a group, in one line and",
    ),
    (
        directory(ca_certificate="ca.pem"),
        "CaCertificate",
        "directory_service.ca_certificate: 'ca.pem' is not how a certificate in PEM begins; pass the "
        "text of the file, from '-----BEGIN CERTIFICATE-----' on, and not its name",
    ),
    (
        mounts(mount("data")),
        "S3MountPath",
        "lifecycle_scripts.s3_mounts[0].path: 'data' is not the absolute path of a folder, of letters, digits "
        "and any of _.-; use a text such as '/mnt/data'",
    ),
    (mounts(mount("/mnt/data/")), "S3MountPath", "'/mnt/data/' is not the absolute path"),
    (mounts(mount("/")), "S3MountPath", "'/' is not the absolute path of a folder"),
    (mounts(mount(prefix='a"b')), "S3MountPrefix", "prefix: 'a\"b' must be letters, digits"),
    (mounts(mount("/mnt/100%")), "S3MountPath", "'/mnt/100%' is not the absolute path"),
    (mounts(mount("/mnt/my data")), "S3MountPath", "'/mnt/my data' is not the absolute path"),
    (
        mounts(mount("/opt/sagemaker/data")),
        "S3MountPath",
        "lifecycle_scripts.s3_mounts[0].path: '/opt/sagemaker/data' is a folder in which the node "
        "keeps other files, and would be hidden; use a folder of its own such as '/mnt/data'",
    ),
    (mounts(mount("/opt/sagemaker")), "S3MountPath", "'/opt/sagemaker' is a folder in which"),
    (mounts(mount("/home")), "S3MountPath", "'/home' is a folder in which the node keeps"),
    (mounts(mount("/mnt/../etc")), "S3MountPath", "'/mnt/../etc' is a folder in which the node"),
    (
        mounts(mount("/fsx"), subnets=(PRIVATE,), file_systems=(LUSTRE,)),
        "S3MountPath",
        "lifecycle_scripts.s3_mounts[0].path: '/fsx' is where FSx for Lustre is mounted",
    ),
    (
        mounts(mount(), mount("/mnt/more"), mount()),
        "S3MountPathTwice",
        "lifecycle_scripts.s3_mounts[2].path: '/mnt/data' is, holds or lies in the folder of "
        "lifecycle_scripts.s3_mounts[0], '/mnt/data'; give each bucket a folder of its own",
    ),
    (mounts(mount(), mount("/mnt/data/a")), "S3MountPathTwice", "'/mnt/data/a' is, holds or lies"),
    (mounts(mount("/d/a"), mount("/d")), "S3MountPathTwice", "[1].path: '/d' is, holds or lies in"),
    (
        mounts(mount(prefix="/datasets")),
        "S3MountPrefix",
        "lifecycle_scripts.s3_mounts[0].prefix: '/datasets' must be letters, digits, blanks, slashes and "
        "any of _.=@+-, and not begin with a slash or blank; use a text such as 'datasets/'",
    ),
    (
        model({"cluster_name": LONG}),
        "ClusterNameAccounting",
        f"cluster_name: '{LONG}' has 41 characters, and Slurm's accounting makes tables whose names "
        "leave 40 for that of the cluster; use at most 40, or pass "
        "lifecycle_scripts=LifecycleScripts.default(accounting=None)",
    ),
    (
        hp.ClusterModel(
            instance_groups=(CONTROLLER, WORKER),
            cluster_name=LONG,
            orchestrator=hp.Slurm(slurm_configurations=SHARED),
        ),
        "ClusterNameAccounting",
        "for that of the cluster; use at most 40 (",
    ),
    (
        model(
            {"orchestrator": hp.Slurm(slurm_configurations=SHARED)},
            accounting=hp.Accounting.external(endpoint="db.example.com", secret=SECRET),
        ),
        "AccountingTwice",
        "lifecycle_scripts.accounting: 'db.example.com' is a second database beside the one of "
        "orchestrator.slurm_configurations, which several controllers share; leave accounting out",
    ),
    (
        model({"subnets": (ISOLATED,)}, containers=hp.Containers()),
        "NeedsInternet",
        "lifecycle_scripts.containers: 'Vpc/Isolated1' is vpc_subnets[0] and has no route to the "
        "internet, from which nodes download what this step installs; pass a subnet with a route to "
        "a NAT gateway, or leave this step out, or pass packages_preinstalled=True if the machine "
        "image has all of it",
    ),
    (
        model(
            {"subnets": (PRIVATE,), "own_subnets": [None, ISOLATED]},
            metrics=hp.MetricsExporters(gpu=False),
        ),
        "NeedsInternet",
        "lifecycle_scripts.metrics: 'Vpc/Isolated1' is instance_groups[1].subnet and has no route",
    ),
    (
        mounts(mount(), subnets=(ISOLATED,)),
        "NeedsInternet",
        "lifecycle_scripts.s3_mounts: 'Vpc/Iso",
    ),
]


FINE: list[hp.ClusterModel] = [
    model(),
    model({"subnets": (ISOLATED,)}, users=hp.Users(users=[anna(slurm_account="research")])),
    model({"subnets": (ISOLATED,)}, containers=hp.Containers(), packages_preinstalled=True),
    model({"subnets": (PRIVATE,)}, containers=hp.Containers(), metrics=hp.MetricsExporters()),
    model({"subnets": (ISOLATED,)}, metrics=hp.MetricsExporters(node=False, gpu=False)),
    hp.ClusterModel(
        instance_groups=(
            hp.InstanceGroup.controller(instance_type="ml.c5.large", volumes=[]),
            WORKER,
        ),
        steps=hp.LifecycleSteps(containers=hp.Containers(data_root="/opt/sagemaker")),
    ),
    users(anna(name="ml", gid=3000), groups=[group()]),
    model({"cluster_name": "c" * 40}),
    model({"cluster_name": LONG}, accounting=None),
    model(
        {"orchestrator": hp.Slurm(slurm_configurations=SHARED)},
        users=hp.Users(users=[anna(slurm_account="research")]),
        accounting=None,
    ),
    model(containers=hp.Containers(data_root="/opt/dlami/nvme")),
    external(),
    users(
        anna(groups=["ml", "docker"], home="/fsx/anna", ssh_keys=[KEY], gid=2001, **ZSH),
        groups=[group()],
    ),
    users(anna(ssh_keys=[" ".join(KEY.split()[:2])])),
    directory(ldap_uri="ldaps://a.example.com, ldaps://b.example.com/", bind_dn="reader@corp"),
    directory(ca_certificate=CERTIFICATE, ssh_allow_groups=["Domain Users"]),
    mounts(mount(), mount("/mnt/data2", prefix="datasets", read_only=False)),
    mounts(mount("/fsx")),
    mounts(mount("/fsx/data"), subnets=(PRIVATE,), file_systems=(LUSTRE,)),
    users(
        anna(name=TOKEN, uid=TOKEN_NUMBER, home=TOKEN, groups=[TOKEN], ssh_keys=[TOKEN]),
        anna(name=TOKEN, uid=TOKEN_NUMBER, slurm_account=TOKEN),
        groups=[group(name=TOKEN, gid=TOKEN_NUMBER)],
    ),
    external(endpoint=TOKEN, port=TOKEN_NUMBER, database=TOKEN),
    directory(domain=TOKEN, search_base=TOKEN, ca_certificate=TOKEN, home_pattern=TOKEN),
    mounts(mount(TOKEN, prefix=TOKEN), mount(TOKEN)),
    model({"cluster_name": TOKEN + LONG}),
]


@pytest.mark.parametrize(("cluster", "code", "text"), ERRORS)
def test_fails_with_code_path_value_and_fix(cluster: hp.ClusterModel, code: str, text: str) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        cluster.check()

    texts = {str(problem) for problem in caught.value.problems if problem.code == code}
    assert any(text in line for line in texts), texts
    assert all(line.endswith(f"({code})") for line in texts)


@pytest.mark.parametrize("cluster", FINE)
def test_says_nothing_of_good_steps(cluster: hp.ClusterModel) -> None:
    assert cluster.problems() == ()


def test_warns_of_a_directory_without_a_scheme_that_encrypts() -> None:
    (problem,) = directory(ldap_uri="ldap://corp.example.com").check()

    assert problem.severity is hp.Severity.WARNING
    assert str(problem) == (
        "lifecycle_scripts.directory_service.ldap_uri: 'ldap://corp.example.com' carries passwords, "
        "which StartTLS alone would encrypt; nodes ask for it, and fail where the directory does not "
        "offer it; use ldaps://, or see that the directory offers StartTLS (LdapStartTls)"
    )


def test_fails_with_all_problems_at_once() -> None:
    cluster = model(
        {"cluster_name": "-", "subnets": (ISOLATED,)},
        accounting=hp.Accounting.external(endpoint="a:1", secret="hunter2", port=0),  # type: ignore[arg-type]
        users=hp.Users(users=[anna(name="A", uid=1, groups=["x"], ssh_keys=["x"])]),
        metrics=hp.MetricsExporters(),
        s3_mounts=[mount("/etc"), mount("x")],
    )

    with pytest.raises(hp.ValidationError) as caught:
        cluster.check()

    assert [problem.code for problem in caught.value.problems] == [
        "ClusterName",
        "DatabaseEndpoint",
        "ArgumentType",
        "DatabasePort",
        "UserName",
        "UserId",
        "SshKey",
        "UserGroupUnknown",
        "MetricsWithoutContainers",
        "S3MountPath",
        "S3MountPath",
        "NeedsInternet",
        "NeedsInternet",
    ]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "cluster",
    [
        users(anna(ssh_keys=[PEM])),
        users(anna(ssh_keys=PEM)),
        directory(ca_certificate=PEM),
        directory(bind_secret=PEM),
    ],
)
def test_never_shows_a_private_key(cluster: hp.ClusterModel) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        cluster.check()

    assert "b3BlbnNzaC1rZXk" not in str(caught.value)


GOOD: list[tuple[Callable[..., hp.ClusterModel], Any]] = [
    (lambda value: model(accounting=value), hp.Accounting.external(endpoint="db", secret=SECRET)),
    (lambda value: users(value, groups=[group()]), anna(groups=["ml"], ssh_keys=[KEY])),
    (lambda value: users(anna(groups=["ml"]), groups=[value]), group()),
    (lambda value: model(users=value), hp.Users(users=[anna()], groups=[group()])),
    (lambda value: model(containers=value), hp.Containers()),
    (lambda value: model(metrics=value), hp.MetricsExporters(gpu=False)),
    (lambda value: model(directory_service=value), directory().steps.directory_service),  # type: ignore[union-attr]
    (lambda value: mounts(value, mount("/mnt/b")), mount()),
    (
        lambda value: hp.ClusterModel(instance_groups=(CONTROLLER, WORKER), steps=value),
        hp.LifecycleSteps(),
    ),
]


@pytest.mark.parametrize("wrong", [[], {}, [[]], ["x", {}], 1.5, -1, b"x", "", "\n", object(), ()])
@pytest.mark.parametrize(("place", "good"), GOOD)
def test_any_value_in_any_place_is_judged(
    place: Callable[..., hp.ClusterModel], good: Any, wrong: Any
) -> None:
    for item in fields(good):
        for problem in place(replace(good, **{item.name: wrong})).problems():
            assert problem.path.startswith("lifecycle_scripts."), problem


def test_fails_on_steps_that_scripts_of_an_overlay_would_hide(tmp_path: Path) -> None:
    (tmp_path / "on_create.sh").write_text("#!/bin/bash\n")
    (tmp_path / "steps.json").write_text("{}")
    cluster = model({"scripts": ScriptFolder(path=tmp_path)})

    with pytest.raises(hp.ValidationError, match=r"lifecycle_scripts\['steps.json'\]: .*StepsInSc"):
        cluster.check()


def test_a_group_that_is_added_is_judged_with_its_subnet() -> None:
    cluster = hp.ClusterModel(
        instance_groups=(CONTROLLER, WORKER, worker(name="b")),
        subnets=(PRIVATE,),
        own_subnets=[None, None, ISOLATED],
        steps=hp.LifecycleSteps(s3_mounts=[mount()]),
    )

    assert [problem.path for problem in cluster.problems()] == ["lifecycle_scripts.s3_mounts"]


def test_what_a_node_reads_holds_only_what_is_on() -> None:
    assert hp.LifecycleSteps().to_dict() == {
        "accounting": {},
        "ssh_between_nodes": True,
        "log_rotation": True,
    }
    assert (
        hp.LifecycleSteps(accounting=None, ssh_between_nodes=False, log_rotation=False).to_dict()
        == {}
    )


def test_what_a_node_reads_of_each_step() -> None:
    steps = hp.LifecycleSteps(
        accounting=hp.Accounting.external(endpoint="db", secret=SECRET),
        users=hp.Users(
            users=[anna(), anna(name="ben", uid=2002, slurm_admin=True, groups=["ml"])],
            groups=[group()],
        ),
        containers=hp.Containers(data_root="/opt/sagemaker"),
        metrics=hp.MetricsExporters(gpu=False),
        s3_mounts=[mount(), mount("/mnt/x", prefix="a/b", read_only=False)],
    )

    found = steps.to_dict()

    assert found["accounting"] == {
        "endpoint": "db",
        "port": 3306,
        "secret_arn": Secret.secret_arn,
        "database": "slurm_acct_db",
    }
    assert found["users"]["users"] == [
        {"name": "anna", "uid": 2001, "groups": [], "ssh_keys": []},
        {"name": "ben", "uid": 2002, "groups": ["ml"], "ssh_keys": [], "slurm_admin": True},
    ]
    assert found["containers"] == {"data_root": "/opt/sagemaker"}
    assert found["metrics"] == {"node": True, "slurm": True}
    assert found["s3_mounts"] == [
        {"bucket": "datasets", "path": "/mnt/data", "read_only": True, "region": "us-west-2"},
        {
            "bucket": "datasets",
            "path": "/mnt/x",
            "prefix": "a/b/",
            "read_only": False,
            "region": "us-west-2",
        },
    ]
