"""Examples of the rules of Slurm clusters."""

from dataclasses import replace
from typing import Any

import hyperpod_constructs as hp
from hyperpod_constructs.model.script_folder import ScriptFolder
from tests.clusters.values import (
    CONTINUOUS,
    DATABASE,
    LUSTRE,
    PRIVATE,
    SHARED,
    api,
    api_worker,
    controller,
    eks,
    group,
    login,
    slurm,
    slurm_worker,
    worker,
)
from tests.synth import ROOT

from .example import WARNING, Example

FORM = hp.ProvisioningParams(
    controller_group="controller",
    worker_groups=[hp.WorkerGroup(instance_group_name="gpu", partition_name="gpu")],
)
OTHER_FORM = replace(FORM, login_group="login")
DEFAULT_SCRIPTS: dict[str, Any] = {
    "steps": hp.LifecycleSteps(),
    "scripts": ScriptFolder(path=ROOT / "lifecycle_scripts"),
}
HEAD = controller(name="head", instance_type="ml.m5.large")
UNKNOWN_ROLE = hp.InstanceGroup("other", instance_type="ml.m5.large")
COMPUTE = hp.InstanceGroup("other", instance_type="ml.m5.large", node_type="Compute")  # type: ignore[arg-type]
HEAD_WITH_PARTITION = hp.InstanceGroup(
    "head", instance_type="ml.m5.large", node_type=hp.NodeType.CONTROLLER, partition="head"
)


def database(**settings: object) -> hp.ClusterModel:
    return api(
        node_provisioning_mode=CONTINUOUS,
        database=hp.AccountingDatabase(**{**DATABASE, **settings}),
    )


def multi_head(**settings: Any) -> hp.ClusterModel:
    return slurm(
        controller(count=2),
        worker(),
        orchestrator=hp.Slurm(multi_head=hp.MultiHead()),
        subnets=[PRIVATE],
        **settings,
    )


