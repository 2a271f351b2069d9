"""Good clusters with Slurm."""

from tests.clusters.requests import FORM, SCRIPTS

from .parts import (
    ADDITION,
    CONTINUOUS,
    DATABASE,
    ENCRYPTED_ROOT,
    LUSTRE,
    LUSTRE_DNS,
    OPENZFS,
    OPENZFS_DNS,
    PLAN,
    SECONDARY,
    SECRET,
    WEEKLY,
    GoodCluster,
    by_api,
    by_form,
    flexible,
    form,
    form_worker,
    group,
    head,
    role,
    worker,
)

BY_FORM = {
    "minimal": GoodCluster(by_form(group("gpu")), form=form()),
    "form only in S3": GoodCluster(by_form(group("gpu"), group("login", "ml.m5.large"))),
    "without VPC": GoodCluster(by_form(group("gpu"), VpcConfig=None), form=form()),
    "empty group": GoodCluster(by_form(group("gpu", count=0)), form=form()),
    "login group and FSx for Lustre": GoodCluster(
        by_form(
            group("login-group", "ml.m5.4xlarge", ThreadsPerCore=1),
            group("gpu", "ml.p5.48xlarge", 4, ThreadsPerCore=2, InstanceStorageConfigs=[SECONDARY]),
        ),
        form=form(login_group="login-group", fsx_dns_name=LUSTRE_DNS, fsx_mountname="abcdefgh"),
    ),
    "FSx for OpenZFS too": GoodCluster(
        by_form(group("gpu")),
        form=form(
            fsx_dns_name=LUSTRE_DNS, fsx_mountname="abcdefgh", fsx_openzfs_dns_name=OPENZFS_DNS
        ),
    ),
    "partition with dots": GoodCluster(
        by_form(group("gpu")), form=form(worker_groups=[form_worker("gpu", "ml.p5.48xlarge")])
    ),
    "empty fields": GoodCluster(
        by_form(group("gpu")), form=form(login_group="", fsx_dns_name="", fsx_mountname="")
    ),
    "no version": GoodCluster(
        by_form(group("gpu")),
        {"FormVersion": "the reference page requires the version"},
        form={key: value for key, value in FORM.items() if key != "version"},
    ),
    "training plan": GoodCluster(
        by_form(group("gpu", "ml.p5.48xlarge", 2, TrainingPlanArn=PLAN)), form=form()
    ),
    "several controllers": GoodCluster(
        {
            **by_form(group("gpu")),
            "InstanceGroups": [
                group("controller", "ml.m5.4xlarge", 2, LifeCycleConfig=SCRIPTS),
                group("gpu", LifeCycleConfig=SCRIPTS),
            ],
        },
        form=form(
            slurm_configurations={
                "slurm_database_secret_arn": SECRET,
                "slurm_database_endpoint": DATABASE,
                "slurm_shared_directory": "/fsx",
                "slurm_database_user": "admin",
            },
            fsx_dns_name=LUSTRE_DNS,
            fsx_mountname="abcdefgh",
        ),
    ),
    "own bucket": GoodCluster(
        by_form(
            *(
                group(name, LifeCycleConfig={**SCRIPTS, "SourceS3Uri": "s3://my-scripts/slurm"})
                for name in ("gpu", "more")
            )
        ),
        {
            "BucketName": "the AWS managed policy does not grant access to the bucket",
            "ScriptPrefixes": "the controller has another prefix",
        },
    ),
}
BY_API = {
    "minimal": GoodCluster(by_api()),
    "strategy Managed": GoodCluster(
        by_api(Orchestrator={"Slurm": {"SlurmConfigStrategy": "Managed"}})
    ),
    "strategy Overwrite": GoodCluster(
        by_api(Orchestrator={"Slurm": {"SlurmConfigStrategy": "Overwrite"}})
    ),
    "no orchestrator": GoodCluster(
        by_api(Orchestrator=None), {"OrchestratorMissing": "AWS documents two default strategies"}
    ),
    "console: login and two partitions": GoodCluster(
        by_api(
            head(InstanceStorageConfigs=[SECONDARY]),
            group("login", "ml.m5.xlarge", SlurmConfig=role("Login")),
            worker("gpu", "ml.g5.8xlarge", 8, InstanceStorageConfigs=[SECONDARY]),
            worker("cpu", "ml.c5.4xlarge", 2, InstanceStorageConfigs=[SECONDARY]),
            NodeRecovery="Automatic",
        )
    ),
    "script after initialization": GoodCluster(by_api(head(), worker(LifeCycleConfig=ADDITION))),
    "update to the API: a script of every group": GoodCluster(
        by_api(head(LifeCycleConfig=SCRIPTS), worker(LifeCycleConfig=SCRIPTS)),
        {"OnCreateMode": "two AWS pages contradict each other on what the script must do"},
    ),
    "file systems": GoodCluster(
        by_api(
            head(InstanceStorageConfigs=[SECONDARY, LUSTRE, OPENZFS]),
            worker(InstanceStorageConfigs=[SECONDARY, LUSTRE, OPENZFS]),
        )
    ),
    "custom AMI": GoodCluster(by_api(head(), worker(ImageId="ami-0123456789abcdef0"))),
    "default AMI": GoodCluster(by_api(head(), worker(ImageId="default"))),
    "Graviton": GoodCluster(by_api(head(), worker("arm", "ml.c7g.4xlarge", 2, ThreadsPerCore=1))),
    "EFA only": GoodCluster(
        by_api(
            head(),
            worker("gpu", "ml.p5.48xlarge", 2, NetworkInterface={"InterfaceType": "efa-only"}),
        )
    ),
    "health checks of all groups": GoodCluster(
        by_api(
            head(OnStartDeepHealthChecks=["InstanceStress"]),
            worker("gpu", "ml.p5.48xlarge", 2, OnStartDeepHealthChecks=["InstanceStress"]),
        ),
        {"DeepHealthChecksOfCpu": "the controller skips them"},
    ),
    "weekly update": GoodCluster(by_api(head(), worker(ScheduledUpdateConfig=WEEKLY))),
    "daily update": GoodCluster(
        by_api(head(), worker(ScheduledUpdateConfig={"ScheduleExpression": "cron(0 3 * * ? *)"})),
        {"ScheduleExpression": "CloudFormation rejects it"},
    ),
    "autoscaling and tiered storage disabled": GoodCluster(
        by_api(AutoScaling={"Mode": "Disable"}, TieredStorageConfig={"Mode": "Disable"})
    ),
    "continuous": GoodCluster(
        by_api(head(), worker("gpu", "ml.p5.48xlarge", 4, MinInstanceCount=1), **CONTINUOUS)
    ),
    "continuous, no orchestrator": GoodCluster(by_api(Orchestrator=None, **CONTINUOUS)),
    "continuous, encrypted root volume": GoodCluster(
        by_api(head(), worker(InstanceStorageConfigs=[ENCRYPTED_ROOT, SECONDARY]), **CONTINUOUS)
    ),
    "continuous, external accounting": GoodCluster(
        by_api(
            Orchestrator={
                "Slurm": {
                    "AccountingDatabase": {
                        "Endpoint": DATABASE,
                        "Port": 3306,
                        "Name": "slurm_acct_db",
                        "SecretArn": SECRET,
                    }
                }
            },
            **CONTINUOUS,
        )
    ),
    "continuous, flexible types": GoodCluster(
        by_api(
            head(),
            flexible("gpu", "ml.g5.8xlarge", "ml.g6.8xlarge", SlurmConfig=role("Compute", "gpu")),
            **CONTINUOUS,
        ),
        {"InstanceRequirementsSlurm": "AWS documents it for EKS only"},
    ),
    "continuous, Spot": GoodCluster(
        by_api(head(), worker(CapacityRequirements={"Spot": {}}), **CONTINUOUS),
        {"SpotSlurm": "AWS documents it for EKS only"},
    ),
}
