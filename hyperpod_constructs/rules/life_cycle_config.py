"""Rules about what the nodes of a group run when they are created.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
"""

import re
from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import pattern_problems

from .queries import has_form, instance_groups, is_known
from .rule import rule

_SOURCE = re.compile(r"(https|s3)://([^/\n]+)/?(.*)")
_FILE_NAME = re.compile(r"[\S\s]+")
_BUCKET_PREFIX = "s3://sagemaker-"
_ON_CREATION = "LifeCycleConfig.on_creation(source_s3_uri=...)"


@rule
def life_cycle_config_missing(model: ClusterValues) -> Iterator[Problem]:
    """Nodes are prepared by `OnCreate` in an EKS cluster, and where there is a form.

    Groups of EKS clusters need it even while they have no instance.
    """
    if isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    for path, group in instance_groups(model):
        if group.life_cycle_config is None:
            yield Problem(
                code="LifeCycleConfigMissing",
                path=f"{path}.life_cycle_config",
                value=None,
                message="is needed, since the provisioning form lies beside the scripts; HyperPod: "
                '"LifeCycleConfig is required for instance group..."'
                if has_form(model)
                else "is needed in an EKS cluster; HyperPod: "
                '"LifeCycleConfig is required for instance group..."',
                fix=f"pass {_ON_CREATION}",
            )


@rule
def life_cycle_config_empty(model: ClusterValues) -> Iterator[Problem]:
    """A group has scripts, or no `LifeCycleConfig` at all."""
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is None or config.on_create is not None or config.on_init_complete is not None:
            continue
        if config.source_s3_uri is None:
            yield Problem(
                code="LifeCycleConfigEmpty",
                path=f"{path}.life_cycle_config",
                value=None,
                message='has no script in it; HyperPod: "LifeCycleConfig for instance group is '
                'provided but contains no configuration..."',
                fix=f"leave life_cycle_config out, or pass {_ON_CREATION}",
            )
        else:
            yield Problem(
                code="LifeCycleConfigIncomplete",
                path=f"{path}.life_cycle_config.on_create",
                value=None,
                message="is needed beside source_s3_uri; HyperPod: "
                '"LifeCycleConfig for instance group is incomplete..."',
                fix="name the file that nodes run, as on_create or as on_init_complete",
            )


@rule
def life_cycle_config_source(model: ClusterValues) -> Iterator[Problem]:
    """The file of a group lies in S3."""
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is None or (config.on_create is None and config.on_init_complete is None):
            continue
        if config.source_s3_uri is None:
            yield Problem(
                code="LifeCycleConfigIncomplete",
                path=f"{path}.life_cycle_config.source_s3_uri",
                value=None,
                message=f"is needed beside {config.on_create or config.on_init_complete!r}; "
                'HyperPod: "LifeCycleConfig for instance group is incomplete..."',
                fix="pass the place of the scripts, such as 's3://sagemaker-bucket/prefix'",
            )


@rule
def one_script(model: ClusterValues) -> Iterator[Problem]:
    """A script takes the place of the machine image's own configuration, or runs after it."""
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is not None and is_known(config.on_create) and is_known(config.on_init_complete):
            yield Problem(
                code="LifeCycleConfigExclusive",
                path=f"{path}.life_cycle_config.on_init_complete",
                value=config.on_init_complete,
                message=f"is given beside on_create, which is {config.on_create!r}; HyperPod: "
                '"OnCreate and OnInitComplete in LifeCycleConfig are mutually exclusive..."',
                fix="keep on_create to prepare the node wholly, or on_init_complete to add to it",
            )


@rule
def script_after_initialization(model: ClusterValues) -> Iterator[Problem]:
    """The machine image only configures nodes whose topology stands in the request."""
    if isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is not None and is_known(config.on_init_complete):
            yield Problem(
                code="OnInitCompleteMode",
                path=f"{path}.life_cycle_config.on_init_complete",
                value=config.on_init_complete,
                message="runs after a configuration that there is with ApiDrivenSlurm() only; "
                'HyperPod: "LifeCycleConfig is required for instance group..."',
                fix=f"use ApiDrivenSlurm(), or pass {_ON_CREATION}",
            )


@rule
def script_on_creation(model: ClusterValues) -> Iterator[Problem]:
    """With `OnCreate` the machine image starts no Slurm and mounts nothing by itself."""
    if not isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is not None and is_known(config.on_create):
            yield Problem(
                code="OnCreateMode",
                path=f"{path}.life_cycle_config.on_create",
                value=config.on_create,
                message="takes the place of the machine image's own configuration, so it has to "
                "start Slurm and mount the file systems",
                fix="use on_init_complete to add to a node that the machine image has prepared",
                severity=Severity.WARNING,
            )


@rule
def script_places(model: ClusterValues) -> Iterator[Problem]:
    """A script is a file name below an S3 URI.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterLifeCycleConfig.html
    """
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is None:
            continue
        place = f"{path}.life_cycle_config"
        for name, value in (
            ("on_create", config.on_create),
            ("on_init_complete", config.on_init_complete),
        ):
            yield from pattern_problems(
                code="LifeCycleConfigFile",
                path=f"{place}.{name}",
                value=value,
                pattern=_FILE_NAME,
                max_length=128,
                message="is not a file name of 1 to 128 characters",
                fix="use a name such as 'on_create.sh'",
            )
        yield from pattern_problems(
            code="SourceS3Uri",
            path=f"{place}.source_s3_uri",
            value=config.source_s3_uri,
            pattern=_SOURCE,
            max_length=1024,
            message="is not the URI of a place in S3, of up to 1024 characters",
            fix="use a URI such as 's3://sagemaker-bucket/prefix'",
        )


@rule
def bucket_names(model: ClusterValues) -> Iterator[Problem]:
    """AWS's managed policy for nodes reads buckets whose names start with `sagemaker-`.

    Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerClusterInstanceRolePolicy.html
    """
    for path, group in instance_groups(model):
        uri = getattr(group.life_cycle_config, "source_s3_uri", None)
        if (
            uri is not None
            and not is_unresolved(uri)
            and uri.startswith("s3://")
            and not uri.startswith(_BUCKET_PREFIX)
        ):
            yield Problem(
                code="BucketName",
                path=f"{path}.life_cycle_config.source_s3_uri",
                value=uri,
                message="is in a bucket whose name does not start with 'sagemaker-', which a role "
                "with AmazonSageMakerClusterInstanceRolePolicy alone may not read",
                fix="grant the execution role to read it, or use a bucket named 'sagemaker-...'",
                severity=Severity.WARNING,
            )


@rule
def image_age(model: ClusterValues) -> Iterator[Problem]:
    """API-driven Slurm needs a machine image of January 2026 or later.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
    """
    if not isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    for path, group in instance_groups(model):
        if not is_known(group.image_id) or group.image_id == "default":
            continue
        quote = (
            '"LifeCycleConfig is optional but requires a compatible AMI..."'
            if getattr(group.life_cycle_config, "on_create", None) is None
            else '"Update required to use SlurmConfig in InstanceGroups"'
        )
        yield Problem(
            code="ImageAge",
            path=f"{path}.image_id",
            value=group.image_id,
            message=f"has to be made from an image of January 2026 or later; HyperPod: {quote}",
            fix="check what it was made from, or leave image_id out",
            severity=Severity.WARNING,
        )
