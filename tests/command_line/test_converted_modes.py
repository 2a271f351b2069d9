"""Clusters of the other modes come back as they were."""

from typing import Any

import pytest

from tests.clusters.requests import scripted_group

from .commands import assert_formatted, cluster_of, convert, run_app, write

EKS_GROUP = scripted_group(
    "gpu",
    InstanceType="ml.p5.48xlarge",
    ThreadsPerCore=2,
    InstanceStorageConfigs=[{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}],
    MinInstanceCount=1,
    ImageReleaseVersion="1.0.3",
    KubernetesConfig={
        "Labels": {"team": "vision"},
        "Taints": [{"Key": "gpu", "Value": "yes", "Effect": "NoSchedule"}],
    },
    ScheduledUpdateConfig={
        "ScheduleExpression": "cron(0 3 ? * SUN *)",
        "DeploymentConfig": {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": "CAPACITY_PERCENTAGE", "Value": 25}
            },
            "WaitIntervalInSeconds": 600,
            "AutoRollbackConfiguration": [{"AlarmName": "nodes"}],
        },
    },
)


ON_EKS = {
    "ClusterName": "training",
    "InstanceGroups": [EKS_GROUP],
    "Orchestrator": {"Eks": {"ClusterArn": "arn:aws:eks:us-west-2:111122223333:cluster/training"}},
    "VpcConfig": {"Subnets": ["subnet-00000001"], "SecurityGroupIds": ["sg-00000001"]},
    "NodeRecovery": "Automatic",
    "NodeProvisioningMode": "Continuous",
    "AutoScaling": {"Mode": "Enable", "AutoScalerType": "Karpenter"},
    "ClusterRole": "arn:aws:iam::111122223333:role/karpenter",
    "TieredStorageConfig": {"Mode": "Enable", "InstanceMemoryAllocationPercentage": 40},
}


ACCOUNTING = {
    "ClusterName": "training",
    "InstanceGroups": [
        scripted_group("controller", ThreadsPerCore=2, SlurmConfig={"NodeType": "Controller"}),
        scripted_group(
            "gpu",
            ThreadsPerCore=2,
            SlurmConfig={"NodeType": "Compute", "PartitionNames": ["gpu"]},
            InstanceStorageConfigs=[
                {
                    "FsxOpenZfsConfig": {
                        "DnsName": "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com",
                        "MountPath": "/h",
                    }
                }
            ],
        ),
    ],
    "Orchestrator": {
        "Slurm": {
            "AccountingDatabase": {
                "Endpoint": "slurm.abcdefghijkl.us-west-2.rds.amazonaws.com",
                "SecretArn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:slurm-AbCdEf",
                "Port": 3307,
                "Name": "slurm_acct_db",
            }
        }
    },
    "VpcConfig": {"Subnets": ["subnet-00000001"], "SecurityGroupIds": ["sg-00000001"]},
    "NodeRecovery": "Automatic",
    "NodeProvisioningMode": "Continuous",
}


@pytest.mark.parametrize("request_", [ON_EKS, ACCOUNTING], ids=["eks", "accounting"])
def test_other_modes_come_back_as_they_were(
    request_: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    source, report = convert(capsys, "--cluster", write("request.json", request_))

    assert_formatted(source)
    assert cluster_of(run_app(source)) == request_
    assert "## Changed" not in report
    assert "## Without an equivalent" not in report
