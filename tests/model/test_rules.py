"""Every rule, as a table: the cluster, and the problems it has."""

from typing import Any

import pytest

import hyperpod_constructs as hp

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
WORKER = hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", count=4, partition="gpu")
LUSTRE = hp.LustreMount(
    dns_name="fs-0abc123def4567890.fsx.us-west-2.amazonaws.com", mount_name="abcdefgh"
)
OPENZFS = hp.OpenZfsMount(dns_name="fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com")
PRIVATE = hp.Subnet(availability_zone="us-west-2a")
SMALL = hp.Subnet(availability_zone="us-west-2a", ipv4_cidr_block="10.0.0.0/26")
PLAN = "arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan"
SHARED = hp.SlurmConfigurations(
    slurm_database_secret_arn="arn:aws:secretsmanager:us-west-2:111122223333:secret:db-AbCdEf",
    slurm_database_endpoint="db.abcdefghijkl.us-west-2.rds.amazonaws.com",
    slurm_shared_directory="/fsx",
)


class Key:
    """Stands for a key; rules only ask whether two groups have the same one."""


KEY: Any = Key()
NO_SIZE: Any = 500
TOKEN = "${Token[TOKEN.7]}"


def cluster(*groups: Any, **settings: Any) -> hp.ClusterModel:
    return hp.ClusterModel(instance_groups=groups or (CONTROLLER, WORKER), **settings)


def worker(**settings: Any) -> hp.InstanceGroup:
    name = settings.pop("name", "gpu")
    return hp.InstanceGroup.worker(
        name, **{"instance_type": "ml.g5.8xlarge", "partition": "gpu", **settings}
    )


def with_worker(**settings: Any) -> hp.ClusterModel:
    return cluster(CONTROLLER, worker(**settings))


def plain(name: str, **settings: Any) -> hp.InstanceGroup:
    return hp.InstanceGroup(name, **{"instance_type": "ml.m5.xlarge", **settings})


