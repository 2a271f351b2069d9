"""Clusters of every kind, right by construction."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

import hyperpod_constructs as hp
from hyperpod_constructs.model.groups.instance_types import default_threads_per_core, instance_types

KNOWN = instance_types()
ACCELERATED = sorted(name for name, known in KNOWN.items() if known.accelerated)
CPU = sorted(name for name, known in KNOWN.items() if not known.accelerated)
TOKEN = "${Token[Somewhere.7]}"
TOKEN_NUMBER: Any = -1.8881545897087626e289

Draw = Callable[[st.SearchStrategy[Any]], Any]


def named(*names: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(names)


def arn(service: str, *resources: str, region: str = "us-east-1") -> st.SearchStrategy[str]:
    return st.sampled_from(
        [f"arn:aws:{service}:{region}:111122223333:{each}" for each in resources]
    )


def rarely(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    return st.one_of(*[st.just(otherwise)] * 3, strategy)


ROLES = arn("iam", "role/nodes", "role/service/with.path@x", region="").map(hp.RoleReference)
KEYS = arn("kms", "key/0a1b2c3d-0000-4000-8000-0123456789ab", "alias/volumes").map(hp.KeyReference)
PLANS = arn("sagemaker", "training-plan/plan-1", "training-plan/p").map(hp.Capacity.training_plan)
VOLUMES = st.tuples(
    *(
        st.lists(each, max_size=1)
        for each in (
            KEYS.map(lambda key: hp.EbsVolume.root(kms_key=key)),
            st.builds(
                hp.EbsVolume,
                size=st.builds(hp.Gibibytes, st.sampled_from([1, 500, 1024, 16384])),
                kms_key=rarely(KEYS),
            ),
        )
    )
).map(lambda lists: tuple(volume for volumes in lists for volume in volumes))
PLAIN_VOLUMES = st.lists(
    st.builds(hp.EbsVolume, size=st.builds(hp.Gibibytes, st.integers(1, 16384))), max_size=1
).map(tuple)
LUSTRE = st.builds(
    hp.LustreMount,
    dns_name=named("fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com", "fs-01234567.example.org"),
    mount_name=named("abcdefgh", "a-_9", "fsx"),
)
OPENZFS = st.builds(
    hp.OpenZfsMount, dns_name=named("fs-0fedcba9876543210.fsx.us-east-1.amazonaws.com")
)
BATCHES = st.one_of(
    st.integers(1, 50).map(hp.BatchSize.instances), st.integers(1, 100).map(hp.BatchSize.percentage)
)
ALARMS = st.lists(
    named("alarm", "Überlast 95 %", "x" * 255).map(hp.AlarmReference), max_size=3, unique=True
).map(tuple)
ROLLING = st.one_of(
    st.none(),
    st.builds(
        hp.RollingUpdate,
        maximum_batch_size=BATCHES,
        rollback_maximum_batch_size=st.none() | BATCHES,
        wait_interval=st.none() | st.integers(0, 3600).map(hp.Seconds),
        rollback_alarms=ALARMS,
    ),
)
UPDATES = st.builds(
    hp.ScheduledUpdate,
    schedule_expression=named(
        "cron(0 3 ? * SUN *)", "cron(59 23 31 * ? 2030)", "cron(05 00 01 */2 ? *)"
    ),
    rolling_update=ROLLING,
)
PATCHES = st.builds(
    hp.AutoPatch, patching_strategy=st.sampled_from(hp.PatchingStrategy), rolling_update=ROLLING
)
TAGS = st.dictionaries(
    named("team", "aws-like", "Größe", "a/b:c=d+e-f@g", "with space"),
    named("", "research", "x" * 256),
    max_size=3,
)
LABELS = st.dictionaries(
    named("team", "example.com/team", "A.b_c-9", "x" * 63),
    named("a", "A.b_c-9", "9" * 63),
    max_size=3,
)
TAINTS = st.lists(
    st.builds(
        hp.Taint,
        key=named("gpu", "example.com/gpu"),
        effect=st.sampled_from(hp.TaintEffect),
        value=st.none() | named("yes"),
    ),
    max_size=2,
).map(tuple)
FILES = named("on_create.sh", "folder/start.py", "x" * 128)
URIS = named("s3://sagemaker-scripts/a/b", "s3://sagemaker-x", "https://bucket.example.org/x")
ON_CREATION = st.builds(hp.LifeCycleConfig, on_create=FILES, source_s3_uri=URIS)
SCRIPTS = st.one_of(
    st.none(),
    ON_CREATION,
    st.builds(hp.LifeCycleConfig, on_init_complete=FILES, source_s3_uri=URIS),
)
RESTRICTED_LUSTRE = st.builds(
    hp.RestrictedLustre,
    size_gib=st.sampled_from([1200, 2400, 100800]),
    per_unit_storage_throughput=st.sampled_from([125, 250, 1000]),
)
DATABASES = st.builds(
    hp.AccountingDatabase,
    endpoint=named("db.example.org", "a", "x1-y.z"),
    secret=arn("secretsmanager", "secret:db-AbCdEf", "secret:x/y-AbCdEf").map(hp.SecretReference),
    port=st.sampled_from([3306, 1, 65535]),
    name=named("slurm_acct_db", "a$1"),
)
MULTI_HEAD = st.builds(
    hp.SlurmConfigurations,
    slurm_database_secret_arn=arn("secretsmanager", "secret:db-AbCdEf"),
    slurm_database_endpoint=named("db.example.org"),
    slurm_shared_directory=named("/fsx", "/fsx/slurm"),
    slurm_database_user=named("admin", "slurm"),
    slurm_sns_arn=st.none() | arn("sns", "topic"),
)


def network_ids(kind: str, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Ids such as `subnet-0123456789abcdef0`, of the cluster (a…) or of one group (b…)."""
    return st.lists(st.integers(0, 2**32), min_size=1, max_size=most, unique=True).map(
        lambda numbers: tuple(f"{kind}{number:016x}" for number in numbers)
    )


