"""Rules for the lifecycle scripts of instance groups.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import pattern_problems

from .basis import Basis
from .queries import has_form, instance_groups, is_known, names_of
from .rule import rule

_SOURCE = r"(https|s3)://([^/\n]+)/?(.*)"
_FILE_NAME = r"[\S\s]+"
_BUCKET_PREFIX = "s3://sagemaker-"
_ON_CREATION = "LifeCycleConfig.on_creation(source_s3_uri=...)"


@rule(basis=Basis.AWS_PAGE)
def life_cycle_config_missing(model: ClusterValues) -> Iterator[Problem]:
    """Groups require `OnCreate` in an EKS cluster, and in a Slurm cluster with a form.

    Groups of EKS clusters require it even with a count of 0.
    """
    if isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    for path, group in instance_groups(model):
        if group.life_cycle_config is None:
            yield Problem(
                code="LifeCycleConfigMissing",
                path=f"{path}.life_cycle_config",
                value=None,
                message="is required, since the provisioning form is stored with the scripts; "
                'HyperPod: "LifeCycleConfig is required for instance group..."'
                if has_form(model)
                else 'is required in an EKS cluster; HyperPod: "LifeCycleConfig is required for '
                'instance group..."',
                fix=f"pass {_ON_CREATION}",
            )


@rule(basis=Basis.AWS_PAGE)
def life_cycle_config_empty(model: ClusterValues) -> Iterator[Problem]:
    """A `LifeCycleConfig` must specify a script."""
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is None or config.on_create is not None or config.on_init_complete is not None:
            continue
        if config.source_s3_uri is None:
            yield Problem(
                code="LifeCycleConfigEmpty",
                path=f"{path}.life_cycle_config",
                value=None,
                message='specifies no script; HyperPod: "LifeCycleConfig for instance group is '
                'provided but contains no configuration..."',
                fix=f"omit life_cycle_config, or pass {_ON_CREATION}",
            )
        else:
            yield Problem(
                code="LifeCycleConfigIncomplete",
                path=f"{path}.life_cycle_config.on_create",
                value=None,
                message='is required with source_s3_uri; HyperPod: "LifeCycleConfig for instance '
                'group is incomplete..."',
                fix="specify the script as on_create or on_init_complete",
            )


@rule(basis=Basis.AWS_PAGE)
def life_cycle_config_source(model: ClusterValues) -> Iterator[Problem]:
    """A script requires the S3 URI of its location."""
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is None or (config.on_create is None and config.on_init_complete is None):
            continue
        if config.source_s3_uri is None:
            yield Problem(
                code="LifeCycleConfigIncomplete",
                path=f"{path}.life_cycle_config.source_s3_uri",
                value=None,
                message=f"is required with {config.on_create or config.on_init_complete!r}; "
                'HyperPod: "LifeCycleConfig for instance group is incomplete..."',
                fix="pass the S3 URI of the scripts, such as 's3://sagemaker-bucket/prefix'",
            )


@rule(basis=Basis.AWS_PAGE)
def one_script(model: ClusterValues) -> Iterator[Problem]:
    """A script replaces the configuration by the AMI, or runs after it."""
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is not None and is_known(config.on_create) and is_known(config.on_init_complete):
            yield Problem(
                code="LifeCycleConfigExclusive",
                path=f"{path}.life_cycle_config.on_init_complete",
                value=config.on_init_complete,
                message="cannot be specified together with on_create, which is "
                f'{config.on_create!r}; HyperPod: "OnCreate and OnInitComplete in LifeCycleConfig '
                'are mutually exclusive..."',
                fix="use on_create to configure the whole node, or on_init_complete to extend its "
                "configuration",
            )


@rule(basis=Basis.AWS_PAGE)
def script_after_initialization(model: ClusterValues) -> Iterator[Problem]:
    """The AMI configures nodes with API-driven Slurm only."""
    if isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    for path, group in instance_groups(model):
        config = group.life_cycle_config
        if config is not None and is_known(config.on_init_complete):
            yield Problem(
                code="OnInitCompleteMode",
                path=f"{path}.life_cycle_config.on_init_complete",
                value=config.on_init_complete,
                message="requires ApiDrivenSlurm(), with which the AMI configures the node; "
                'HyperPod: "LifeCycleConfig is required for instance group..."',
                fix=f"use ApiDrivenSlurm(), or pass {_ON_CREATION}",
            )


@rule(basis=Basis.AWS_PAGE)
def script_on_creation(model: ClusterValues) -> Iterator[Problem]:
    """With `OnCreate`, the AMI does not start Slurm or mount file systems."""
    if not isinstance(model.orchestrator, ApiDrivenSlurm):
        return
    groups = [
        (path, group)
        for path, group in instance_groups(model)
        if is_known(getattr(group.life_cycle_config, "on_create", None))
    ]
    if groups:
        path, group = groups[0]
        yield Problem(
            code="OnCreateMode",
            path=f"{path}.life_cycle_config.on_create",
            value=getattr(group.life_cycle_config, "on_create", None),
            message=f"replaces the configuration by the AMI of {names_of(groups)}, and must start "
            "Slurm and mount the file systems",
            fix="use on_init_complete to extend the configuration by the AMI",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.SERVICE_MODEL)
def script_places(model: ClusterValues) -> Iterator[Problem]:
    """A script is specified by a file name and an S3 URI.

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
                message="must be a file name of 1 to 128 characters",
                fix="use a name such as 'on_create.sh'",
            )
        yield from pattern_problems(
            code="SourceS3Uri",
            path=f"{place}.source_s3_uri",
            value=config.source_s3_uri,
            pattern=_SOURCE,
            max_length=1024,
            message="must be an S3 URI of up to 1024 characters",
            fix="use a URI such as 's3://sagemaker-bucket/prefix'",
        )


@rule(basis=Basis.AWS_PAGE)
def bucket_names(model: ClusterValues) -> Iterator[Problem]:
    """The AWS managed policy grants access to buckets with the prefix `sagemaker-` only.

    Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerClusterInstanceRolePolicy.html
    """
    reported: set[str] = set()
    for path, group in instance_groups(model):
        uri = getattr(group.life_cycle_config, "source_s3_uri", None)
        if (
            uri is None
            or is_unresolved(uri)
            or not uri.startswith("s3://")
            or uri.startswith(_BUCKET_PREFIX)
        ):
            continue
        bucket = uri.removeprefix("s3://").partition("/")[0]
        if bucket not in reported:
            reported.add(bucket)
            yield Problem(
                code="BucketName",
                path=f"{path}.life_cycle_config.source_s3_uri",
                value=uri,
                message="is in a bucket without the prefix 'sagemaker-', to which "
                "AmazonSageMakerClusterInstanceRolePolicy grants no access",
                fix="grant the execution role read access to it, or use a bucket named "
                "'sagemaker-...'",
                severity=Severity.WARNING,
            )