ERRORS: list[tuple[hp.ClusterModel, str, str]] = [
    (
        cluster(cluster_name="my_cluster"),
        "ClusterName",
        "cluster_name: 'my_cluster' must be 1 to 63 letters, digits and inner hyphens; "
        "use 'my-cluster'",
    ),
    (with_worker(name="gpu-"), "InstanceGroupName", "instance_groups[1].name: 'gpu-' must be"),
    (with_worker(name="g" * 64), "InstanceGroupName", "must be 1 to 63 letters"),
    (with_worker(name="Größe"), "InstanceGroupName", "use 'Gr-e'"),
    (with_worker(name=""), "InstanceGroupName", "use a name such as 'gpu'"),
    (with_worker(name=7), "ArgumentType", "instance_groups[1].name: 7 is of type int"),
    (
        cluster(CONTROLLER, worker(), worker(partition="other")),
        "DuplicateInstanceGroupName",
        "instance_groups[2].name: 'gpu' is the name of instance_groups[1] as well",
    ),
    (
        cluster(WORKER),
        "ControllerGroup",
        "instance_groups: ['gpu'] have no controller; HyperPod: \"Cluster must have exactly one "
        'InstanceGroup with Controller node type"; add InstanceGroup.controller(instance_type=...)',
    ),
    (
        cluster(
            CONTROLLER, WORKER, hp.InstanceGroup.controller("head", instance_type="ml.m5.large")
        ),
        "ControllerGroup",
        "instance_groups[2]: 'head' is a second controller group beside 'controller'; HyperPod: "
        '"2 Controller Groups found"',
    ),
    (
        cluster(hp.InstanceGroup.controller(instance_type="ml.m5.large", count=2), WORKER),
        "ControllerCount",
        "instance_groups[0].count: 2 is not 1",
    ),
    (
        cluster(hp.InstanceGroup.controller(instance_type="ml.m5.large", count=0), WORKER),
        "ControllerCount",
        "instance_groups[0].count: 0 is not 1",
    ),
    (
        cluster(
            CONTROLLER,
            WORKER,
            hp.InstanceGroup.login(instance_type="ml.m5.large"),
            hp.InstanceGroup.login("login2", instance_type="ml.m5.large"),
        ),
        "LoginGroup",
        "instance_groups[3]: 'login2' is a second login group beside 'login'",
    ),
    (
        cluster(CONTROLLER, WORKER, plain("other")),
        "NodeType",
        "instance_groups[2].node_type: 'other' is a group without a node type",
    ),
    (
        cluster(CONTROLLER, WORKER, plain("other", node_type="Compute")),
        "NodeType",
        "instance_groups[2].node_type: 'Compute' is not a node type; use NodeType.CONTROLLER",
    ),
    (
        with_worker(partition=None),
        "PartitionMissing",
        "instance_groups[1].partition: 'gpu' is a worker group without a partition, which Slurm "
        "would not use; pass partition='gpu'",
    ),
    (with_worker(partition="a b"), "PartitionName", "instance_groups[1].partition: 'a b' must be"),
    (with_worker(partition="a,b"), "PartitionName", "use 'a-b'"),
    (with_worker(partition="default"), "PartitionName", "sets the defaults of all partitions"),
    (with_worker(partition=["gpu"]), "ArgumentType", "instance_groups[1].partition: ['gpu'] is of"),
    (
        cluster(
            plain("head", node_type=hp.NodeType.CONTROLLER, partition="head"),
            WORKER,
        ),
        "PartitionNotAllowed",
        "instance_groups[0].partition: 'head' is given to 'head', which is no worker group; "
        'HyperPod: "Partitions can only be assigned to Compute node types"; leave partition out',
    ),
    (
        with_worker(count=2, min_count=3),
        "MinInstanceCount",
        "instance_groups[1].min_count: 3 is above count, which is 2; use at most 2",
    ),
    (with_worker(min_count=1), "MinInstanceCountMode", "1 needs continuous provisioning"),
    (with_worker(count="4"), "ArgumentType", "instance_groups[1].count: '4' is of type str"),
    (with_worker(count=True), "ArgumentType", "instance_groups[1].count: True is of type bool"),
    (with_worker(min_count="1"), "ArgumentType", "instance_groups[1].min_count: '1' is of"),
    (with_worker(threads_per_core=1.5), "ArgumentType", "threads_per_core: 1.5 is of type float"),
    (
        with_worker(instance_type="g5.8xlarge"),
        "InstanceType",
        "instance_groups[1].instance_type: 'g5.8xlarge' is not a SageMaker instance type, which "
        "starts with 'ml.'; use 'ml.g5.8xlarge'",
    ),
    (with_worker(instance_type=None), "ArgumentType", "instance_type: None is of type NoneType"),
    (with_worker(capacity=PLAN), "ArgumentType", "instance_groups[1].capacity: 'arn:aws:sage"),
    (
        with_worker(volumes=[hp.EbsVolume(size=hp.Gibibytes(9), kms_key=KEY, root_volume=True)]),
        "RootVolumeSize",
        "instance_groups[1].volumes[0].size: Gibibytes(amount=9) cannot be given to a root volume",
    ),
    (
        with_worker(volumes=[hp.EbsVolume(root_volume=True)]),
        "RootVolumeKey",
        "instance_groups[1].volumes[0].kms_key: None is needed for a root volume",
    ),
    (
        with_worker(volumes=[hp.EbsVolume()]),
        "SecondaryVolumeSize",
        "instance_groups[1].volumes[0].size: None is needed for a secondary volume; "
        "pass size=cdk.Size.gibibytes(500)",
    ),
    (
        with_worker(volumes=[hp.EbsVolume(size=NO_SIZE)]),
        "ArgumentType",
        "volumes[0].size: 500 is of",
    ),
    (
        with_worker(volumes=[hp.EbsVolume(size=hp.Gibibytes(9))] * 2),
        "EbsVolumes",
        "instance_groups[1].volumes: ['secondary', 'secondary'] has 2 secondary volumes",
    ),
    (
        with_worker(volumes=[hp.EbsVolume.root(kms_key=KEY)] * 2),
        "EbsVolumes",
        "instance_groups[1].volumes: ['root', 'root'] has 2 root volumes",
    ),
    (with_worker(volumes=["500"]), "ArgumentType", "instance_groups[1].volumes[0]: '500' is of"),
    (
        with_worker(volumes="500"),
        "ArgumentType",
        "instance_groups[1].volumes: '500' is of type str",
    ),
    (
        with_worker(deep_health_checks=[hp.DeepHealthCheck.INSTANCE_STRESS] * 2),
        "DeepHealthChecks",
        "['InstanceStress', 'InstanceStress'] names a check twice",
    ),
    (
        with_worker(deep_health_checks=hp.DeepHealthCheck.INSTANCE_STRESS),
        "ArgumentType",
        "instance_groups[1].deep_health_checks: <DeepHealthCheck.INSTANCE_STRESS:",
    ),
    (
        cluster(subnets=(PRIVATE,), file_systems=(LUSTRE, LUSTRE)),
        "FileSystems",
        "have 2 FSx for Lustre file systems for /fsx, and the form has one place for it",
    ),
    (
        cluster(subnets=(PRIVATE,), file_systems=(OPENZFS, OPENZFS)),
        "FileSystems",
        "have 2 FSx for OpenZFS file systems for /home",
    ),
    (
        cluster(file_systems=(LUSTRE,)),
        "FileSystemWithoutVpc",
        'HyperPod: "FSx configurations are only supported for Custom VPC"; pass vpc=',
    ),
    (
        cluster(
            subnets=(PRIVATE,),
            file_systems=(hp.LustreMount(dns_name=LUSTRE.dns_name, mount_name="/fsx"),),
        ),
        "MountName",
        "file_systems[0].mount_name: '/fsx' must be the 1 to 8 letters",
    ),
    (
        cluster(
            subnets=(PRIVATE,), file_systems=(hp.OpenZfsMount(dns_name="fs-1.example.com:/fsx"),)
        ),
        "FileSystemDnsName",
        "file_systems[0].dns_name: 'fs-1.example.com:/fsx' must look like",
    ),
    (
        cluster(
            subnets=(PRIVATE,),
            file_systems=(hp.LustreMount(dns_name=LUSTRE.dns_name, mount_name=7),),  # type: ignore[arg-type]
        ),
        "ArgumentType",
        "file_systems[0].mount_name: 7 is of type int",
    ),
    (
        cluster(subnets=(hp.Subnet(name="Vpc/Public1", public=True),)),
        "PublicSubnet",
        "vpc_subnets[0]: 'Vpc/Public1' is a public subnet",
    ),
    (
        cluster(subnets=(PRIVATE,), own_subnets=[None, hp.Subnet(name="Public2", public=True)]),
        "PublicSubnet",
        "instance_groups[1].subnet: 'Public2' is a public subnet",
    ),
    (cluster(subnets=()), "NoSubnets", "vpc_subnets: None selects no private subnet of the VPC"),
    (cluster(subnets=["subnet-1"]), "ArgumentType", "subnets[0]: 'subnet-1' is of type str"),
    (cluster(provisioning_params={}), "ArgumentType", "provisioning_params: {} is of type dict"),
    (
        cluster(orchestrator=hp.Slurm(slurm_configurations=KEY)),
        "ArgumentType",
        "orchestrator.slurm_configurations: ",
    ),
    (
        with_worker(deep_health_checks=["stress"]),
        "ArgumentType",
        "instance_groups[1].deep_health_checks: ('stress',) is of type tuple; pass a list of",
    ),
    (
        with_worker(volumes=[hp.EbsVolume(size=hp.Gibibytes("5"))]),  # type: ignore[arg-type]
        "ArgumentType",
        "instance_groups[1].volumes[0].size: '5' is of type str",
    ),
    (with_worker(count=TOKEN), "ArgumentType", "instance_groups[1].count: '${Token[TOKEN.7]}' is"),
    (with_worker(instance_type="ML.G5.8xlarge"), "InstanceType", "use 'ml.g5.8xlarge'"),
    (
        cluster(
            CONTROLLER,
            worker(capacity=hp.Capacity.training_plan(PLAN)),
            subnets=(PRIVATE, hp.Subnet(availability_zone="us-west-2b")),
        ),
        "TrainingPlanZone",
        "has capacity in one zone, and the subnets lie in us-west-2a and us-west-2b",
    ),
    (
        cluster(vpc_arguments=["security_groups"]),
        "VpcMissing",
        "vpc: None is needed, since security_groups was given; pass vpc=, or leave",
    ),
    (
        with_worker(subnet=KEY),
        "VpcMissing",
        "vpc: None is needed, since instance_groups[1].subnet was given",
    ),
    (cluster(node_recovery="None"), "ArgumentType", "node_recovery: 'None' is of type str"),
    (cluster("gpu"), "ArgumentType", "instance_groups[0]: 'gpu' is of type str; pass a list of"),
    (hp.ClusterModel(instance_groups="gpu"), "ArgumentType", "instance_groups: 'gpu' is of"),  # type: ignore[arg-type]
    (cluster(orchestrator="slurm"), "ArgumentType", "orchestrator: 'slurm' is of type str"),
    (cluster(file_systems=["fs-1"]), "ArgumentType", "file_systems[0]: 'fs-1' is of type str"),
]

