"""Examples of the rules about instance groups."""

import hyperpod_constructs as hp
from hyperpod_constructs.model.groups.instance_types import instance_types
from tests.clusters.values import (
    CONTINUOUS,
    api,
    api_worker,
    controller,
    eks,
    eks_group,
    group,
    nova,
    restricted,
    slurm,
    slurm_worker,
    worker,
)

from .example import WARNING, Example

TYPES = [name for name in instance_types() if name.startswith("ml.g")]

NAME, OTHER_NAME = "${Token[Name.1]}", "${Token[Other.2]}"


def flexible(name: str = "gpu") -> hp.InstanceGroup:
    return worker(name, instance_type=None, instance_types=["ml.g5.8xlarge"])


EXAMPLES = [
    Example(
        "instance_groups[1].instance_types[1]: 'ml.g5.8xlarge' is a duplicate of "
        "instance_groups[1].instance_types[0]; remove the duplicate (InstanceTypeTwice)",
        api_worker(instance_type=None, instance_types=["ml.g5.8xlarge"] * 2, continuous=True),
        api_worker(instance_type=None, instance_types=["ml.g5.8xlarge"], continuous=True),
    ),
    Example(
        "instance_groups[1].instance_types: ['ml.g5.8xlarge'] are documented for EKS "
        "clusters only, and multiple types are specified for 'gpu' and 'more'; test it "
        "on a small cluster first, or pass instance_type= (InstanceRequirementsSlurm)",
        api(controller(), flexible(), flexible("more"), node_provisioning_mode=CONTINUOUS),
        eks(
            group(instance_type=None, instance_types=["ml.g5.8xlarge"]),
            node_provisioning_mode=CONTINUOUS,
        ),
        WARNING,
    ),
    Example(
        "instance_groups[1].threads_per_core: 2 requires multithreading, which "
        "'ml.c7g.xlarge' is not known to support; use threads_per_core=1, or omit it "
        "(ThreadsPerCoreType)",
        slurm_worker(instance_type="ml.c7g.xlarge", threads_per_core=2),
        slurm_worker(instance_type="ml.c7g.xlarge", threads_per_core=1),
        WARNING,
    ),
    Example(
        "cluster_name: 'my_cluster' must be 1 to 63 letters, digits and inner hyphens; "
        "use 'my-cluster' (ClusterName)",
        slurm(cluster_name="my_cluster"),
        slurm(cluster_name="my-cluster"),
    ),
    Example(
        "cluster_name: '-' must be 1 to 63 letters, digits and inner hyphens; omit "
        "cluster_name (ClusterName)",
        slurm(cluster_name="-"),
        slurm(cluster_name="a" * 63),
    ),
    Example(
        "instance_groups: [] is empty, and a cluster requires at least one instance "
        "group; add an InstanceGroup (NoInstanceGroups)",
        hp.ClusterModel(instance_groups=[], orchestrator=eks().orchestrator, subnets=eks().subnets),
        eks(),
    ),
    Example(
        "instance_groups: 21 groups exceed the 20 documented in the user guide; merge "
        "groups of the same type, or contact AWS Support before the deployment "
        "(InstanceGroups)",
        slurm(controller(), *(worker(f"g{index}", count=1) for index in range(20))),
        slurm(controller(), *(worker(f"g{index}", count=1) for index in range(19))),
        WARNING,
    ),
    Example(
        "instance_groups: 101 groups exceed the limit of 100; merge groups of the same "
        "type (InstanceGroupLimit)",
        slurm(controller(), *(worker(f"g{index}", count=0) for index in range(100))),
        slurm(controller(), *(worker(f"g{index}", count=0) for index in range(99))),
    ),
    Example(
        "instance_groups[1].name: 'gpu-' must be 1 to 63 letters, digits and inner "
        "hyphens; use 'gpu' (InstanceGroupName)",
        slurm_worker(name="gpu-"),
        slurm_worker(name="g-p-u"),
    ),
    Example(
        f"instance_groups[1].name: '{'g' * 64}' must be 1 to 63 letters, digits and inner "
        f"hyphens; use '{'g' * 63}' (InstanceGroupName)",
        slurm_worker(name="g" * 64),
        slurm_worker(name="g" * 63),
    ),
    Example(
        "instance_groups[1].name: 'Größe' must be 1 to 63 letters, digits and inner "
        "hyphens; use 'Gr-e' (InstanceGroupName)",
        slurm_worker(name="Größe"),
        slurm_worker(name="Gr-e"),
    ),
    Example(
        "instance_groups[1].name: '' must be 1 to 63 letters, digits and inner hyphens; "
        "use a name such as 'gpu' (InstanceGroupName)",
        slurm_worker(name=""),
        slurm_worker(name="g"),
    ),
    Example(
        "instance_groups[2].name: 'gpu' is already the name of instance_groups[1]; use "
        "a unique name for each group (DuplicateInstanceGroupName)",
        slurm(controller(), worker(), worker(partition="other")),
        slurm(controller(), worker(), worker("other")),
    ),
    Example(
        "instance_groups[2].name: '<Name>' is already the name of instance_groups[1]; use "
        "a unique name for each group (DuplicateInstanceGroupName)",
        slurm(controller(), worker(NAME), worker(NAME, partition="other")),
        slurm(controller(), worker(NAME), worker(OTHER_NAME, partition="other")),
    ),
    Example(
        "restricted_instance_groups[0].name: 'nova' is already the name of "
        "instance_groups[0]; use a unique name for each group "
        "(DuplicateInstanceGroupName)",
        eks(group("nova"), restricted_instance_groups=[restricted()]),
        eks(restricted_instance_groups=[restricted()]),
    ),
    Example(
        "instance_groups[1].instance_type: 'instance_type' is required, unless instance_types is "
        "specified; pass a type such as 'ml.g5.8xlarge' (InstanceTypeMissing)",
        slurm_worker(instance_type=None),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].instance_types: ['ml.g5.12xlarge'] cannot be specified "
        "together with instance_type 'ml.g5.8xlarge'; omit instance_type, and add it as "
        "the first of instance_types (InstanceTypeConflict)",
        api_worker(instance_types=["ml.g5.12xlarge"], continuous=True),
        api_worker(instance_type=None, instance_types=["ml.g5.12xlarge"], continuous=True),
    ),
    Example(
        "instance_groups[1].instance_types: 21 types exceed the limit of 20; keep the "
        "preferred types (InstanceRequirements)",
        api_worker(instance_type=None, instance_types=TYPES[:21], continuous=True),
        api_worker(instance_type=None, instance_types=TYPES[:20], continuous=True),
    ),
    Example(
        "instance_groups[1].instance_type: 'g5.8xlarge' is not a SageMaker instance "
        "type, which must start with 'ml.'; use 'ml.g5.8xlarge' (InstanceType)",
        slurm_worker(instance_type="g5.8xlarge"),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].instance_type: 'g5' is not a SageMaker instance type, which must start "
        "with 'ml.'; use 'ml.g5.xlarge' (InstanceType)",
        slurm_worker(instance_type="g5"),
        slurm_worker(instance_type="ml.g5.xlarge"),
    ),
    Example(
        "instance_groups[1].instance_type: '' is not a SageMaker instance type, which must start "
        "with 'ml.'; use a type such as 'ml.g5.8xlarge' (InstanceType)",
        slurm_worker(instance_type=""),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].instance_type: 'ML.G5.8xlarge' is not a SageMaker instance "
        "type, which must start with 'ml.'; use 'ml.g5.8xlarge' (InstanceType)",
        slurm_worker(instance_type="ML.G5.8xlarge"),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].instance_type: 'ml.g5.8xlarge ' must be lowercase letters, digits, "
        "hyphens and two dots; use 'ml.g5.8xlarge' (InstanceType)",
        slurm_worker(instance_type="ml.g5.8xlarge "),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].instance_type: 'ml.g5.8xlrge' is not a known instance type of the "
        "HyperPod API; verify the spelling, and that the type is available in your Region; did you "
        "mean 'ml.g5.8xlarge'? (UnknownInstanceType)",
        slurm_worker(instance_type="ml.g5.8xlrge"),
        slurm_worker(),
        WARNING,
    ),
    Example(
        "instance_groups[1].name: 'ml.p5.48xlarge' is an instance type, and instance_type is "
        "'gpu'; use 'gpu' as the name, and instance_type='ml.p5.48xlarge' (InstanceGroupName)",
        slurm(controller(), worker("ml.p5.48xlarge", instance_type="gpu")),
        slurm(controller(), worker("gpu", instance_type="ml.p5.48xlarge")),
    ),
    Example(
        "instance_groups[1].instance_type: 'ml.g9.8xlarge' is not a known instance type "
        "of the HyperPod API; verify the spelling, and that the type is available in "
        "your Region (UnknownInstanceType)",
        slurm_worker(instance_type="ml.g9.8xlarge"),
        slurm_worker(),
        WARNING,
    ),
    Example(
        "instance_groups[1].instance_types[1]: 'ml.g9.8xlarge' is not a known instance "
        "type of the HyperPod API; verify the spelling, and that the type is available "
        "in your Region (UnknownInstanceType)",
        api_worker(
            instance_type=None, instance_types=["ml.g5.8xlarge", "ml.g9.8xlarge"], continuous=True
        ),
        api_worker(instance_type=None, instance_types=["ml.g5.8xlarge"], continuous=True),
        WARNING,
    ),
    Example(
        "instance_groups[1].count: -1 must be between 0 and 6758; use 0 or more (InstanceCount)",
        slurm_worker(count=-1),
        slurm_worker(count=0),
    ),
    Example(
        "instance_groups[1].count: 6759 must be between 0 and 6758; use 6758 or "
        "less (InstanceCount)",
        slurm_worker(count=6759),
        slurm_worker(count=6758),
    ),
    Example(
        "restricted_instance_groups[0].count: 6759 must be between 0 and 6758; use "
        "6758 or less (InstanceCount)",
        nova(restricted(count=6759)),
        nova(restricted(count=6758)),
    ),
    Example(
        "instance_groups[1].min_count: -1 must be between 0 and 6758; use 0 or "
        "more (InstanceCount)",
        api_worker(min_count=-1, continuous=True),
        api_worker(min_count=0, continuous=True),
    ),
    Example(
        "instance_groups[1].min_count: 5 exceeds count, which is 4; use 4 or less "
        "(MinInstanceCount)",
        api_worker(min_count=5, continuous=True),
        api_worker(min_count=4, continuous=True),
    ),
    Example(
        "instance_groups[1].threads_per_core: 3 must be between 1 and 2; use 2 or less (ThreadsPerCore)",
        slurm_worker(threads_per_core=3),
        slurm_worker(threads_per_core=2),
    ),
    Example(
        "instance_groups[1].threads_per_core: 0 must be between 1 and 2; use 1 or more (ThreadsPerCore)",
        slurm_worker(threads_per_core=0),
        slurm_worker(threads_per_core=1),
    ),
    Example(
        "instance_groups: 21 instances exceed the default quota of 20 per cluster; "
        'HyperPod: "ResourceLimitExceeded"; request an increase of quota L-2CE978FC, '
        "and of the quota of each type, before the deployment (InstanceQuota)",
        slurm_worker(count=20),
        slurm_worker(count=19),
        WARNING,
    ),
    Example(
        "restricted_instance_groups: 21 instances exceed the default quota of 20 per "
        'cluster; HyperPod: "ResourceLimitExceeded"; request an increase of quota '
        "L-2CE978FC, and of the quota of each type, before the deployment "
        "(InstanceQuota)",
        nova(restricted(count=21)),
        nova(restricted(count=20)),
        WARNING,
    ),
    Example(
        "instance_groups[1].min_count: 1 requires continuous provisioning, which does "
        "not support provisioning_params.json; omit min_count, or use ApiDrivenSlurm() "
        "with node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(MinInstanceCountMode)",
        slurm_worker(min_count=1),
        api_worker(min_count=1, continuous=True),
    ),
    Example(
        "instance_groups[0].min_count: 1 requires continuous provisioning; omit "
        "min_count, or pass node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(MinInstanceCountMode)",
        eks_group(min_count=1),
        eks(group(min_count=1), node_provisioning_mode=CONTINUOUS),
    ),
    Example(
        "instance_groups[1].instance_types: ['ml.g5.8xlarge'] require continuous "
        "provisioning; omit instance_types, or pass "
        "node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(InstanceRequirementsMode)",
        api_worker(instance_type=None, instance_types=["ml.g5.8xlarge"]),
        api_worker(instance_type=None, instance_types=["ml.g5.8xlarge"], continuous=True),
    ),
    Example(
        "instance_groups[1].instance_types: ['ml.g5.8xlarge'] require continuous "
        "provisioning, which does not support provisioning_params.json; omit "
        "instance_types, or use ApiDrivenSlurm() with "
        "node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(InstanceRequirementsMode)",
        slurm_worker(instance_type=None, instance_types=["ml.g5.8xlarge"]),
        api_worker(instance_type=None, instance_types=["ml.g5.8xlarge"], continuous=True),
    ),
    Example(
        "node_provisioning_mode: 'Continuous' requires the topology in the request, and "
        "does not support provisioning_params.json; use ApiDrivenSlurm(), or omit "
        "node_provisioning_mode (NodeProvisioningMode)",
        slurm(node_provisioning_mode=CONTINUOUS),
        api(node_provisioning_mode=CONTINUOUS),
    ),
]