EXAMPLES = [
    Example(
        f"instance_groups[1].partition: '{'g' * 116}... has 256 characters, and Slurm accounting stores "
        "up to 255, so jobs of the partition may not be recorded; use a shorter name "
        "(PartitionNameLength)",
        slurm_worker(partition="g" * 256),
        slurm_worker(partition="g" * 255),
        WARNING,
    ),
    Example(
        "instance_groups: ['gpu'] has no controller group; HyperPod: \"Cluster must "
        'have exactly one InstanceGroup with Controller node type", "Cluster X has no '
        'InstanceGroup with Controller node type."; add '
        "InstanceGroup.controller(instance_type=...) (ControllerGroup)",
        slurm(worker()),
        slurm(),
    ),
    Example(
        "instance_groups: ['gpu'] has no controller group; HyperPod: \"Cluster must "
        'have exactly one InstanceGroup with Controller node type", "Cluster X has no '
        'InstanceGroup with Controller node type."; add '
        "InstanceGroup.controller(instance_type=...) (ControllerGroup)",
        api(worker()),
        api(),
    ),
    Example(
        "instance_groups[2]: 'head' is a second controller group in addition to "
        "'controller'; HyperPod: \"2 Controller Groups found: SlurmConfig for "
        'InstanceGroups may only have one Controller Group."; use one controller group '
        "(ControllerGroup)",
        slurm(controller(), worker(), HEAD),
        slurm(),
    ),
    Example(
        "instance_groups[2]: 'head' is a second controller group in addition to "
        "'controller'; HyperPod: \"2 Controller Groups found: SlurmConfig for "
        'InstanceGroups may only have one Controller Group."; use one controller group '
        "(ControllerGroup)",
        api(controller(), worker(), HEAD),
        api(),
    ),
    Example(
        "instance_groups[0].count: 2 must be 1, unless the controllers share a "
        "database; use count=1, or pass Slurm(multi_head=MultiHead()) or "
        "Slurm(slurm_configurations=...) (ControllerCount)",
        slurm(controller(count=2), worker()),
        slurm(controller(count=2), worker(), orchestrator=hp.Slurm(slurm_configurations=SHARED)),
    ),
    Example(
        "instance_groups[0].count: 0 must be 1, unless the controllers share a "
        "database; use count=1 (ControllerCount)",
        slurm(controller(count=0), worker()),
        slurm(),
    ),
    Example(
        "instance_groups[0].count: 0 must be 1, unless the controllers share a "
        "database; use count=1 (ControllerCount)",
        slurm(controller(count=0), worker(), orchestrator=hp.Slurm(slurm_configurations=SHARED)),
        slurm(orchestrator=hp.Slurm(slurm_configurations=SHARED)),
    ),
    Example(
        "instance_groups[0].count: 2 must be 1; multiple controllers require the "
        "provisioning form; use count=1 (ControllerCount)",
        api(controller(count=2), worker()),
        api(),
    ),
    Example(
        "instance_groups[3]: 'login2' is a second login group in addition to 'login'; "
        "use one login group, and increase its count (LoginGroup)",
        slurm(controller(), worker(), login(), login("login2")),
        slurm(controller(), worker(), login()),
    ),
    Example(
        "instance_groups[2].node_type: 'other' is a group without a node type, which "
        "Slurm requires; use InstanceGroup.controller, .login or .worker (NodeType)",
        slurm(controller(), worker(), UNKNOWN_ROLE),
        slurm(),
    ),
    Example(
        "instance_groups[2].node_type: 'other' is a group without a node type, which "
        "Slurm requires; use InstanceGroup.controller, .login or .worker (NodeType)",
        api(controller(), worker(), UNKNOWN_ROLE),
        api(),
    ),
    Example(
        "instance_groups[2].node_type: 'Compute' is not a valid node type; use "
        "one of 'controller', 'login', 'worker' (NodeType)",
        slurm(controller(), worker(), COMPUTE),
        slurm(),
    ),
    Example(
        "instance_groups[1].partition: 'partition' is required for worker group 'gpu'; pass "
        "partition='gpu' (PartitionMissing)",
        slurm_worker(partition=None),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].partition: 'partition' is required for worker group 'gpu'; pass "
        "partition='gpu' (PartitionMissing)",
        api_worker(partition=None),
        api_worker(),
    ),
    Example(
        "instance_groups[1].partition: 'a b' must be letters, digits, dots, underscores "
        "and hyphens, and start with a letter or digit; use 'a-b' (PartitionName)",
        slurm_worker(partition="a b"),
        slurm_worker(partition="ml.p5.48xlarge"),
    ),
    Example(
        "instance_groups[1].partition: 'a,b' must be letters, digits, dots, underscores "
        "and hyphens, and start with a letter or digit; use 'a-b' (PartitionName)",
        slurm_worker(partition="a,b"),
        slurm_worker(partition="a-b"),
    ),
    Example(
        "instance_groups[1].partition: 'default' is reserved by slurm.conf for the "
        "defaults of all partitions; use another name (PartitionName)",
        slurm_worker(partition="default"),
        slurm_worker(partition="default1"),
    ),
    Example(
        "instance_groups[1].partition: 'ml.p5.48xlarge' must be letters, digits and "
        "inner hyphens; use 'ml-p5-48xlarge' (PartitionName)",
        api_worker(partition="ml.p5.48xlarge"),
        api_worker(partition="ml-p5-48xlarge"),
    ),
    Example(
        f"instance_groups[1].partition: '{'p' * 116}... must be letters, digits and inner "
        f"hyphens; use '{'p' * 63}' (PartitionName)",
        api_worker(partition="p" * 1025),
        api_worker(partition="p" * 1024),
    ),
    Example(
        "instance_groups[0].partition: 'head' is specified for 'head', which is not a "
        'worker group; HyperPod: "Partitions can only be assigned to Compute node '
        'types"; omit partition (PartitionNotAllowed)',
        slurm(HEAD_WITH_PARTITION, worker()),
        slurm(),
    ),
    Example(
        "instance_groups[0].partition: 'gpu' is specified for 'gpu', which is not a "
        'worker group; HyperPod: "Partitions can only be assigned to Compute node '
        'types"; omit partition (PartitionNotAllowed)',
        eks(group(partition="gpu")),
        eks(),
    ),
    Example(
        "instance_groups[1].partition: 'dev' is the partition to which HyperPod adds "
        "every node; use another name for a separate partition of this group "
        "(AutomaticPartition)",
        slurm_worker(partition="dev"),
        slurm_worker(partition="dev1"),
        WARNING,
    ),
    Example(
        "instance_groups: ['controller'] has no worker group, so no job can run; add "
        "InstanceGroup.worker(...) (WorkerGroups)",
        slurm(controller()),
        slurm(),
        WARNING,
    ),
    Example(
        "provisioning_params.login_group: 'login' is not an instance group of the "
        'cluster; HyperPod: "The instance group names provided by the request do not '
        "match the instance group names provided by the provisioning_parameters.json "
        "file\"; use one of ['controller', 'gpu'] (FormGroupUnknown)",
        slurm(provisioning_params=OTHER_FORM),
        slurm(provisioning_params=FORM),
    ),
    Example(
        "instance_groups[2].name: 'more' is not specified in provisioning_params.json; "
        'HyperPod: "The instance group names provided by the request do not match the '
        'instance group names provided by the provisioning_parameters.json file"; add '
        "it to worker_groups in the form (FormGroupMissing)",
        slurm(controller(), worker(), worker("more"), provisioning_params=FORM),
        slurm(provisioning_params=FORM),
    ),
    Example(
        "provisioning_params: 'controller' is a form, which API-driven Slurm does not "
        'support; HyperPod: "The LifeCycleConfig cannot include both a SLURM '
        'Orchestrator Config and a provisioning_parameters.json file simultaneously."; '
        "omit provisioning_params, and delete the form from the bucket (FormMode)",
        api(provisioning_params=FORM),
        api(),
    ),
    Example(
        "provisioning_params: 'controller' is a form, which an EKS cluster does not "
        "support; omit provisioning_params, and delete the form from the bucket "
        "(FormMode)",
        eks(provisioning_params=FORM),
        eks(),
    ),
    Example(
        "orchestrator.strategy: 'Merge' is not supported with continuous provisioning, "
        "which keeps manual changes; omit strategy (SlurmConfigStrategy)",
        api(strategy=hp.SlurmConfigStrategy.MERGE, node_provisioning_mode=CONTINUOUS),
        api(strategy=hp.SlurmConfigStrategy.MERGE),
    ),
    Example(
        "orchestrator.accounting_database: 'AccountingDatabase' requires continuous "
        "provisioning; pass node_provisioning_mode=NodeProvisioningMode.CONTINUOUS, or "
        "omit accounting_database (AccountingDatabaseMode)",
        api(database=hp.AccountingDatabase(**DATABASE)),
        database(),
    ),
    Example(
        "orchestrator.accounting_database.endpoint: 'db.example.com:3306' is not a "
        "valid host name; use the endpoint of the server, without the port "
        "(AccountingDatabaseEndpoint)",
        database(endpoint="db.example.com:3306"),
        database(),
    ),
    Example(
        "orchestrator.accounting_database.port: 0 must be between 1 and 65535; use 1 or "
        "more (AccountingDatabasePort)",
        database(port=0),
        database(port=1),
    ),
    Example(
        "orchestrator.accounting_database.port: 65536 must be between 1 and 65535; use "
        "65535 or less (AccountingDatabasePort)",
        database(port=65536),
        database(port=65535),
    ),
    Example(
        "orchestrator.accounting_database.name: 'slurm-db' must be 1 to 64 letters, "
        "digits, dollar signs and underscores; use a name such as 'slurm_acct_db' "
        "(AccountingDatabaseName)",
        database(name="slurm-db"),
        database(name="slurm_db$"),
    ),
    Example(
        "instance_groups[0].node_type: 'worker' is not supported in an EKS cluster; use "
        "InstanceGroup('gpu', ...) (NodeTypeNotAllowed)",
        eks(group(node_type=hp.NodeType.WORKER)),
        eks(),
    ),
    Example(
        "instance_groups[0].count: 1 is one controller, and multi_head requires two or "
        "more; use count=2, or omit multi_head (ControllerCount)",
        slurm(orchestrator=hp.Slurm(multi_head=hp.MultiHead())),
        multi_head(file_systems=[LUSTRE]),
    ),
    Example(
        "orchestrator.multi_head.shared_directory: '/fsx' is not on a file system that the cluster "
        "mounts, and the controllers share the state of Slurm there; your scripts or AMI must mount "
        "one at this path; pass file_systems=[hp.FileSystem.lustre(...)], which is mounted at /fsx "
        "(SharedDirectory)",
        multi_head(),
        multi_head(file_systems=[LUSTRE]),
        WARNING,
    ),
    Example(
        "orchestrator.multi_head.shared_directory: '/fsx' is not on a file system that the cluster "
        "mounts, and the controllers fail to start without one; pass "
        "file_systems=[hp.FileSystem.lustre(...)], which is mounted at /fsx (SharedDirectory)",
        multi_head(**DEFAULT_SCRIPTS),
        multi_head(**DEFAULT_SCRIPTS, file_systems=[LUSTRE]),
    ),
    Example(
        "instance_groups[2].name: 'login' is not specified in provisioning_params.json; HyperPod: "
        '"The instance group names provided by the request do not match the instance group names '
        'provided by the provisioning_parameters.json file"; specify it as login_group in the form '
        "(FormGroupMissing)",
        slurm(controller(), worker(), login(), provisioning_params=FORM),
        slurm(controller(), worker(), login(), provisioning_params=OTHER_FORM),
    ),
]