WARNINGS: list[tuple[hp.ClusterModel, str, str]] = [
    (cluster(CONTROLLER), "WorkerGroups", "['controller'] have no workers, so no job can run"),
    (with_worker(partition="dev"), "AutomaticPartition", "HyperPod puts every node by itself"),
    (
        cluster(CONTROLLER, *(worker(name=f"g{number}") for number in range(20))),
        "InstanceGroups",
        "instance_groups: 21 groups are more than the 20 of the user guide",
    ),
    (
        with_worker(volumes=[hp.EbsVolume(size=hp.Gibibytes(1025))]),
        "EbsVolumeQuota",
        "1025 is above the default quota of 1024 GB for a volume",
    ),
    (
        cluster(subnets=(PRIVATE, hp.Subnet(availability_zone="us-west-2b"))),
        "SeveralAvailabilityZones",
        "vpc_subnets: ['us-west-2a', 'us-west-2b'] are several availability zones",
    ),
    (
        cluster(CONTROLLER, worker(instance_type="ml.p5.48xlarge", count=2), subnets=(SMALL,)),
        "SubnetAddresses",
        "vpc_subnets: ['10.0.0.0/26'] have 59 addresses, and the instances take 65; pass a larger",
    ),
    (
        with_worker(volumes=[hp.EbsVolume.root(kms_key=KEY)]),
        "VolumeKmsKeyMode",
        "'gpu' encrypts a volume with a key of its own",
    ),
    (
        cluster(
            CONTROLLER,
            worker(volumes=[hp.EbsVolume.root(kms_key=KEY)]),
            worker(name="b", volumes=[hp.EbsVolume.root(kms_key=KEY)]),
        ),
        "VolumeKmsKeyShared",
        "instance_groups[2].volumes[0].kms_key: 'b' uses the key of 'gpu'",
    ),
    (
        cluster(
            plain(
                "head",
                node_type=hp.NodeType.CONTROLLER,
                capacity=hp.Capacity.training_plan(PLAN),
            ),
            WORKER,
        ),
        "TrainingPlanController",
        "ends one day, and the cluster with it",
    ),
]

