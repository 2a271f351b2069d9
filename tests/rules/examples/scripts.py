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

from .example import Example


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
        "instance_groups[1].life_cycle_config: None is needed, since the provisioning "
        'form lies beside the scripts; HyperPod: "LifeCycleConfig is required for '
        'instance group..."; pass LifeCycleConfig.on_creation(source_s3_uri=...) '
        "(LifeCycleConfigMissing)",
        WITHOUT_SCRIPT,
        slurm(),
    ),
    Example(
        "instance_groups[0].life_cycle_config: None is needed in an EKS cluster; "
        'HyperPod: "LifeCycleConfig is required for instance group..."; pass '
        "LifeCycleConfig.on_creation(source_s3_uri=...) (LifeCycleConfigMissing)",
        EKS_WITHOUT_SCRIPT,
        eks(),
    ),
    Example(
        "instance_groups[1].life_cycle_config: None has no script in it; HyperPod: "
        '"LifeCycleConfig for instance group is provided but contains no '
        'configuration..."; leave life_cycle_config out, or pass '
        "LifeCycleConfig.on_creation(source_s3_uri=...) (LifeCycleConfigEmpty)",
        api_worker(life_cycle_config=hp.LifeCycleConfig.none()),
        api_worker(),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_create: None is needed beside "
        'source_s3_uri; HyperPod: "LifeCycleConfig for instance group is incomplete..."; '
        "name the file that nodes run, as on_create or as on_init_complete "
        "(LifeCycleConfigIncomplete)",
        with_config(),
        with_config(on_create="on_create.sh"),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: None is needed beside "
        "'add.sh'; HyperPod: \"LifeCycleConfig for instance group is incomplete...\"; pass "
        "the place of the scripts, such as 's3://sagemaker-bucket/prefix' "
        "(LifeCycleConfigIncomplete)",
        api_worker(life_cycle_config=hp.LifeCycleConfig.after_initialization("add.sh")),
        api_worker(life_cycle_config=ADDITION),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_init_complete: 'b.sh' is given beside "
        "on_create, which is 'a.sh'; HyperPod: \"OnCreate and OnInitComplete in "
        'LifeCycleConfig are mutually exclusive..."; keep on_create to prepare the node '
        "wholly, or on_init_complete to add to it (LifeCycleConfigExclusive)",
        api_worker(life_cycle_config=config(on_create="a.sh", on_init_complete="b.sh")),
        api_worker(life_cycle_config=config(on_init_complete="b.sh")),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_init_complete: 'add.sh' runs after a "
        "configuration that there is with ApiDrivenSlurm() only; HyperPod: "
        '"LifeCycleConfig is required for instance group..."; use ApiDrivenSlurm(), or '
        "pass LifeCycleConfig.on_creation(source_s3_uri=...) (OnInitCompleteMode)",
        slurm_worker(life_cycle_config=ADDITION),
        api_worker(life_cycle_config=ADDITION),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_create: 'on_create.sh' takes the place "
        "of the machine image's own configuration, so it has to start Slurm and mount "
        "the file systems; use on_init_complete to add to a node that the machine image "
        "has prepared (OnCreateMode)",
        api_worker(life_cycle_config=ON_CREATION),
        api_worker(life_cycle_config=ADDITION),
    ),
    Example(
        "instance_groups[1].life_cycle_config.on_create: '' is not a file name of 1 to "
        "128 characters; use a name such as 'on_create.sh' (LifeCycleConfigFile)",
        with_config(on_create=""),
        with_config(on_create="o"),
    ),
    Example(
        f"instance_groups[1].life_cycle_config.on_create: '{'o' * 129}' is not a file "
        "name of 1 to 128 characters; use a name such as 'on_create.sh' "
        "(LifeCycleConfigFile)",
        with_config(on_create="o" * 129),
        with_config(on_create="o" * 128),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: 'sagemaker-scripts' is not "
        "the URI of a place in S3, of up to 1024 characters; use a URI such as "
        "'s3://sagemaker-bucket/prefix' (SourceS3Uri)",
        with_config(on_create="a.sh", source_s3_uri="sagemaker-scripts"),
        with_config(on_create="a.sh", source_s3_uri="s3://sagemaker-scripts"),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: "
        f"'s3://sagemaker-{'a' * 1010}' is not the URI of a place in S3, of up to 1024 "
        "characters; use a URI such as 's3://sagemaker-bucket/prefix' (SourceS3Uri)",
        with_config(on_create="a.sh", source_s3_uri=f"s3://sagemaker-{'a' * 1010}"),
        with_config(on_create="a.sh", source_s3_uri=f"s3://sagemaker-{'a' * 1009}"),
    ),
    Example(
        "instance_groups[1].life_cycle_config.source_s3_uri: 's3://scripts/prefix' is in "
        "a bucket whose name does not start with 'sagemaker-', which a role with "
        "AmazonSageMakerClusterInstanceRolePolicy alone may not read; grant the "
        "execution role to read it, or use a bucket named 'sagemaker-...' (BucketName)",
        with_config(on_create="a.sh", source_s3_uri="s3://scripts/prefix"),
        with_config(on_create="a.sh", source_s3_uri="https://sagemaker-scripts/prefix"),
    ),
    Example(
        "instance_groups[1].image_id: 'ami-0123456789abcdef0' has to be made from an "
        'image of January 2026 or later; HyperPod: "Update required to use SlurmConfig '
        'in InstanceGroups"; check what it was made from, or leave image_id out '
        "(ImageAge)",
        api(
            controller(),
            worker(image_id="ami-0123456789abcdef0", life_cycle_config=ON_CREATION),
        ),
        api(controller(), worker(life_cycle_config=ON_CREATION)),
    ),
]
