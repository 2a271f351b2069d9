"""Examples of the rules of the steps of the default lifecycle scripts."""

from typing import Any

import hyperpod_constructs as hp
from tests.clusters.values import KEY as KMS_KEY
from tests.clusters.values import LUSTRE, PRIVATE, SHARED, controller, login, slurm, worker

from .example import WARNING, Example

SSH_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSgb8tNHHpO7xzf1uIN8kFbzTXJzX6bEk1c3Y9sQ7bM anna@laptop"
)
PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
ISOLATED = hp.Subnet(name="Vpc/Isolated1", isolated=True, availability_zone="us-west-2a")


class Secret:
    """Stands for a secret of CDK."""

    secret_arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:db-AbCdEf"


class Environment:
    region = "us-west-2"


class Bucket:
    """Stands for a bucket of CDK."""

    bucket_arn = "arn:aws:s3:::datasets"
    env = Environment()

    def __init__(self, bucket_name: str = "datasets") -> None:
        self.bucket_name = bucket_name


SECRET: Any = Secret()
BUCKET: Any = Bucket()


def with_steps(settings: dict[str, Any] | None = None, **steps: Any) -> hp.ClusterModel:
    given = settings or {}
    has_users = {"users", "directory_service"} & set(steps) and "own_subnets" not in given
    groups = (controller(), worker(), login()) if has_users else ()
    return slurm(*groups, steps=hp.LifecycleSteps(**steps), **given)


def external(**settings: Any) -> hp.ClusterModel:
    given = {"endpoint": "db.example.com", "secret": SECRET, **settings}
    return with_steps(accounting=hp.Accounting.external(**given))


def users(*entries: Any, groups: Any = ()) -> hp.ClusterModel:
    return with_steps(users=hp.Users(users=entries, groups=groups))


def homes(*given: str | None) -> hp.ClusterModel:
    members = [anna(name=f"u{n}", uid=2001 + n, home=home) for n, home in enumerate(given)]
    lustre = {"subnets": [PRIVATE], "file_systems": [LUSTRE]}
    return with_steps(lustre, users=hp.Users(users=members))


def shared_database(**steps: Any) -> hp.ClusterModel:
    return slurm(
        controller(count=2),
        worker(),
        orchestrator=hp.Slurm(slurm_configurations=SHARED),
        steps=hp.LifecycleSteps(**steps),
    )


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
    return with_steps(directory_service=hp.DirectoryService(**given))


def mounts(*entries: Any, **settings: Any) -> hp.ClusterModel:
    return with_steps(settings, s3_mounts=entries)


def mount(path: Any = "/mnt/data", **settings: Any) -> hp.S3Mount:
    return hp.S3Mount(path=path, **{"bucket": BUCKET, **settings})


LONG = "c" * 41
ZSH = {"shell": "/bin/zsh"}
NO_SHELL = {"shell": "/bin/b:sh"}


def remote_write(target: Any, **exporters: bool) -> hp.ClusterModel:
    chosen = {"node": False, "gpu": False, **exporters}
    return with_steps(metrics=hp.MetricsExporters(**chosen, remote_write=target))