FINE: list[hp.ClusterModel] = [
    cluster(),
    cluster(cluster_name="a"),
    cluster(cluster_name="a" * 63),
    cluster(subnets=(PRIVATE,), file_systems=(LUSTRE, OPENZFS)),
    with_worker(partition="ml.p5.48xlarge"),
    with_worker(volumes=[hp.EbsVolume(size=hp.Gibibytes(1024))]),
    with_worker(volumes=[]),
    with_worker(threads_per_core=1, capacity=hp.Capacity.on_demand()),
    cluster(
        hp.InstanceGroup.controller(instance_type="ml.m5.large", count=2),
        WORKER,
        orchestrator=hp.Slurm(slurm_configurations=SHARED),
    ),
    cluster(
        CONTROLLER,
        worker(),
        worker(name="more"),
        hp.InstanceGroup.login(instance_type="ml.t3.large"),
    ),
    cluster(subnets=(PRIVATE, PRIVATE)),
    cluster(CONTROLLER, worker(instance_type="ml.p5.48xlarge", count=1), subnets=(SMALL,)),
    cluster(CONTROLLER, worker(instance_type="ml.c5.large", count=58), subnets=(SMALL,)),
]


@pytest.mark.parametrize(("model", "code", "text"), ERRORS)
def test_fails_with_code_path_value_and_fix(model: hp.ClusterModel, code: str, text: str) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        model.check()

    problem = next(problem for problem in caught.value.problems if problem.code == code)
    assert text in str(problem)
    assert problem.severity is hp.Severity.ERROR
    assert problem.fix in str(problem)
    assert str(problem).startswith(problem.path)
    assert str(problem).endswith(f"({code})")


