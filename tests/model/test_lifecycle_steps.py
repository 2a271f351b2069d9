"""Every rule of the steps, as a table: the steps, their cluster, and the problems they have."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

import hyperpod_constructs as hp
from tests.clusters.values import (
    OTHER_TOKEN,
    PRIVATE,
    SHARED,
    TOKEN,
    TOKEN_NUMBER,
    controller,
    slurm,
    worker,
)
from tests.rules.examples.lifecycle_steps import (
    CERTIFICATE,
    ISOLATED,
    LONG,
    NO_SHELL,
    PRIVATE_KEY,
    SECRET,
    SSH_KEY,
    ZSH,
    anna,
    directory,
    external,
    group,
    homes,
    mount,
    mounts,
    users,
    with_steps,
)

PATH = "lifecycle_scripts."
WRONG_TYPES: list[tuple[hp.ClusterModel, str]] = [
    (
        with_steps(accounting="local"),
        "accounting: 'local' is of type str; pass Accounting.local(), .ext",
    ),
    (with_steps(users=[anna()]), "users: [User("),
    (
        with_steps(users="users.json"),
        "users: 'users.json' is of type str; pass Users(...) or Users.from",
    ),
    (
        with_steps(ssh_between_nodes="yes"),
        "ssh_between_nodes: 'yes' is of type str; pass True or False",
    ),
    (
        with_steps(private_data="yes"),
        "private_data: 'yes' is of type str; pass True or False",
    ),
    (
        with_steps(pam_slurm_adopt="yes"),
        "pam_slurm_adopt: 'yes' is of type str; pass True or False",
    ),
    (
        with_steps(users_on_controllers=1),
        "users_on_controllers: 1 is of type int; pass True or False",
    ),
    (with_steps(log_rotation=None), "log_rotation: is None; pass True or False"),
    (with_steps(containers=True), "containers: True is of type bool; pass Containers()"),
    (with_steps(metrics=True), "metrics: True is of type bool; pass MetricsExporters()"),
    (
        with_steps(directory_service="ldap"),
        "directory_service: 'ldap' is of type str; pass DirectoryS",
    ),
    (with_steps(s3_mounts="b"), "s3_mounts: 'b' is of type str; pass a list of S3Mount"),
    (with_steps(s3_mounts=["b"]), "s3_mounts[0]: 'b' is of type str; pass an S3Mount"),
    (
        with_steps(packages_preinstalled=1),
        "packages_preinstalled: 1 is of type int; pass True or False",
    ),
    (external(endpoint=None), "accounting.endpoint: is None; pass a string such"),
    (
        external(secret=None),
        "accounting.secret: is None; pass a s",
    ),
    (external(port="3306"), "accounting.port: '3306' is of type str; pass a whole number"),
    (external(port=True), "accounting.port: True is of type bool"),
    (external(database=7), "accounting.database: 7 is of type int"),
    (
        with_steps(users=hp.Users(users="anna")),  # type: ignore[arg-type]
        "users.users: 'anna' is of type str; pass a list of User",
    ),
    (users("anna"), "users.users[0]: 'anna' is of type str; pass a User"),
    (users(groups="ml"), "users.groups: 'ml' is of type str; pass a list of UserGroup"),
    (users(groups=[("ml", 3000)]), "users.groups[0]: ('ml', 3000) is of type tuple; pass a UserGr"),
    (users(anna(name=7)), "users.users[0].name: 7 is of type int; pass a string"),
    (users(anna(uid="2001")), "users.users[0].uid: '2001' is of type str; pass a whole number"),
    (users(anna(uid=None)), "users.users[0].uid: is None"),
    (users(anna(gid=1.5)), "users.users[0].gid: 1.5 is of type float"),
    (users(anna(groups="ml")), "users.users[0].groups: 'ml' is of type str; pass a list of names"),
    (users(anna(groups=[7])), "users.users[0].groups: (7,) is of type tuple"),
    (users(anna(home=7)), "users.users[0].home: 7 is of type int; pass a string such as '/fsx/an"),
    (
        users(anna(ssh_keys=SSH_KEY)),
        "users.users[0].ssh_keys: '...' is of type str; pass a list of SSH",
    ),
    (users(anna(ssh_keys=[7])), "users.users[0].ssh_keys[0]: 7 is of type int; pass an SSH public"),
    (users(anna(slurm_account=7)), "users.users[0].slurm_account: 7 is of type int"),
    (users(anna(slurm_admin="yes")), "users.users[0].slurm_admin: 'yes' is of type str; pass True"),
    (
        with_steps(metrics=hp.MetricsExporters(node="on")),  # type: ignore[arg-type]
        "metrics.node: 'on' is of type str; pass True",
    ),
    (directory(domain=None), "directory_service.domain: is None"),
    (directory(bind_secret="pass"), "directory_service.bind_secret: '...' is of type str; pass a"),
    (directory(ssh_allow_groups="ml"), "directory_service.ssh_allow_groups: 'ml' is of type str"),
    (directory(ca_certificate=b"x"), "directory_service.ca_certificate: '...' is of type str"),
    (
        directory(ca_certificate=PRIVATE_KEY),
        "directory_service.ca_certificate: '...' is of type str",
    ),
    (mounts(mount(bucket="b")), "s3_mounts[0].bucket: 'b' is of type str; pass a bucket, such as"),
    (mounts(mount(path=7)), "s3_mounts[0].path: 7 is of type int"),
    (mounts(mount(prefix=None)), "s3_mounts[0].prefix: is None"),
    (mounts(mount(read_only="no")), "s3_mounts[0].read_only: 'no' is of type str; pass True or Fa"),
]

ERRORS: list[tuple[hp.ClusterModel, str, str]] = [
    *((model, "ArgumentType", PATH + text) for model, text in WRONG_TYPES),
    (
        slurm(steps="all"),
        "ArgumentType",
        "steps: 'all' is of type str; pass a LifecycleSteps",
    ),
    (
        external(endpoint="mysql://db"),
        "DatabaseEndpoint",
        "'mysql://db' must be a host name without",
    ),
    (external(port=65536), "DatabasePort", "65536 is not a valid TCP port; use 1 to 65535; Maria"),
    (users(anna(name="a" * 33)), "UserName", f"use {'a' * 32!r}"),
    (users(anna(name="7")), "UserName", "use 'anna'"),
    (users(anna(name="anna.b")), "UserName", "use 'anna-b'"),
    (users(groups=[group(name="ML")]), "UserName", "users.groups[0].name: 'ML' must be 1 to 32"),
    (users(anna(gid=0)), "UserId", "lifecycle_scripts.users.users[0].gid: 0 must be between"),
    (users(groups=[group(gid=100)]), "UserId", "lifecycle_scripts.users.groups[0].gid: 100 must"),
    (users(anna(**NO_SHELL)), "UserPath", "users.users[0].shell: '/bin/b:sh' must be an abs"),
    (
        users(anna(ssh_keys=[SSH_KEY.replace("AAAAC3", "AAAAD3")])),
        "SshKey",
        "...' is not a valid SSH public",
    ),
    (
        users(anna(ssh_keys=["ssh-ed25519 A"])),
        "SshKey",
        "'ssh-ed25519 A' is not a valid SSH public key",
    ),
    (users(anna(ssh_keys=[f"{SSH_KEY}\n{SSH_KEY}"])), "SshKey", "contains 2 lines, and"),
    (users(anna(ssh_keys=[f"ssh-dss {SSH_KEY.split()[1]}"])), "SshKey", "'ssh-dss AAAAC3"),
    (
        users(anna(), anna(name="ben")),
        "DuplicateUser",
        "lifecycle_scripts.users.users[1].uid: 2001 is already the uid of lifecycle_scripts.users.users[0]",
    ),
    (
        users(groups=[group(), group(name="cv")]),
        "DuplicateUserGroup",
        "lifecycle_scripts.users.groups[1].gid: 3000 is already the gid of",
    ),
    (
        users(anna(name="ml"), groups=[group()]),
        "DuplicateUserGroup",
        "lifecycle_scripts.users.users[0].name: 'ml' is also the name of "
        "lifecycle_scripts.users.groups[0], and the primary group of the user has gid 2001; pass "
        "the gid of that group, or rename it",
    ),
    (
        with_steps(accounting=None, users=hp.Users(users=[anna(slurm_admin=True)])),
        "UsersWithoutAccounting",
        "lifecycle_scripts.users.users[0].slurm_admin: True requires Slurm accounting",
    ),
    (directory(ldap_uri="ldaps://a,ldap://b"), "LdapUri", "'ldaps://a,ldap://b' must be one or m"),
    (
        directory(ldap_uri="corp.example.com"),
        "LdapUri",
        "'corp.example.com' must be one or more UR",
    ),
    (mounts(mount("/mnt/data/")), "S3MountPath", "'/mnt/data/' must be an absolute path"),
    (mounts(mount("/")), "S3MountPath", "'/' must be an absolute path of letters"),
    (mounts(mount("/mnt/100%")), "S3MountPath", "'/mnt/100%' must be an absolute path"),
    (mounts(mount("/mnt/my data")), "S3MountPath", "'/mnt/my data' must be an absolute path"),
    (
        mounts(mount("/opt/sagemaker/data")),
        "S3MountPath",
        "lifecycle_scripts.s3_mounts[0].path: '/opt/sagemaker/data' is reserved for other files "
        "of the node, which the mount would hide, or for directories that users can replace; use a "
        "separate directory such as '/mnt/data'",
    ),
    (mounts(mount("/fsx")), "S3MountPath", "'/fsx' is reserved for other files of the"),
    (mounts(mount("/home/anna")), "S3MountPath", "'/home/anna' is reserved for other files"),
    (mounts(mount("/opt/sagemaker")), "S3MountPath", "'/opt/sagemaker' is reserved for other"),
    (mounts(mount("/home")), "S3MountPath", "'/home' is reserved for other files of the"),
    (mounts(mount("/mnt/../etc")), "S3MountPath", "'/mnt/../etc' is reserved for other files of"),
    (mounts(*[mount("${Token[Path.1]}")] * 2), "S3MountPathTwice", "[1].path: '<Path>' overlaps"),
    (mounts(mount(), mount("/mnt/data/a")), "S3MountPathTwice", "'/mnt/data/a' overlaps with the"),
    (mounts(mount("/d/a"), mount("/d")), "S3MountPathTwice", "[1].path: '/d' overlaps with the pa"),
    (
        mounts(mount(prefix="/datasets")),
        "S3MountPrefix",
        "lifecycle_scripts.s3_mounts[0].prefix: '/datasets' must be letters, digits, spaces, "
        "slashes and any of _.=@+-, and cannot start with a slash or space or have '.' or '..' "
        "between slashes; use a value such as 'datasets/'",
    ),
    (
        slurm(
            cluster_name=LONG,
            orchestrator=hp.Slurm(slurm_configurations=SHARED),
        ),
        "ClusterNameAccounting",
        "are named after the cluster, supports up to 40; use at most 40 (",
    ),
    (
        with_steps(
            {"subnets": (PRIVATE,), "own_subnets": [(), [ISOLATED]]},
            metrics=hp.MetricsExporters(gpu=False),
        ),
        "NeedsInternet",
        "lifecycle_scripts.metrics: 'Vpc/Isolated1' is instance_groups[1].subnets[0] and has no route",
    ),
    (
        mounts(mount(), subnets=(ISOLATED,)),
        "NeedsInternet",
        "lifecycle_scripts.s3_mounts: 'Vpc/Iso",
    ),
]


FINE: list[hp.ClusterModel] = [
    with_steps(),
    with_steps({"subnets": (ISOLATED,)}, users=hp.Users(users=[anna(slurm_account="research")])),
    with_steps({"subnets": (ISOLATED,)}, containers=hp.Containers(), packages_preinstalled=True),
    with_steps({"subnets": (PRIVATE,)}, containers=hp.Containers(), metrics=hp.MetricsExporters()),
    with_steps({"subnets": (ISOLATED,)}, metrics=hp.MetricsExporters(node=False, gpu=False)),
    slurm(
        controller(volumes=[]),
        worker(),
        steps=hp.LifecycleSteps(containers=hp.Containers(data_root="/opt/sagemaker")),
    ),
    users(anna(name="ml", gid=3000), groups=[group()]),
    with_steps({"cluster_name": "c" * 40}),
    with_steps({"cluster_name": LONG}, accounting=None),
    with_steps(
        {"orchestrator": hp.Slurm(slurm_configurations=SHARED)},
        users=hp.Users(users=[anna(slurm_account="research")]),
    ),
    with_steps(containers=hp.Containers(data_root="/opt/dlami/nvme")),
    external(),
    users(
        anna(groups=["ml", "video"], ssh_keys=[SSH_KEY], gid=2001, **ZSH),
        groups=[group()],
    ),
    homes("/fsx/anna", None),
    users(anna(ssh_keys=[" ".join(SSH_KEY.split()[:2])])),
    directory(ldap_uri="ldaps://a.example.com, ldaps://b.example.com/", bind_dn="reader@corp"),
    directory(ca_certificate=CERTIFICATE, ssh_allow_groups=["Domain Users"]),
    mounts(mount(), mount("/mnt/data2", prefix="datasets", read_only=False)),
    users(
        anna(name=TOKEN, uid=TOKEN_NUMBER, home=TOKEN, groups=[TOKEN], ssh_keys=[TOKEN]),
        anna(name=OTHER_TOKEN, slurm_account=TOKEN),
        groups=[group(name=TOKEN, gid=TOKEN_NUMBER)],
    ),
    external(endpoint=TOKEN, port=TOKEN_NUMBER, database=TOKEN),
    directory(domain=TOKEN, search_base=TOKEN, ca_certificate=TOKEN, home_pattern=TOKEN),
    mounts(mount(TOKEN, prefix=TOKEN), mount(OTHER_TOKEN)),
    with_steps({"cluster_name": TOKEN + LONG}),
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


def test_fails_with_all_problems_at_once() -> None:
    cluster = with_steps(
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
        "NeedsInternet",
        "MetricsWithoutContainers",
        "NeedsInternet",
        "S3MountPath",
        "S3MountPath",
    ]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "cluster",
    [
        users(anna(ssh_keys=[PRIVATE_KEY])),
        users(anna(ssh_keys=PRIVATE_KEY)),
        directory(ca_certificate=PRIVATE_KEY),
        directory(bind_secret=PRIVATE_KEY),
    ],
)
def test_never_shows_a_private_key(cluster: hp.ClusterModel) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        cluster.check()

    assert "b3BlbnNzaC1rZXk" not in str(caught.value)


GOOD: list[tuple[Callable[..., hp.ClusterModel], Any]] = [
    (
        lambda value: with_steps(accounting=value),
        hp.Accounting.external(endpoint="db", secret=SECRET),
    ),
    (lambda value: users(value, groups=[group()]), anna(groups=["ml"], ssh_keys=[SSH_KEY])),
    (lambda value: users(anna(groups=["ml"]), groups=[value]), group()),
    (lambda value: with_steps(users=value), hp.Users(users=[anna()], groups=[group()])),
    (lambda value: with_steps(containers=value), hp.Containers()),
    (lambda value: with_steps(metrics=value), hp.MetricsExporters(gpu=False)),
    (lambda value: with_steps(directory_service=value), directory().steps.directory_service),  # type: ignore[union-attr]
    (lambda value: mounts(value, mount("/mnt/b")), mount()),
    (
        lambda value: slurm(steps=value),
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


def test_a_group_that_is_added_is_judged_with_its_subnet() -> None:
    cluster = slurm(
        controller(),
        worker(),
        worker(name="b"),
        subnets=(PRIVATE,),
        own_subnets=[(), (), [ISOLATED]],
        steps=hp.LifecycleSteps(s3_mounts=[mount()]),
    )

    assert [problem.path for problem in cluster.problems()] == ["lifecycle_scripts.s3_mounts"]
