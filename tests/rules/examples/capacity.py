"""Examples of the rules about capacity and accelerators."""

import hyperpod_constructs as hp
from tests.clusters.values import (
    CONTINUOUS,
    OTHER_ZONE,
    PLAN,
    PRIVATE,
    api_worker,
    controller,
    eks,
    eks_group,
    group,
    slurm,
    slurm_worker,
    worker,
)

from .example import Example

P5 = "ml.p5.48xlarge"
STRESS = hp.DeepHealthCheck.INSTANCE_STRESS
CONNECTIVITY = hp.DeepHealthCheck.INSTANCE_CONNECTIVITY
RESERVED = hp.Capacity.training_plan(PLAN)
PLANNED = worker(instance_type=P5, capacity=RESERVED)
SPOT = hp.Capacity.spot()
BOTH_KINDS = hp.Capacity(training_plan_arn=PLAN, is_spot=True)


EXAMPLES = [
    Example(
        "instance_groups[1].capacity.training_plan_arn: 'my-plan' is not the ARN of a "
        "training plan; use TrainingPlanArn of aws sagemaker list-training-plans "
        "(TrainingPlanArn)",
        slurm_worker(instance_type=P5, capacity=hp.Capacity(training_plan_arn="my-plan")),
        slurm(controller(), PLANNED),
    ),
    Example(
        "instance_groups[0].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' is a training "
        "plan beside Spot, and instances are reserved or spare ones; use "
        "Capacity.training_plan(arn) or Capacity.spot() (SpotTrainingPlan)",
        eks(group(instance_type=P5, capacity=BOTH_KINDS), node_provisioning_mode=CONTINUOUS),
        eks(group(instance_type=P5, capacity=RESERVED)),
    ),
    Example(
        "instance_groups[0].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' ends one day, "
        "and the cluster with it; use on-demand capacity for the controller "
        "(TrainingPlanController)",
        slurm(controller(capacity=RESERVED), worker()),
        slurm(),
    ),
    Example(
        "instance_groups[1].instance_types: ['ml.p5.48xlarge', 'ml.p5e.48xlarge'] are "
        "several types, and a training plan reserves one; pass instance_type=, that of "
        "the plan (TrainingPlanTypes)",
        api_worker(
            instance_type=None,
            instance_types=[P5, "ml.p5e.48xlarge"],
            capacity=RESERVED,
            continuous=True,
        ),
        api_worker(instance_type=None, instance_types=[P5], capacity=RESERVED, continuous=True),
    ),
    Example(
        "instance_groups[1].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' has capacity "
        "in one zone, and the subnets lie in us-west-2a and us-west-2b; pass the subnet "
        "of the plan's zone, for the group or the cluster (TrainingPlanZone)",
        slurm(controller(), PLANNED, subnets=[PRIVATE, OTHER_ZONE]),
        slurm(controller(), PLANNED, subnets=[PRIVATE]),
    ),
    Example(
        "instance_groups[1].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' is not known "
        "to reserve 'ml.g5.8xlarge'; check the type that aws sagemaker "
        "describe-training-plan shows (TrainingPlanType)",
        slurm_worker(capacity=RESERVED),
        slurm(controller(), PLANNED),
    ),
    Example(
        "instance_groups[0].capacity: 'Spot' needs continuous provisioning; leave "
        "capacity out, or pass node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(SpotProvisioning)",
        eks_group(capacity=SPOT),
        eks(group(capacity=SPOT), node_provisioning_mode=CONTINUOUS),
    ),
    Example(
        "instance_groups[1].capacity: 'Spot' needs continuous provisioning, which "
        "excludes provisioning_params.json; leave capacity out, or use ApiDrivenSlurm() "
        "with node_provisioning_mode=NodeProvisioningMode.CONTINUOUS (SpotProvisioning)",
        slurm_worker(capacity=SPOT),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].capacity: 'Spot' is documented for EKS clusters only; try it "
        "on a small cluster first, or use on-demand capacity (SpotSlurm)",
        api_worker(capacity=SPOT, continuous=True),
        eks(group(capacity=SPOT), node_provisioning_mode=CONTINUOUS),
    ),
    Example(
        "instance_groups[1].deep_health_checks: ['InstanceStress', 'InstanceStress'] "
        "names a check twice; name each check once (DeepHealthChecks)",
        slurm_worker(deep_health_checks=[STRESS] * 2),
        slurm_worker(deep_health_checks=[STRESS]),
    ),
    Example(
        "instance_groups[1].deep_health_checks[0]: 'MultiNodeTrainingValidation' is a "
        "check of the API that CloudFormation does not have; use "
        "DeepHealthCheck.INSTANCE_STRESS or .INSTANCE_CONNECTIVITY (DeepHealthChecks)",
        slurm_worker(deep_health_checks=["MultiNodeTrainingValidation"]),
        slurm_worker(deep_health_checks=["InstanceStress"]),
    ),
    Example(
        "instance_groups[1].deep_health_checks: ['InstanceStress'] check accelerators, "
        "and 'ml.m5.xlarge' has none; leave deep_health_checks out "
        "(DeepHealthChecksOfCpu)",
        slurm_worker(instance_type="ml.m5.xlarge", deep_health_checks=[STRESS]),
        slurm_worker(deep_health_checks=[STRESS, CONNECTIVITY]),
    ),
    Example(
        "instance_groups[1].deep_health_checks: 'InstanceConnectivity' moves data "
        "between nodes over EFA, and the group has one node; use "
        "DeepHealthCheck.INSTANCE_STRESS alone (InstanceConnectivity)",
        slurm_worker(count=1, deep_health_checks=[CONNECTIVITY]),
        slurm_worker(count=2, deep_health_checks=[CONNECTIVITY]),
    ),
    Example(
        "instance_groups[0].deep_health_checks: 'InstanceConnectivity' moves data "
        "between nodes over EFA, and 'ml.g5.xlarge' is not known to have it; use "
        "DeepHealthCheck.INSTANCE_STRESS alone (InstanceConnectivity)",
        eks_group(instance_type="ml.g5.xlarge", deep_health_checks=[CONNECTIVITY]),
        eks_group(instance_type="ml.g7.2xlarge", deep_health_checks=[CONNECTIVITY]),
    ),
    Example(
        "instance_groups[1].network_interface_type: 'efa' needs EFA, which "
        "'ml.g5.xlarge' is not known to have; leave network_interface_type out "
        "(NetworkInterfaceType)",
        slurm_worker(
            instance_type="ml.g5.xlarge", network_interface_type=hp.NetworkInterfaceType.EFA
        ),
        slurm_worker(network_interface_type=hp.NetworkInterfaceType.EFA),
    ),
]
