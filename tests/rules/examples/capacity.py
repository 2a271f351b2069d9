"""Examples of the rules about capacity and accelerators."""

from typing import Any

import hyperpod_constructs as hp
from tests.clusters.values import (
    CONTINUOUS,
    OTHER_ZONE,
    PLAN,
    PRIVATE,
    api,
    api_worker,
    as_request,
    controller,
    eks,
    eks_group,
    group,
    slurm,
    slurm_worker,
    worker,
)

from .example import WARNING, Example

P5 = "ml.p5.48xlarge"
STRESS = hp.DeepHealthCheck.INSTANCE_STRESS
CONNECTIVITY = hp.DeepHealthCheck.INSTANCE_CONNECTIVITY
RESERVED = hp.Capacity.training_plan(PLAN)
PLANNED = worker(instance_type=P5, capacity=RESERVED)
SPOT = hp.Capacity.spot()
VALIDATION: Any = "MultiNodeTrainingValidation"
BOTH_KINDS = hp.Capacity(training_plan_arn=PLAN, is_spot=True)


EXAMPLES = [
    Example(
        "instance_groups[1].capacity.training_plan_arn: 'my-plan' is not a valid "
        "training plan ARN; use the TrainingPlanArn from aws sagemaker "
        "list-training-plans (TrainingPlanArn)",
        slurm_worker(instance_type=P5, capacity=hp.Capacity(training_plan_arn="my-plan")),
        slurm(controller(), PLANNED),
    ),
    Example(
        "instance_groups[0].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' is specified "
        "together with Spot capacity, and a group has capacity of one kind; use "
        "Capacity.training_plan(arn) or Capacity.spot() (SpotTrainingPlan)",
        eks(group(instance_type=P5, capacity=BOTH_KINDS), node_provisioning_mode=CONTINUOUS),
        eks(group(instance_type=P5, capacity=RESERVED)),
        WARNING,
    ),
    Example(
        "instance_groups[0].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' expires, and "
        "the cluster cannot run without its controller; use on-demand capacity for the "
        "controller (TrainingPlanController)",
        slurm(controller(capacity=RESERVED), worker()),
        slurm(),
        WARNING,
    ),
    Example(
        "instance_groups[1].instance_types: ['ml.p5.48xlarge', 'ml.p5e.48xlarge'] "
        "are multiple types, and each reserved capacity of a training plan has one; "
        "verify the types of the plan with aws sagemaker describe-training-plan "
        "(TrainingPlanTypes)",
        api_worker(
            instance_type=None,
            instance_types=[P5, "ml.p5e.48xlarge"],
            capacity=RESERVED,
            continuous=True,
        ),
        api_worker(instance_type=None, instance_types=[P5], capacity=RESERVED, continuous=True),
        WARNING,
    ),
    Example(
        "instance_groups[1].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' reserves "
        "capacity in certain Availability Zones, and the subnets are in us-west-2a and "
        "us-west-2b; verify that they include the zone of the plan with aws sagemaker "
        "describe-training-plan, or pass the subnet in this zone for the group "
        "(TrainingPlanZone)",
        slurm(controller(), PLANNED, subnets=[PRIVATE, OTHER_ZONE]),
        slurm(controller(), PLANNED, subnets=[PRIVATE]),
        WARNING,
    ),
    Example(
        "instance_groups[1].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' is not known "
        "to reserve 'ml.g5.8xlarge'; verify the type with aws sagemaker "
        "describe-training-plan (TrainingPlanType)",
        slurm_worker(capacity=RESERVED),
        slurm(controller(), PLANNED),
        WARNING,
    ),
    Example(
        "instance_groups[0].capacity: 'Spot' requires continuous provisioning; omit "
        "capacity, or pass node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(SpotProvisioning)",
        eks_group(capacity=SPOT),
        eks(group(capacity=SPOT), node_provisioning_mode=CONTINUOUS),
    ),
    Example(
        "instance_groups[1].capacity: 'Spot' requires continuous provisioning, which "
        "does not support provisioning_params.json; omit capacity, or use "
        "ApiDrivenSlurm() with node_provisioning_mode=NodeProvisioningMode.CONTINUOUS "
        "(SpotProvisioning)",
        slurm_worker(capacity=SPOT),
        slurm_worker(),
    ),
    Example(
        "instance_groups[1].capacity: 'Spot' is documented for EKS clusters only, and is "
        "the capacity of 'gpu', 'more' and 'most'; test it on a small cluster first, or "
        "use on-demand capacity (SpotSlurm)",
        api(
            controller(),
            *(worker(name, capacity=SPOT) for name in ("gpu", "more", "most")),
            node_provisioning_mode=CONTINUOUS,
        ),
        eks(group(capacity=SPOT), node_provisioning_mode=CONTINUOUS),
        WARNING,
    ),
    Example(
        "instance_groups[1].deep_health_checks: ['InstanceStress', 'InstanceStress'] "
        "contains a check more than once; specify each check once (DeepHealthChecks)",
        slurm_worker(deep_health_checks=[STRESS] * 2),
        slurm_worker(deep_health_checks=[STRESS]),
    ),
    Example(
        "instance_groups[1].deep_health_checks[0]: 'MultiNodeTrainingValidation' is not "
        "supported by CloudFormation; use DeepHealthCheck.INSTANCE_STRESS or "
        ".INSTANCE_CONNECTIVITY (DeepHealthChecks)",
        slurm_worker(deep_health_checks=[VALIDATION]),
        as_request(slurm_worker(deep_health_checks=[VALIDATION])),
    ),
    Example(
        "instance_groups[1].deep_health_checks[0]: 'MultiNodeTrainingValidation' is "
        "supported by the API, not by CloudFormation; use another value to create the "
        "cluster with CloudFormation (RequestApiOnly)",
        as_request(slurm_worker(deep_health_checks=[VALIDATION])),
        as_request(slurm_worker(deep_health_checks=["InstanceStress"])),
        WARNING,
    ),
    Example(
        "instance_groups[0].capacity: "
        "'arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan' reserves "
        "capacity in us-west-2, and the EKS cluster is in us-east-1; use a training plan "
        "in us-east-1 (TrainingPlanRegion)",
        eks(group(instance_type=P5, capacity=RESERVED)),
        eks(
            group(instance_type=P5, capacity=RESERVED),
            orchestrator=hp.Eks(
                hp.EksClusterReference("arn:aws:eks:us-west-2:111122223333:cluster/name")
            ),
        ),
        WARNING,
    ),
    Example(
        "instance_groups[1].deep_health_checks: ['InstanceStress'] do not run on "
        "'ml.m5.xlarge', which has no accelerators; omit deep_health_checks "
        "(DeepHealthChecksOfCpu)",
        slurm_worker(instance_type="ml.m5.xlarge", deep_health_checks=[STRESS]),
        slurm_worker(deep_health_checks=[STRESS, CONNECTIVITY]),
        WARNING,
    ),
    Example(
        "instance_groups[1].deep_health_checks: 'InstanceConnectivity' tests data "
        "transfer between nodes over EFA, and the group has only one node; use only "
        "DeepHealthCheck.INSTANCE_STRESS (InstanceConnectivity)",
        slurm_worker(count=1, deep_health_checks=[CONNECTIVITY]),
        slurm_worker(count=2, deep_health_checks=[CONNECTIVITY]),
        WARNING,
    ),
    Example(
        "instance_groups[0].deep_health_checks: 'InstanceConnectivity' tests data "
        "transfer between nodes over EFA, and 'ml.g5.xlarge' is not known to support "
        "it; use only DeepHealthCheck.INSTANCE_STRESS (InstanceConnectivity)",
        eks_group(instance_type="ml.g5.xlarge", deep_health_checks=[CONNECTIVITY]),
        eks_group(instance_type="ml.g7.2xlarge", deep_health_checks=[CONNECTIVITY]),
        WARNING,
    ),
    Example(
        "instance_groups[1].network_interface_type: 'efa' requires EFA, which "
        "'ml.g5.xlarge' is not known to support; omit network_interface_type "
        "(NetworkInterfaceType)",
        slurm_worker(
            instance_type="ml.g5.xlarge", network_interface_type=hp.NetworkInterfaceType.EFA
        ),
        slurm_worker(network_interface_type=hp.NetworkInterfaceType.EFA),
        WARNING,
    ),
]
