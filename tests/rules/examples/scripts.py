"""Examples of the rules about what nodes run."""

from typing import Any

import hyperpod_constructs as hp
from tests.clusters.values import (
    ADDITION,
    ON_CREATION,
    SOURCE,
    api,
    api_worker,
    controller,
    eks,
    slurm,
    slurm_worker,
    worker,
)

from .example import WARNING, Example


def config(**settings: Any) -> hp.LifeCycleConfig:
    return hp.LifeCycleConfig(**{"source_s3_uri": SOURCE, **settings})


def with_config(**settings: Any) -> hp.ClusterModel:
    return slurm_worker(life_cycle_config=config(**settings))


WITHOUT_SCRIPT = hp.ClusterModel(
    instance_groups=[controller(life_cycle_config=ON_CREATION), worker()]
)
EKS_WITHOUT_SCRIPT = hp.ClusterModel(
    instance_groups=[hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge", count=0)],
    orchestrator=eks().orchestrator,
    subnets=eks().subnets,
)

EXAMPLES = [
    Example(
        "instance_groups[1].life_cycle_config: 'life_cycle_config' is required, since the provisioning "
        'form is stored with the scripts; HyperPod: "LifeCycleConfig is required for '
        'instance group..."; pass LifeCycleConfig.on_creation(source_s3_uri=...) '
        "(LifeCycleConfigMissing)",
        WITHOUT_SCRIPT,
        slurm(),
    ),
    Example(
        "instance_groups[0].life_cycle_config: 'life_cycle_config' is required in an EKS cluster; "
        'HyperPod: "LifeCycleConfig is required for instance group..."; pass '
        "LifeCycleConfig.on_creation(source_s3_uri=...) (LifeCycleConfigMissing)",
        EKS_WITHOUT_SCRIPT,
        eks(),
    ),
    Example(
        "instance_groups[1].life_cycle_config: 'life_cycle_config' specifies no script; HyperPod: "
        '"LifeCycleConfig for instance group is provided but contains no '
        'configuration..."; omit life_cycle_config, or pass '
        "LifeCycleConfig.on_creation(source_s3_uri=...) (LifeCycleConfigEmpty)",
        api_worker(life_cycle_config=hp.LifeCycleConfig.none()),
        api_worker(),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_create: 'on_create' is required with "
        'source_s3_uri; HyperPod: "LifeCycleConfig for instance group is '
        'incomplete..."; specify the script as on_create or on_init_complete '
        "(LifeCycleConfigIncomplete)",
        with_config(),
        with_config(on_create="on_create.sh"),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: 'source_s3_uri' is required with "
        "'add.sh'; HyperPod: \"LifeCycleConfig for instance group is incomplete...\"; "
        "pass the S3 URI of the scripts, such as 's3://sagemaker-bucket/prefix' "
        "(LifeCycleConfigIncomplete)",
        api_worker(life_cycle_config=hp.LifeCycleConfig.after_initialization("add.sh")),
        api_worker(life_cycle_config=ADDITION),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_init_complete: 'b.sh' cannot be "
        "specified together with on_create, which is 'a.sh'; HyperPod: \"OnCreate and "
        'OnInitComplete in LifeCycleConfig are mutually exclusive..."; use on_create to '
        "configure the whole node, or on_init_complete to extend its configuration "
        "(LifeCycleConfigExclusive)",
        api_worker(life_cycle_config=config(on_create="a.sh", on_init_complete="b.sh")),
        api_worker(life_cycle_config=config(on_init_complete="b.sh")),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_init_complete: 'add.sh' requires "
        "ApiDrivenSlurm(), with which the AMI configures the node; HyperPod: "
        '"LifeCycleConfig is required for instance group..."; use ApiDrivenSlurm(), or '
        "pass LifeCycleConfig.on_creation(source_s3_uri=...) (OnInitCompleteMode)",
        slurm_worker(life_cycle_config=ADDITION),
        api_worker(life_cycle_config=ADDITION),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_create: 'on_create.sh' replaces the "
        "configuration by the AMI of 'gpu' and 'more', and must start Slurm and mount the "
        "file systems; use on_init_complete to extend the configuration by the AMI "
        "(OnCreateMode)",
        api(
            controller(),
            worker(life_cycle_config=ON_CREATION),
            worker("more", life_cycle_config=ON_CREATION),
        ),
        api_worker(life_cycle_config=ADDITION),
        WARNING,
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_create: '' must be a file name of 1 to "
        "128 characters; use a name such as 'on_create.sh' (LifeCycleConfigFile)",
        with_config(on_create=""),
        with_config(on_create="o"),
    ),
    Example(
        f"instance_groups[1].life_cycle_config.on_create: '{'o' * 116}... must be a file "
        "name of 1 to 128 characters; use a name such as 'on_create.sh' "
        "(LifeCycleConfigFile)",
        with_config(on_create="o" * 129),
        with_config(on_create="o" * 128),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: 'sagemaker-scripts' must "
        "be an S3 URI of up to 1024 characters; use a URI such as "
        "'s3://sagemaker-bucket/prefix' (SourceS3Uri)",
        with_config(on_create="a.sh", source_s3_uri="sagemaker-scripts"),
        with_config(on_create="a.sh", source_s3_uri="s3://sagemaker-scripts"),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: "
        f"'s3://sagemaker-{'a' * 101}... must be an S3 URI of up to 1024 characters; use "
        "a URI such as 's3://sagemaker-bucket/prefix' (SourceS3Uri)",
        with_config(on_create="a.sh", source_s3_uri=f"s3://sagemaker-{'a' * 1010}"),
        with_config(on_create="a.sh", source_s3_uri=f"s3://sagemaker-{'a' * 1009}"),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: 's3://scripts/prefix' is "
        "in a bucket without the prefix 'sagemaker-', to which "
        "AmazonSageMakerClusterInstanceRolePolicy grants no access; grant the execution "
        "role read access to it, or use a bucket named 'sagemaker-...' (BucketName)",
        with_config(on_create="a.sh", source_s3_uri="s3://scripts/prefix"),
        with_config(on_create="a.sh", source_s3_uri="https://sagemaker-scripts/prefix"),
        WARNING,
    ),
]
