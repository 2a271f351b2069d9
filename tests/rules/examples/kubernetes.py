"""Examples of the rules of EKS clusters."""

import hyperpod_constructs as hp
from tests.clusters.values import (
    CONTINUOUS,
    EKS_CLUSTER,
    KEY,
    RESTRICTED_LUSTRE,
    ROLE,
    api,
    api_worker,
    eks,
    eks_group,
    group,
    nova,
    restricted,
    slurm,
    slurm_worker,
)

from .example import WARNING, Example

SHARED_ENVIRONMENT = hp.SharedEnvironment(lustre=RESTRICTED_LUSTRE)
NO_EXECUTE = hp.TaintEffect.NO_EXECUTE


def taint(key: str, value: str | None = None) -> hp.Taint:
    return hp.Taint(key=key, effect=NO_EXECUTE, value=value)


def in_region(region: str) -> hp.Eks:
    return hp.Eks(hp.EksClusterReference(EKS_CLUSTER.replace("us-east-1", region)))


def lustre(size_gib: int = 1200, throughput: int = 125) -> hp.RestrictedLustre:
    return hp.RestrictedLustre(size_gib=size_gib, per_unit_storage_throughput=throughput)


def scaled(*groups: hp.InstanceGroup, **settings: object) -> hp.ClusterModel:
    return eks(
        *(groups or (group(count=0),)),
        **{
            "auto_scaling": hp.AutoScaling(),
            "cluster_role": ROLE,
            "node_provisioning_mode": CONTINUOUS,
            **settings,
        },
    )