def common_options(draw: Draw, *, has_vpc: bool) -> dict[str, Any]:
    """What groups of every kind may have."""
    options: dict[str, Any] = {"execution_role": draw(ROLES)}
    if has_vpc and draw(rarely(st.just(value=True))):
        options["subnets"] = tuple(map(hp.SubnetReference, draw(network_ids("subnet-b", 2))))
    if has_vpc and draw(rarely(st.just(value=True))):
        groups = draw(network_ids("sg-b", 2))
        options["security_groups"] = tuple(map(hp.SecurityGroupReference, groups))
    return options


def instances(draw: Draw, *, continuous: bool, is_job_group: bool) -> dict[str, Any]:
    """Type, number, capacity and checks of the instances, which go together."""
    pool = draw(st.sampled_from([ACCELERATED, CPU]))
    types = tuple(draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True)))
    count = draw(st.sampled_from([0, 1, 2, 16, 6758])) if is_job_group else 1
    several = continuous and is_job_group and draw(rarely(st.just(value=True)))
    own_threads = 3 - default_threads_per_core(types[0])
    found: dict[str, Any] = {
        "count": count,
        "threads_per_core": draw(rarely(st.just(own_threads))),
        **({"instance_types": types} if several else {"instance_type": types[0]}),
    }
    if not is_job_group:
        return found
    if continuous:
        found["min_count"] = draw(st.none() | st.integers(0, count))
    if pool is ACCELERATED:
        checks = st.lists(st.sampled_from(hp.DeepHealthCheck), unique=True, max_size=2)
        found["deep_health_checks"] = tuple(draw(checks))
    capacities = [st.just(hp.Capacity.on_demand())]
    capacities += [] if several else [PLANS]
    capacities += [st.just(hp.Capacity.spot())] if continuous else []
    found["capacity"] = draw(st.one_of(*capacities))
    return found


def group_options(
    draw: Draw, *, continuous: bool, has_vpc: bool, is_job_group: bool
) -> dict[str, Any]:
    """What every instance group may have, whatever the orchestrator."""
    return {
        **common_options(draw, has_vpc=has_vpc),
        **instances(draw, continuous=continuous, is_job_group=is_job_group),
        "volumes": draw(VOLUMES),
        "network_interface_type": draw(rarely(st.sampled_from(hp.NetworkInterfaceType))),
        "image_id": draw(rarely(named("default", "ami-0123456789abcdef0", "ami-01234567"))),
        "scheduled_update": draw(rarely(UPDATES)),
        "auto_patch": draw(rarely(PATCHES)),
    }


def cluster_options(draw: Draw, *, has_vpc: bool, longest_name: int = 63) -> dict[str, Any]:
    """What every cluster may have."""
    options: dict[str, Any] = {
        "cluster_name": draw(named("cluster", "a", ("A-9" * 21)[:longest_name])),
        "node_recovery": draw(st.sampled_from(hp.NodeRecovery)),
        "tags": draw(TAGS),
    }
    if has_vpc:
        subnets = draw(network_ids("subnet-a", 3))
        options["subnets"] = tuple(hp.Subnet(name=each, subnet_id=each) for each in subnets)
        options["security_group_ids"] = draw(network_ids("sg-a", 5))
    return options


def names(draw: Draw, number: int) -> list[str]:
    stems = draw(st.lists(named("g", "gpu", "A-9", "x" * 60), min_size=number, max_size=number))
    return [f"{stem}-{index}" for index, stem in enumerate(stems)]


def slurm_groups(draw: Draw, roles: list[hp.NodeType], **rest: Any) -> list[dict[str, Any]]:
    """Options of groups, each with its role in Slurm, and those of `rest`."""
    groups = []
    for name, role in zip(names(draw, len(roles)), roles, strict=True):
        is_worker = role is hp.NodeType.WORKER
        options = group_options(draw, is_job_group=is_worker, **rest)
        partition = draw(named("gpu", "A-9", "dev")) if is_worker else None
        groups.append({"name": name, "node_type": role, "partition": partition, **options})
    return groups