@pytest.mark.parametrize(("model", "code", "text"), WARNINGS)
def test_warns(model: hp.ClusterModel, code: str, text: str) -> None:
    problems = {problem.code: problem for problem in model.check()}

    assert text in str(problems[code])
    assert problems[code].severity is hp.Severity.WARNING


@pytest.mark.parametrize("model", FINE)
def test_says_nothing_of_a_good_cluster(model: hp.ClusterModel) -> None:
    assert model.problems() == ()


@pytest.mark.parametrize("arn", [None, "my-plan", PLAN.replace("training-plan/", "cluster/"), 7])
def test_fails_on_what_is_no_training_plan(arn: Any) -> None:
    with pytest.raises(hp.ValidationError, match=r"Capacity.training_plan: .*TrainingPlanArn"):
        hp.Capacity.training_plan(arn)


def test_a_node_type_may_be_its_word() -> None:
    group = plain("gpu", node_type="worker", partition="gpu")

    assert group.node_type is hp.NodeType.WORKER
    assert cluster(CONTROLLER, group).problems() == ()


def test_fails_with_all_problems_at_once() -> None:
    model = cluster(
        hp.InstanceGroup.controller("head_1", instance_type="m5.xlarge"),
        hp.InstanceGroup.controller("head2", instance_type="ml.m5.xlarge"),
        worker(partition=None, count=1, min_count=2, volumes=[hp.EbsVolume()]),
        cluster_name="-",
        file_systems=(LUSTRE,),
    )

    with pytest.raises(hp.ValidationError) as caught:
        model.check()

    codes = {problem.code for problem in caught.value.problems}
    assert codes >= {
        "ClusterName",
        "InstanceGroupName",
        "InstanceType",
        "ControllerGroup",
        "PartitionMissing",
        "MinInstanceCount",
        "SecondaryVolumeSize",
        "FileSystemWithoutVpc",
    }
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]


TOKEN_NUMBER = -1.8881545897087626e289


def test_never_judges_what_only_the_deployment_knows() -> None:
    number: Any = TOKEN_NUMBER
    model = cluster(
        hp.InstanceGroup.controller(TOKEN, instance_type=TOKEN, count=number),
        worker(
            name=TOKEN,
            instance_type=TOKEN,
            count=number,
            threads_per_core=number,
            partition=TOKEN,
        ),
        cluster_name=TOKEN,
        file_systems=(hp.LustreMount(dns_name=TOKEN, mount_name=TOKEN),),
        subnets=(
            hp.Subnet(availability_zone=TOKEN),
            hp.Subnet(availability_zone="${Token[AZ.8]}"),
        ),
    )

    assert model.problems() == ()
    assert model.required_quotas() == {}
    assert model.form().controller_group == TOKEN


def test_counts_quotas_by_type() -> None:
    model = cluster(CONTROLLER, worker(count=4), worker(name="more", count=2))

    assert model.required_quotas() == {
        "ml.g5.8xlarge for cluster usage": 6,
        "ml.m5.xlarge for cluster usage": 1,
    }


@pytest.mark.parametrize(
    ("instance_type", "threads"),
    [
        ("ml.p5.48xlarge", 2),
        ("ml.m5.xlarge", 2),
        ("ml.g5.8xlarge", 2),
        ("ml.trn1.32xlarge", 2),
        ("ml.c6g.4xlarge", 1),
        ("ml.m8g.large", 1),
        ("ml.p6e-gb200.36xlarge", 1),
        ("ml.p6-b200.48xlarge", 2),
        ("ml.c8a.large", 1),
        (TOKEN, 2),
    ],
)
def test_threads_per_core_are_those_of_the_type(instance_type: str, threads: int) -> None:
    group = hp.InstanceGroup("group", instance_type=instance_type)

    assert group.effective_threads_per_core == threads


def test_threads_per_core_that_are_given_stay() -> None:
    assert worker(threads_per_core=1).effective_threads_per_core == 1