EXAMPLES = [
    Example(
        "instance_groups[0].taints[1]: 'team:NoExecute' is a duplicate of "
        "instance_groups[0].taints[0]; remove the duplicate (ListedTwice)",
        eks_group(taints=[taint("team", "a"), taint("team", "b")]),
        eks_group(taints=[taint("team"), hp.Taint(key="team", effect=hp.TaintEffect.NO_SCHEDULE)]),
        WARNING,
    ),
    Example(
        "vpc: 'vpc' is required for an EKS cluster; pass vpc=, the VPC of the EKS "
        "cluster (EksVpcMissing)",
        eks(subnets=None),
        eks(),
    ),
    Example(
        "auto_scaling: 'Enable' is not supported in a Slurm cluster; omit auto_scaling "
        "(AutoScalingMode)",
        api(
            auto_scaling=hp.AutoScaling(),
            cluster_role=ROLE,
            node_provisioning_mode=CONTINUOUS,
        ),
        api(auto_scaling=hp.AutoScaling(enabled=False)),
    ),
    Example(
        "auto_scaling: 'Enable' requires continuous provisioning; pass "
        "node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(AutoScalingProvisioning)",
        scaled(node_provisioning_mode=None),
        scaled(),
    ),
    Example(
        "cluster_role: 'cluster_role' is required, since auto_scaling is specified; pass a role "
        "that hyperpod.sagemaker.amazonaws.com can assume (ClusterRoleMissing)",
        scaled(cluster_role=None),
        scaled(),
    ),
    Example(
        "instance_groups[0].count: 3 overrides the count set by autoscaling in each "
        "update, and no group has a count of 0; use count=0 for groups that autoscaling "
        "scales (AutoScalingCount)",
        scaled(group(count=3), group("more", count=4)),
        scaled(group(count=3), group("more", count=0)),
        WARNING,
    ),
    Example(
        "node_recovery: 'None' disables node recovery, which is a prerequisite of "
        "autoscaling; omit node_recovery (AutoScalingRecovery)",
        scaled(node_recovery=hp.NodeRecovery.NONE),
        eks(node_recovery=hp.NodeRecovery.NONE),
        WARNING,
    ),
    Example(
        "tiered_storage: 'Enable' is not supported in a Slurm cluster; omit "
        "tiered_storage (TieredStorageMode)",
        slurm(tiered_storage=hp.TieredStorage()),
        slurm(tiered_storage=hp.TieredStorage(enabled=False)),
    ),
    Example(
        "tiered_storage.instance_memory_allocation_percentage: 19 must be between 20 "
        "and 100; use 20 or more (TieredStoragePercentage)",
        eks(tiered_storage=hp.TieredStorage(instance_memory_allocation_percentage=19)),
        eks(tiered_storage=hp.TieredStorage(instance_memory_allocation_percentage=20)),
    ),
    Example(
        "tiered_storage.instance_memory_allocation_percentage: 101 must be between 0 "
        "and 100; use 100 or less (TieredStoragePercentage)",
        eks(
            tiered_storage=hp.TieredStorage(
                enabled=False, instance_memory_allocation_percentage=101
            )
        ),
        eks(
            tiered_storage=hp.TieredStorage(enabled=False, instance_memory_allocation_percentage=0)
        ),
    ),
    Example(
        "instance_groups[1].labels: {'team': 'a'} are not supported in a Slurm cluster; "
        "omit labels (KubernetesMode)",
        slurm_worker(labels={"team": "a"}),
        eks_group(labels={"team": "a"}),
    ),
    Example(
        "instance_groups[1].taints: ['team'] are not supported in a Slurm cluster; omit "
        "taints (KubernetesMode)",
        api_worker(taints=[taint("team")]),
        eks_group(taints=[taint("team")]),
    ),
    Example(
        "instance_groups[0].labels: 51 labels exceed the limit of 50; remove some "
        "(KubernetesLimit)",
        eks_group(labels={f"label{index}": "a" for index in range(51)}),
        eks_group(labels={f"label{index}": "a" for index in range(50)}),
    ),
    Example(
        "instance_groups[0].taints: 51 taints exceed the limit of 50; remove some "
        "(KubernetesLimit)",
        eks_group(taints=[taint(f"taint{index}") for index in range(51)]),
        eks_group(taints=[taint(f"taint{index}") for index in range(50)]),
    ),
    Example(
        "instance_groups[0].labels['a b']: 'a b' must be a name of 1 to 63 letters, "
        "digits, hyphens, dots and underscores, with an optional DNS prefix and slash; "
        "use a key such as 'example.com/team' (KubernetesKey)",
        eks_group(labels={"a b": "c"}),
        eks_group(labels={"example.com/a-b": "c"}),
    ),
    Example(
        f"instance_groups[0].labels['{'k' * 64}']: '{'k' * 64}' must be a name of 1 to "
        "63 letters, digits, hyphens, dots and underscores, with an optional DNS prefix "
        "and slash; use a key such as 'example.com/team' (KubernetesKey)",
        eks_group(labels={"k" * 64: "c"}),
        eks_group(labels={"k" * 63: "c"}),
    ),
    Example(
        f"instance_groups[0].labels['{'p' * 254}/k']: '{'p' * 116}... must be a name of "
        "1 to 63 letters, digits, hyphens, dots and underscores, with an optional DNS "
        "prefix and slash; use a key such as 'example.com/team' (KubernetesKey)",
        eks_group(labels={f"{'p' * 254}/k": "c"}),
        eks_group(labels={f"{'p' * 253}/{'k' * 63}": "c"}),
    ),
    Example(
        "instance_groups[0].taints[0]: 'Example.com/a' must be a name of 1 to 63 "
        "letters, digits, hyphens, dots and underscores, with an optional DNS prefix "
        "and slash; use a key such as 'example.com/team' (KubernetesKey)",
        eks_group(taints=[taint("Example.com/a")]),
        eks_group(taints=[taint("e.c/A")]),
    ),
    Example(
        "instance_groups[0].labels['karpenter.sh/a']: 'karpenter.sh/a' has the reserved "
        "prefix 'karpenter.sh/'; use another prefix, such as 'example.com/a' "
        "(KubernetesReservedKey)",
        eks_group(labels={"karpenter.sh/a": "c"}),
        eks_group(labels={"karpenter/a": "c"}),
        WARNING,
    ),
    Example(
        "instance_groups[0].taints[0]: 'kubernetes.io/a' has the reserved prefix "
        "'kubernetes.io/'; use another prefix, such as 'example.com/a' "
        "(KubernetesReservedKey)",
        eks_group(taints=[taint("kubernetes.io/a")]),
        eks_group(taints=[taint("example.com/a")]),
        WARNING,
    ),
    Example(
        "instance_groups[0].labels['a']: '' must be 1 to 63 letters, digits, and inner "
        "hyphens, dots and underscores; use a value such as 'research' (KubernetesValue)",
        eks_group(labels={"a": ""}),
        eks_group(labels={"a": "b.c_d-e"}),
    ),
    Example(
        f"instance_groups[0].taints[0]: '{'v' * 64}' must be 1 to 63 letters, digits, "
        "and inner hyphens, dots and underscores; use a value such as 'research' "
        "(KubernetesValue)",
        eks_group(taints=[taint("a", "v" * 64)]),
        eks_group(taints=[taint("a", "v" * 63)]),
    ),
    Example(
        "instance_groups[0].taints: ['a'] prevent the deep health checks of the group "
        "from running; omit taints or deep_health_checks (TaintsAndDeepHealthChecks)",
        eks_group(taints=[taint("a")], deep_health_checks=[hp.DeepHealthCheck.INSTANCE_STRESS]),
        eks_group(deep_health_checks=[hp.DeepHealthCheck.INSTANCE_STRESS]),
    ),
    Example(
        "restricted_instance_groups: ['nova'] is not supported in a Slurm cluster; use "
        "Eks(cluster), or omit restricted_instance_groups (RestrictedInstanceGroupsMode)",
        slurm(restricted_instance_groups=[restricted()]),
        nova(),
    ),
    Example(
        "shared_environment: 'SharedEnvironment' is not supported in a Slurm cluster; "
        "use Eks(cluster), or omit shared_environment (RestrictedInstanceGroupsMode)",
        api(shared_environment=SHARED_ENVIRONMENT),
        nova(shared_environment=SHARED_ENVIRONMENT),
    ),
    Example(
        "restricted_instance_groups[0].capacity: 'Spot' is not supported for restricted "
        "instance groups; use Capacity.on_demand() or Capacity.training_plan(arn) "
        "(RestrictedCapacity)",
        nova(restricted(capacity=hp.Capacity.spot()), node_provisioning_mode=CONTINUOUS),
        nova(),
    ),
    Example(
        "restricted_instance_groups[0].volumes[0].kms_key: 'nova' is a restricted "
        "instance group, whose volumes do not support customer managed keys; omit "
        "kms_key (RestrictedVolumeKey)",
        nova(restricted(volumes=[hp.EbsVolume.root(kms_key=KEY)])),
        nova(restricted(volumes=[hp.EbsVolume(size=hp.Gibibytes(9))])),
    ),
    Example(
        "restricted_instance_groups[0].lustre.size_gib: 1199 must be between 1200 and "
        "100800; use 1200 or more (RestrictedLustre)",
        nova(restricted(lustre=lustre(1199))),
        nova(restricted(lustre=lustre(100800))),
    ),
    Example(
        "shared_environment.lustre.per_unit_storage_throughput: 1001 must be between "
        "125 and 1000; use 1000 or less (RestrictedLustre)",
        nova(shared_environment=hp.SharedEnvironment(lustre=lustre(throughput=1001))),
        nova(shared_environment=hp.SharedEnvironment(lustre=lustre(throughput=1000))),
    ),
    Example(
        "shared_environment: 'SharedEnvironment' is not used without a restricted "
        "instance group; pass restricted_instance_groups=, or omit shared_environment "
        "(SharedEnvironmentUnused)",
        eks(shared_environment=SHARED_ENVIRONMENT),
        nova(shared_environment=SHARED_ENVIRONMENT),
        WARNING,
    ),
    Example(
        "restricted_instance_groups: ['nova'] are known for us-east-1, us-west-2, "
        "eu-west-2, eu-north-1 and ap-northeast-1, and the EKS cluster is in us-east-2; "
        "use an EKS cluster in one of these Regions, or contact AWS Support first "
        "(RestrictedRegion)",
        nova(orchestrator=in_region("us-east-2")),
        nova(orchestrator=in_region("us-west-2")),
        WARNING,
    ),
    Example(
        "restricted_instance_groups[0].lustre: 'lustre' is required for 'nova' and 'more', "
        "unless shared_environment is specified; pass lustre=RestrictedLustre(...), or "
        "shared_environment=SharedEnvironment(...) (RestrictedLustreMissing)",
        nova(restricted(lustre=None), restricted("more", lustre=None)),
        nova(restricted(lustre=None), shared_environment=SHARED_ENVIRONMENT),
        WARNING,
    ),
    Example(
        "node_provisioning_mode: 'Continuous' is specified together with restricted "
        "instance groups, and AWS's own configurations do not combine them; create a "
        "separate cluster for the restricted instance groups (RestrictedProvisioning)",
        nova(node_provisioning_mode=CONTINUOUS),
        nova(),
        WARNING,
    ),
    Example(
        "auto_scaling: 'Enable' is specified together with restricted instance groups, "
        "and AWS's own configurations do not combine them; create a separate cluster "
        "for the restricted instance groups (RestrictedProvisioning)",
        scaled(restricted_instance_groups=[restricted()]),
        scaled(),
        WARNING,
    ),
]