def roles(draw: Draw) -> list[hp.NodeType]:
    workers = draw(st.integers(0, 3))
    login = draw(st.sampled_from([[], [hp.NodeType.LOGIN]]))
    return [hp.NodeType.CONTROLLER, *login, *[hp.NodeType.WORKER] * workers]


@st.composite
def slurm_clusters(draw: Draw) -> hp.ClusterModel:
    """Slurm whose topology stands in the form."""
    has_vpc = draw(st.booleans())
    multi_head = has_vpc and draw(rarely(st.just(value=True)))
    groups = slurm_groups(draw, roles(draw), continuous=False, has_vpc=has_vpc)
    if multi_head:
        groups[0]["count"] = 2
    mounts = [
        *([draw(LUSTRE)] if multi_head or (has_vpc and draw(st.booleans())) else []),
        *([draw(OPENZFS)] if has_vpc and draw(st.booleans()) else []),
    ]
    model = hp.ClusterModel(
        **cluster_options(draw, has_vpc=has_vpc, longest_name=40 if multi_head else 63),
        instance_groups=tuple(
            hp.InstanceGroup(life_cycle_config=draw(ON_CREATION), **group) for group in groups
        ),
        orchestrator=hp.Slurm(slurm_configurations=draw(MULTI_HEAD) if multi_head else None),
        file_systems=tuple(mounts),
    )
    return with_foreign_form(model) if draw(rarely(st.just(value=True))) else model


def with_foreign_form(model: hp.ClusterModel) -> hp.ClusterModel:
    """The cluster with a form that says more than its groups."""
    form = model.form()
    assert form is not None
    return replace(model, provisioning_params=replace(form, extra={"comment": "by hand"}))


@st.composite
def api_driven_clusters(draw: Draw) -> hp.ClusterModel:
    """Slurm with its topology in the request."""
    has_vpc, continuous = draw(st.booleans()), draw(st.booleans())
    groups = slurm_groups(draw, roles(draw), continuous=continuous, has_vpc=has_vpc)
    for group in groups:
        if has_vpc:
            kinds = draw(st.lists(st.sampled_from([LUSTRE, OPENZFS]), max_size=2, unique_by=id))
            group["file_systems"] = tuple(draw(kind) for kind in kinds)
    others = [None, hp.SlurmConfigStrategy.MANAGED, hp.SlurmConfigStrategy.OVERWRITE]
    return hp.ClusterModel(
        **cluster_options(draw, has_vpc=has_vpc),
        instance_groups=tuple(
            hp.InstanceGroup(life_cycle_config=draw(SCRIPTS), **group) for group in groups
        ),
        orchestrator=hp.ApiDrivenSlurm(
            strategy=None if continuous else draw(st.sampled_from(others)),
            accounting_database=draw(rarely(DATABASES)) if continuous else None,
        ),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS if continuous else None,
    )


@st.composite
def eks_clusters(draw: Draw) -> hp.ClusterModel:
    """Kubernetes."""
    continuous = draw(st.booleans())
    restricted = draw(st.sampled_from([0, 0, 1, 2]))
    found = names(draw, draw(st.integers(0 if restricted else 1, 3)))
    groups = []
    for name in found:
        options = group_options(draw, continuous=continuous, has_vpc=True, is_job_group=True)
        options["labels"] = draw(LABELS)
        options["taints"] = () if options.get("deep_health_checks") else draw(TAINTS)
        options["image_release_version"] = draw(rarely(named("1.0.3", "10.20.30")))
        groups.append(hp.InstanceGroup(name, life_cycle_config=draw(ON_CREATION), **options))
    scaling = continuous and draw(st.booleans())
    return hp.ClusterModel(
        **cluster_options(draw, has_vpc=True),
        instance_groups=tuple(groups),
        restricted_instance_groups=tuple(
            restricted_group(draw, f"restricted-{index}") for index in range(restricted)
        ),
        shared_environment=draw(
            st.none() | st.builds(hp.SharedEnvironment, lustre=RESTRICTED_LUSTRE)
        )
        if restricted
        else None,
        orchestrator=hp.Eks(
            draw(arn("eks", "cluster/main", "cluster/A_1").map(hp.EksClusterReference))
        ),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS if continuous else None,
        auto_scaling=hp.AutoScaling() if scaling else None,
        cluster_role=draw(ROLES) if scaling else None,
        tiered_storage=draw(
            rarely(
                st.builds(
                    hp.TieredStorage,
                    enabled=st.booleans(),
                    instance_memory_allocation_percentage=st.none() | st.integers(20, 100),
                )
            )
        ),
    )


def restricted_group(draw: Draw, name: str) -> hp.RestrictedInstanceGroup:
    options = instances(draw, continuous=False, is_job_group=True)
    return hp.RestrictedInstanceGroup(
        name,
        **common_options(draw, has_vpc=True),
        **options,
        volumes=draw(PLAIN_VOLUMES),
        lustre=draw(st.none() | RESTRICTED_LUSTRE),
    )
