"""Prints how many milliseconds it takes to judge a cluster of 100 groups, without Node.js."""

import sys
import time

import hyperpod_constructs as hp

GROUPS = 100
SCRIPTS = hp.LifeCycleConfig.on_creation(source_s3_uri="s3://sagemaker-scripts/slurm")


def main() -> None:
    model = hp.ClusterModel(
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", life_cycle_config=SCRIPTS),
            hp.InstanceGroup.login(instance_type="ml.m5.xlarge", life_cycle_config=SCRIPTS),
            *(
                hp.InstanceGroup.worker(
                    f"gpu-{index}",
                    instance_type="ml.g5.8xlarge",
                    count=2,
                    partition=f"p-{index}",
                    life_cycle_config=SCRIPTS,
                )
                for index in range(GROUPS - 2)
            ),
        ],
        file_systems=[
            hp.LustreMount(
                dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com", mount_name="abcdefgh"
            )
        ],
        subnets=[hp.Subnet(availability_zone="us-west-2a")],
    )
    hp.ClusterModel(instance_groups=[]).problems()  # loads the rules
    start = time.process_time()
    model.problems()
    milliseconds = (time.process_time() - start) * 1000
    if "jsii" in sys.modules:
        sys.exit("judging a cluster has loaded jsii")
    sys.stdout.write(str(milliseconds))


if __name__ == "__main__":
    main()