EXAMPLES = [
    Example(
        "lifecycle_scripts.accounting.endpoint: 'db.example.com:3306' must be a host "
        "name without a scheme or a port; use a value such as "
        "'slurm.abcdefghijkl.us-west-2.rds.amazonaws.com' (DatabaseEndpoint)",
        external(endpoint="db.example.com:3306"),
        external(),
    ),
    Example(
        "lifecycle_scripts.accounting.port: 0 is not a valid TCP port; use 1 to 65535; "
        "MariaDB and MySQL listen on 3306 (DatabasePort)",
        external(port=0),
        external(port=1),
    ),
    Example(
        "lifecycle_scripts.accounting.database: 'slurm-db' must be 1 to 64 letters, "
        "digits, underscores and dollar signs; use a value such as 'slurm_acct_db' "
        "(DatabaseName)",
        external(database="slurm-db"),
        external(database="slurm_db$"),
    ),
    Example(
        "lifecycle_scripts.users.users[0].name: 'Anna' must be 1 to 32 lowercase "
        "letters, digits, underscores and hyphens, start with a letter or "
        "underscore, and cannot be 'where' or 'set'; use 'anna' (UserName)",
        users(anna(name="Anna")),
        users(anna(name="anna-b")),
    ),
    *(
        Example(
            f"lifecycle_scripts.users.users[0].name: {name!r} is a user or group of the AMI; use "
            "another name, such as 'anna' (UserName)",
            users(anna(name=name)),
            users(anna(name=f"{name}2")),
        )
        for name in ("root", "slurm", "munge", "ubuntu", "ssm-user", "docker")
    ),
    Example(
        "lifecycle_scripts.users.users[0].uid: 999 must be between 1001 and 4294967293; "
        "Linux reserves lower IDs for the system; use an ID such as 2001 (UserId)",
        users(anna(uid=999)),
        users(anna(uid=1001)),
    ),
    Example(
        "lifecycle_scripts.users.users[0].uid: 1000 is the ID of 'ubuntu', the user and group of "
        "the AMI; use an ID such as 2001 (UserId)",
        users(anna(uid=1000)),
        users(anna(uid=1001, gid=1000)),
    ),
    Example(
        "lifecycle_scripts.users.users[0].home: 'anna' must be a directory in /home, /fsx or "
        "another directory that is not of the system: an absolute path of letters, digits and any "
        "of _.@+-; use a value such as '/fsx/anna' (UserPath)",
        users(anna(home="anna")),
        users(anna(home="/fsx/anna")),
    ),
    *(
        Example(
            f"lifecycle_scripts.users.users[0].home: {home!r} must be a directory in /home, /fsx or "
            "another directory that is not of the system: an absolute path of letters, digits and "
            "any of _.@+-; use a value such as '/fsx/anna' (UserPath)",
            users(anna(home=home)),
            users(anna(home="/fsx/team/anna")),
        )
        for home in ("/fsx", "/fsx/", "/etc", "/root", "/", "/home/a/../../etc", "/var/anna")
    ),
    Example(
        "lifecycle_scripts.users.users[1].home: '/fsx/anna/ben' is the home directory of "
        "lifecycle_scripts.users.users[0], or is in it; use a directory of its own, such as "
        "'/fsx/anna' (UserHome)",
        users(anna(home="/fsx/anna"), anna(name="ben", uid=2002, home="/fsx/anna/ben")),
        users(anna(home="/fsx/anna"), anna(name="ben", uid=2002, home="/fsx/ben")),
    ),
    Example(
        "lifecycle_scripts.users.users[0].home: '/home/ubuntu' is the home directory of the user of "
        "the AMI, or is in it; use a directory of its own, such as '/fsx/anna' (UserHome)",
        users(anna(home="/home/ubuntu")),
        users(anna(home="/home/ubuntu2")),
    ),
    Example(
        "lifecycle_scripts.users.users[0].uid: 65534 is an ID that systemd or Linux uses; use an ID "
        "such as 2001 (UserId)",
        users(anna(uid=65534)),
        users(anna(uid=65536)),
    ),
    Example(
        "lifecycle_scripts.users.users[0].groups[0]: 'docker' gives the user the permissions of "
        "root on login nodes and workers, and to the files of all users; it is omitted on "
        "controllers; omit it; Enroot and Pyxis do not require a group (RootGroup)",
        users(anna(groups=["docker"])),
        users(anna(groups=["video"])),
        WARNING,
    ),
    Example(
        "lifecycle_scripts.users_on_controllers: True allows every user to use the role of the "
        "controllers, which can read the secret of the accounting database, and so to become an "
        "administrator of Slurm; omit it, and add InstanceGroup.login(...) for the users "
        "(UsersOnControllers)",
        with_steps(users=hp.Users(users=[anna()]), users_on_controllers=True),
        with_steps(users=hp.Users(users=[anna()])),
        WARNING,
    ),
    Example(
        "lifecycle_scripts.users_on_controllers: False means that users cannot log in to "
        "controllers, and there is no login group: they can log in to workers only; add "
        "InstanceGroup.login(...), or pass users_on_controllers=True (UsersWithoutLoginNodes)",
        slurm(steps=hp.LifecycleSteps(users=hp.Users(users=[anna()]))),
        with_steps(users=hp.Users(users=[anna()])),
        WARNING,
    ),
    Example(
        "lifecycle_scripts.users.users[0].ssh_keys[1]: '-----BEGIN ... PRIVATE "
        "KEY-----' is a private key, which must remain secret; pass the public key, the "
        "line in the file that ends with '.pub'; create a new key pair if this one was "
        "shared or committed (SshPrivateKey)",
        users(anna(ssh_keys=[SSH_KEY, PRIVATE_KEY])),
        users(anna(ssh_keys=[SSH_KEY])),
    ),
    Example(
        "lifecycle_scripts.users.users[0].ssh_keys[0]: '~/.ssh/id_ed25519.pub' is not a "
        "valid SSH public key; pass the line in the file that ends with '.pub', such as "
        "'ssh-ed25519 AAAA... anna@laptop' (SshKey)",
        users(anna(ssh_keys=["~/.ssh/id_ed25519.pub"])),
        users(anna(ssh_keys=[SSH_KEY])),
    ),
    Example(
        "lifecycle_scripts.users.users[0].ssh_keys[0]: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSg...' "
        "contains 2 lines, and each key is one; pass each key as an item of the list (SshKey)",
        users(anna(ssh_keys=[f"{SSH_KEY}\n{SSH_KEY}\n"])),
        users(anna(ssh_keys=[f"{SSH_KEY}\n"])),
    ),
    Example(
        "lifecycle_scripts.users: ['/fsx/anna'] are home directories outside of the mounted file "
        "systems and differ on each node, unless a script in site or the AMI mounts a file system "
        "there; pass file_systems=[hp.FileSystem.lustre(...)], which is mounted at /fsx, or omit "
        "home (HomeNotShared)",
        users(anna(home="/fsx/anna")),
        users(anna(), hp.User("ubuntu", uid=1000)),
        WARNING,
    ),
    Example(
        "lifecycle_scripts.users: ['/home/anna', '/fsx2/ben'] are home directories outside of the "
        "mounted file systems, ['/fsx'], and differ on each node, unless a script in site or the AMI "
        "mounts a file system there; pass file_systems=[hp.FileSystem.lustre(...)], which is mounted "
        "at /fsx, or omit home (HomeNotShared)",
        homes("/home/anna", "/fsx2/ben", "/fsx/cleo"),
        homes(None, "/fsx/ben"),
        WARNING,
    ),
    Example(
        "lifecycle_scripts.accounting: 'None' does not disable accounting, since multiple "
        "controllers always use the database of the orchestrator; omit accounting "
        "(AccountingNotDisabled)",
        shared_database(accounting=None),
        shared_database(),
        WARNING,
    ),
    Example(
        "lifecycle_scripts.users.users[0].slurm_account: 'Research Lab' must be "
        "lowercase letters, digits, dots, underscores and hyphens, and cannot be 'where' or 'set'; "
        "use a value such as 'research' (SlurmAccountName)",
        users(anna(slurm_account="Research Lab")),
        users(anna(slurm_account="research")),
    ),
    Example(
        "lifecycle_scripts.users.users[1].name: 'anna' is already the name of "
        "lifecycle_scripts.users.users[0]; use another name (DuplicateUser)",
        users(anna(), anna(uid=2002)),
        users(anna(), anna(name="ben", uid=2002)),
    ),
    Example(
        "lifecycle_scripts.users.groups[1].name: 'ml' is already the name of "
        "lifecycle_scripts.users.groups[0]; use another name (DuplicateUserGroup)",
        users(groups=[group(), group(gid=3001)]),
        users(groups=[group(), group(name="cv", gid=3001)]),
    ),
    Example(
        "lifecycle_scripts.users.users[0].groups[1]: 'nlp' is not a group: neither in "
        "Users(groups=['ml']) nor one of adm, docker, render, sudo, video; add UserGroup('nlp', "
        "gid=...) to the groups (UserGroupUnknown)",
        users(anna(groups=["ml", "nlp"]), groups=[group()]),
        users(anna(groups=["ml", "video"]), groups=[group()]),
    ),
    Example(
        "lifecycle_scripts.users.users[0].slurm_account: 'research' requires Slurm "
        "accounting, which accounting=None disables; omit slurm_account, or pass "
        "accounting=Accounting.local() (UsersWithoutAccounting)",
        with_steps(accounting=None, users=hp.Users(users=[anna(slurm_account="research")])),
        users(anna(slurm_account="research")),
    ),
    Example(
        "lifecycle_scripts.containers.data_root: '/data' is not supported as a volume "
        "for containers; use '/opt/sagemaker', the secondary EBS volume, or "
        "'/opt/dlami/nvme', the instance store (ContainersDataRoot)",
        with_steps(containers=hp.Containers(data_root="/data")),
        with_steps(containers=hp.Containers(data_root="/opt/sagemaker")),
    ),
    Example(
        "lifecycle_scripts.containers.data_root: '/opt/sagemaker' is the secondary "
        "volume, which instance_groups[2] does not have; add an EbsVolume to the group, "
        "or omit data_root (ContainersDataRoot)",
        slurm(
            controller(),
            worker(),
            worker(name="bare", volumes=[hp.EbsVolume.root(kms_key=KMS_KEY)]),
            steps=hp.LifecycleSteps(containers=hp.Containers(data_root="/opt/sagemaker")),
        ),
        with_steps(containers=hp.Containers(data_root="/opt/sagemaker")),
    ),
    Example(
        "lifecycle_scripts.metrics.gpu: True requires containers, since the DCGM "
        "exporter runs in a container; pass containers=Containers(), or "
        "metrics=MetricsExporters(gpu=False) (MetricsWithoutContainers)",
        with_steps(metrics=hp.MetricsExporters()),
        with_steps(containers=hp.Containers(), metrics=hp.MetricsExporters()),
    ),
    Example(
        "lifecycle_scripts.metrics.remote_write: 'https://...@prometheus/' must be an http or https "
        "URL without credentials, query and fragment; use a URL such as "
        "'https://prometheus.example.com/api/v1/write' (RemoteWriteUrl)",
        remote_write("https://anna:x@prometheus/"),
        remote_write("http://prometheus:9090/api/v1/write"),
    ),
    Example(
        "lifecycle_scripts.metrics.remote_write: 'http://prometheus/' is specified, but no exporter is "
        "enabled; enable node, gpu or slurm, or omit remote_write (RemoteWriteWithoutMetrics)",
        remote_write("http://prometheus/", slurm=False),
        remote_write("http://prometheus/"),
    ),
    Example(
        "lifecycle_scripts.refresh: 0 is not a number of minutes from 1 to 1440; use a number in "
        "this range, or None (UsersRefresh)",
        with_steps(refresh=0),
        with_steps(refresh=1),
    ),
    Example(
        "lifecycle_scripts.accounting.backup: 0 is not a number of minutes from 1 to 1440; use a number "
        "in this range, or None (AccountingBackup)",
        with_steps(accounting=hp.Accounting.local(backup=0)),
        with_steps(accounting=hp.Accounting.local(backup=1)),
    ),
    Example(
        "lifecycle_scripts.directory_service.domain: 'corp example' is not a valid "
        "domain name; use a value such as 'corp.example.com' (DirectoryDomain)",
        directory(domain="corp example"),
        directory(),
    ),
    Example(
        "lifecycle_scripts.directory_service.ldap_uri: 'https://corp.example.com' must "
        "be one or more URIs of the same scheme, ldaps:// or ldap://, each with a host; "
        "use a value such as 'ldaps://corp.example.com' (LdapUri)",
        directory(ldap_uri="https://corp.example.com"),
        directory(ldap_uri="ldaps://a,ldaps://b"),
    ),
    Example(
        "lifecycle_scripts.directory_service.search_base: 'corp' is not a valid "
        "distinguished name; use a value such as 'dc=corp,dc=example,dc=com' "
        "(LdapSearchBase)",
        directory(search_base="corp"),
        directory(),
    ),
    Example(
        "lifecycle_scripts.directory_service.bind_dn: 'reader\\nldap_tls_reqcert = "
        "never' must be the name of an account on one line; use a value such as "
        "'cn=reader,ou=users,dc=corp,dc=example,dc=com' (LdapBindDn)",
        directory(bind_dn="reader\nldap_tls_reqcert = never"),
        directory(bind_dn="reader@corp"),
    ),
    Example(
        "lifecycle_scripts.directory_service.home_pattern: '/home/anna' must be an "
        "absolute path with %u as the user name, not in a directory of the system; use a value such "
        "as '/fsx/%u' "
        "(HomePattern)",
        directory(home_pattern="/home/anna"),
        directory(home_pattern="/home/%u"),
    ),
    Example(
        "lifecycle_scripts.directory_service.ssh_allow_groups[1]: 'a,b' must be the "
        "name of a group on one line without commas; use a value such as 'ml-users' "
        "(SshAllowGroups)",
        directory(ssh_allow_groups=["ml", "a,b"]),
        directory(ssh_allow_groups=["ml", "a b"]),
    ),
    Example(
        "lifecycle_scripts.directory_service.ca_certificate: 'ca.pem' is not the "
        "beginning of a PEM certificate; pass the content of the file, starting with "
        "'-----BEGIN CERTIFICATE-----', not its name (CaCertificate)",
        directory(ca_certificate="ca.pem"),
        directory(ca_certificate=CERTIFICATE),
    ),
    Example(
        "lifecycle_scripts.s3_mounts[0].path: 'data' must be an absolute path of "
        "letters, digits and any of _.-; use a value such as '/mnt/data' (S3MountPath)",
        mounts(mount("data")),
        mounts(mount("/data")),
    ),
    Example(
        "lifecycle_scripts.s3_mounts[0].prefix: 'a\"b' must be letters, digits, spaces, "
        "slashes and any of _.=@+-, and cannot start with a slash or space or have '.' or "
        "'..' between slashes; use a value such as 'datasets/' (S3MountPrefix)",
        mounts(mount(prefix='a"b')),
        mounts(mount(prefix="datasets")),
    ),
    Example(
        "lifecycle_scripts.s3_mounts[0].prefix: 'a/../b' must be letters, digits, spaces, slashes "
        "and any of _.=@+-, and cannot start with a slash or space or have '.' or '..' between "
        "slashes; use a value such as 'datasets/' (S3MountPrefix)",
        mounts(mount(prefix="a/../b")),
        mounts(mount(prefix="a/.../b")),
    ),
    Example(
        "lifecycle_scripts.s3_mounts[0].path: '/fsx/data' is reserved for other files of the node, "
        "which the mount would hide, or for directories that users can replace; use a separate "
        "directory such as '/mnt/data' (S3MountPath)",
        mounts(mount("/fsx/data"), subnets=(PRIVATE,), file_systems=(LUSTRE,)),
        mounts(mount("/data"), subnets=(PRIVATE,), file_systems=(LUSTRE,)),
    ),
    Example(
        "lifecycle_scripts.s3_mounts[0].bucket: '-o' is not a valid bucket name; use a value such "
        "as 'my-datasets' (S3MountBucket)",
        mounts(mount(bucket=Bucket("-o"))),
        mounts(mount()),
    ),
    Example(
        "lifecycle_scripts.s3_mounts[2].path: '/mnt/data' overlaps with the path of "
        "lifecycle_scripts.s3_mounts[0], '/mnt/data'; use a separate directory for each "
        "bucket (S3MountPathTwice)",
        mounts(mount(), mount("/mnt/more"), mount()),
        mounts(mount(), mount("/mnt/more")),
    ),
    Example(
        f"cluster_name: '{LONG}' has 41 characters, and Slurm accounting, whose tables "
        "are named after the cluster, supports up to 40; use at most 40, or pass "
        "lifecycle_scripts=LifecycleScripts.default(accounting=None) "
        "(ClusterNameAccounting)",
        with_steps({"cluster_name": LONG}),
        with_steps({"cluster_name": "c" * 40}),
    ),
    Example(
        "lifecycle_scripts.accounting: 'db.example.com' cannot be specified together "
        "with the database of the orchestrator, which multiple controllers share; omit "
        "accounting (AccountingTwice)",
        with_steps(
            {"orchestrator": hp.Slurm(slurm_configurations=SHARED)},
            accounting=hp.Accounting.external(endpoint="db.example.com", secret=SECRET),
        ),
        with_steps({"orchestrator": hp.Slurm(slurm_configurations=SHARED)}),
    ),
    Example(
        "lifecycle_scripts.accounting: 'db.example.com' is not used with ApiDrivenSlurm, where "
        "HyperPod configures accounting; omit accounting, and pass "
        "ApiDrivenSlurm(accounting_database=...) (AccountingOfRequest)",
        with_steps(
            {"orchestrator": hp.ApiDrivenSlurm()},
            accounting=hp.Accounting.external(endpoint="db.example.com", secret=SECRET),
        ),
        with_steps({"orchestrator": hp.ApiDrivenSlurm()}),
    ),
    Example(
        "lifecycle_scripts.containers: 'Vpc/Isolated1' is vpc_subnets[0] and has no "
        "route to the internet, which nodes require to download packages for this step; "
        "pass a subnet with a route to a NAT gateway, omit this step, or pass "
        "packages_preinstalled=True if the AMI has the packages (NeedsInternet)",
        with_steps({"subnets": (ISOLATED,)}, containers=hp.Containers()),
        with_steps({"subnets": [PRIVATE]}, containers=hp.Containers()),
    ),
    Example(
        "lifecycle_scripts.directory_service.ldap_uri: 'ldap://corp.example.com' "
        "transmits passwords, encrypted only with StartTLS; nodes require it, and fail "
        "if the directory does not support it; use ldaps://, or verify that the "
        "directory supports StartTLS (LdapStartTls)",
        directory(ldap_uri="ldap://corp.example.com"),
        directory(),
        WARNING,
    ),
]
