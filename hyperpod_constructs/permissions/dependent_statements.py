"""Statements for what operations require in addition to their own action.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/hyperpod-custom-ami-support.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
"""

from collections.abc import Collection, Iterator

from hyperpod_constructs.model.environment import Environment

from .operations import (
    IMAGE_CHANGES,
    IMAGE_LISTS,
    ON_ACCESS_ENTRIES,
    ON_EKS_CLUSTER,
    QUOTA_POLICIES,
)
from .policy_document import Statement
from .policy_options import PolicyOptions

PASSED_TO = ("hyperpod.sagemaker.amazonaws.com", "sagemaker.amazonaws.com")
"""Services to which the roles of a cluster are passed."""


def dependent_statements(
    actions: Collection[str], environment: Environment, options: PolicyOptions
) -> Iterator[Statement]:
    """Statements for additional actions of other services, as far as the options cover them.

    Args:
        actions: Additional actions.
        environment: Environment of the clusters.
        options: What the policy covers.
    """
    if "iam:PassRole" in actions:
        yield Statement(
            "PassRolesOfNodes",
            ["iam:PassRole"],
            options.execution_roles or [_of_iam(environment, "role/*")],
            {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}},
        )
    if "iam:CreateServiceLinkedRole" in actions:
        yield Statement(
            "ServiceLinkedRole",
            ["iam:CreateServiceLinkedRole"],
            [_of_iam(environment, f"role/aws-service-role/{PASSED_TO[0]}/*")],
        )
    if options.eks:
        yield from _on_eks(actions, environment)
    if options.custom_images and IMAGE_LISTS[0] in actions:
        yield from _images(environment)
    if options.volume_keys and "kms:CreateGrant" in actions:
        yield from _volume_keys(environment)


def _on_eks(actions: Collection[str], environment: Environment) -> Iterator[Statement]:
    on_cluster = [action for action in ON_EKS_CLUSTER if action in actions]
    on_entries = sorted({*ON_ACCESS_ENTRIES, *QUOTA_POLICIES}.intersection(actions))
    volumes = sorted({"ec2:AttachVolume", "ec2:DetachVolume"}.intersection(actions))
    if on_cluster:
        yield Statement("EksClusters", on_cluster, [environment.arn("eks", "cluster/*")])
    if on_entries:
        yield Statement("AccessEntries", on_entries, [environment.arn("eks", "access-entry/*")])
    if volumes:
        yield Statement("ListVolumes", ["ec2:DescribeVolumes"], ["*"])
        # The instances of HyperPod belong to an account of the service.
        instances = environment._replace(account="*").arn("ec2", "instance/*")
        yield Statement("NodeVolumes", volumes, [environment.arn("ec2", "volume/*"), instances])


def _images(environment: Environment) -> Iterator[Statement]:
    yield Statement("ListImages", IMAGE_LISTS, ["*"])
    # The ARNs of images and snapshots have no account.
    of_nobody = environment._replace(account="")
    for resource, action in IMAGE_CHANGES.items():
        yield Statement(
            f"Share{resource.capitalize()}s",
            [action],
            [of_nobody.arn("ec2", f"{resource}/*")],
            {"StringEquals": {"ec2:ResourceTag/AllowSharing": "true"}},
        )


def _volume_keys(environment: Environment) -> Iterator[Statement]:
    keys = [environment.arn("kms", "key/*")]
    via = {"kms:ViaService": f"sagemaker.{environment.region}.amazonaws.com"}
    yield Statement("DescribeVolumeKeys", ["kms:DescribeKey"], keys, {"StringLike": via})
    yield Statement(
        "GrantVolumeKeys",
        ["kms:CreateGrant"],
        keys,
        {"StringLike": via, "Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def _of_iam(environment: Environment, resource: str) -> str:
    return environment._replace(region="").arn("iam", resource)
