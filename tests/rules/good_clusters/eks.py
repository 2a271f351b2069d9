"""Good clusters with EKS."""

from tests.clusters.requests import ROLE_ARN

from .parts import (
    BY_ONE,
    CONTINUOUS,
    DESCRIBED,
    ENCRYPTED_ROOT,
    NOVA_LUSTRE,
    PLAN,
    SECONDARY,
    WEEKLY,
    GoodCluster,
    checked,
    flexible,
    group,
    karpenter,
    nova,
    on_eks,
    patched,
    vpc,
)

ON_EKS = {
    "minimal": GoodCluster(on_eks()),
    "no accelerators": GoodCluster(on_eks(group("cpu", "ml.m5.2xlarge", 2))),
    "console: two groups": GoodCluster(
        on_eks(
            group("gpu", "ml.g5.8xlarge", 2, InstanceStorageConfigs=[SECONDARY], ThreadsPerCore=2),
            group("cpu", "ml.m5.2xlarge", 2, ThreadsPerCore=1),
            NodeRecovery="None",
            Tags=[{"Key": "team", "Value": "research"}],
        )
    ),
    "Trainium": GoodCluster(on_eks(group("trn", "ml.trn1.32xlarge", 4))),
    "Grace Blackwell": GoodCluster(on_eks(group("gb", "ml.p6e-gb200.36xlarge", ThreadsPerCore=1))),
    "deep health checks": GoodCluster(on_eks(checked("InstanceStress", "InstanceConnectivity"))),
    "validation of training": GoodCluster(
        on_eks(checked("MultiNodeTrainingValidation")),
        {"RequestApiOnly": "CloudFormation rejects it"},
    ),
    "update: labels and taints": GoodCluster(
        on_eks(
            group(
                "gpu",
                KubernetesConfig={
                    "Labels": {"example.com/team": "research", "tier": "gold"},
                    "Taints": [
                        {"Key": "gpu", "Value": "only", "Effect": "NoSchedule"},
                        {"Key": "busy", "Effect": "PreferNoSchedule"},
                    ],
                },
            )
        )
    ),
    "continuous with a minimum": GoodCluster(
        on_eks(group("gpu", "ml.p5.48xlarge", 8, MinInstanceCount=2), **CONTINUOUS)
    ),
    "update: Spot": GoodCluster(
        on_eks(
            group("cpu", "ml.c5.2xlarge", 2),
            group("spot", "ml.g5.8xlarge", 4, CapacityRequirements={"Spot": {}}),
            **CONTINUOUS,
            ClusterRole=ROLE_ARN,
        )
    ),
    "update: flexible types": GoodCluster(
        on_eks(flexible("gpu", "ml.p5.48xlarge", "ml.p4d.24xlarge", count=2), **CONTINUOUS)
    ),
    "update: Karpenter": GoodCluster(
        karpenter(group("system", "ml.c5.2xlarge", 2), group("gpu", "ml.g6.12xlarge", 0))
    ),
    "Karpenter with Spot": GoodCluster(
        karpenter(
            group("spot", count=0, CapacityRequirements={"Spot": {}}), NodeRecovery="Automatic"
        )
    ),
    "Karpenter disabled": GoodCluster(karpenter(group("gpu", count=2), mode="Disable")),
    "tiered storage": GoodCluster(
        on_eks(TieredStorageConfig={"Mode": "Enable", "InstanceMemoryAllocationPercentage": 20})
    ),
    "tiered storage disabled": GoodCluster(on_eks(TieredStorageConfig={"Mode": "Disable"})),
    "training plan": GoodCluster(on_eks(group("gpu", "ml.p5.48xlarge", 2, TrainingPlanArn=PLAN))),
    "training plan of several types": GoodCluster(
        on_eks(
            flexible("gpu", "ml.p5.48xlarge", "ml.p4d.24xlarge", TrainingPlanArn=PLAN), **CONTINUOUS
        ),
        {"TrainingPlanTypes": "the request does not show what the plan reserves"},
    ),
    "several zones, one for each group": GoodCluster(
        on_eks(
            group("a", OverrideVpcConfig=vpc("subnet-0aaaaaaaaaaaaaaaa")),
            group("b", OverrideVpcConfig=vpc("subnet-0bbbbbbbbbbbbbbbb")),
        )
    ),
    "several subnets": GoodCluster(
        on_eks(VpcConfig=vpc("subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"))
    ),
    "encrypted root volume": GoodCluster(
        on_eks(
            group("a", InstanceStorageConfigs=[ENCRYPTED_ROOT]),
            group("b", InstanceStorageConfigs=[ENCRYPTED_ROOT]),
        ),
        {
            "VolumeKmsKeyMode": "AWS documents it for continuous provisioning only",
            "VolumeKmsKeyShared": "AWS recommends a key for each group",
        },
    ),
    "custom AMI": GoodCluster(on_eks(group("gpu", ImageId="ami-0123456789abcdef0"))),
    "release of the AMI": GoodCluster(
        on_eks(group("gpu", ImageReleaseVersion="1.0.3")),
        {"ImageReleaseVersionUpdate": "a change replaces root volumes"},
    ),
    "rolling update": GoodCluster(
        on_eks(group("gpu", ScheduledUpdateConfig={**WEEKLY, "DeploymentConfig": BY_ONE}))
    ),
    "automatic patching": GoodCluster(on_eks(group("gpu", **patched("WhenIdle")))),
    "patching with draining": GoodCluster(
        on_eks(group("gpu", **patched("DrainFirst"))),
        {"RequestApiOnly": "CloudFormation rejects it"},
    ),
    "many instances": GoodCluster(
        on_eks(group("gpu", "ml.p5.48xlarge", 64)),
        {"InstanceQuota": "the default quota is 20 instances"},
    ),
    "restricted group": GoodCluster(nova()),
    "restricted group in Europe": GoodCluster(nova("eu-north-1")),
    "restricted group, shared environment": GoodCluster(
        nova(
            own=False,
            RestrictedInstanceGroupsConfig={
                "SharedEnvironmentConfig": {
                    "FSxLustreDeletionPolicy": "Keep",
                    "FSxLustreConfig": NOVA_LUSTRE,
                }
            },
        )
    ),
    "description": GoodCluster(
        {
            **on_eks({**DESCRIBED, "InstanceGroupName": "gpu", "InstanceType": "ml.g5.8xlarge"}),
            "ClusterArn": "arn:aws:sagemaker:us-west-2:111122223333:cluster/0123456789ab",
            "ClusterStatus": "InService",
        }
    ),
}
