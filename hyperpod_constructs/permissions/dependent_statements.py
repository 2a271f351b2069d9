"""Statements for what operations require in addition to their own action.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/hyperpod-custom-ami-support.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
"""

from collections.abc import Collection, Iterator

from hyperpod_constructs.model.environment import Environment

from .access_scope import HYPERPOD, AccessScope, EksScope
from .operations import (
    IMAGE_CHANGES,
    IMAGE_LISTS,
    ON_ACCESS_ENTRIES,
    ON_EKS_CLUSTER,
    QUOTA_POLICIES,
)
from .policy_document import Statement


def dependent_statements(actions: Collection[str], scope: AccessScope) -> Iterator[Statement]:
    """Statements for additional actions of other services, as far as the scope covers them.

    Args:
        actions: Additional actions.
        scope: What the statements are about.
    """
    environment = scope.environment
    if "iam:PassRole" in actions:
        for number, passed in enumerate(scope.passed_roles):
            yield Statement(
                f"PassRolesOfNodes{number or ''}",
                ["iam:PassRole"],
                passed.arns,
                {"StringEquals": {"iam:PassedToService": list(passed.services)}},
            )
    if scope.service_linked_role and "iam:CreateServiceLinkedRole" in actions:
        role = f"role/aws-service-role/{HYPERPOD}/*"
        arn = environment._replace(region="").arn("iam", role)
        yield Statement("ServiceLinkedRole", ["iam:CreateServiceLinkedRole"], [arn])
    if scope.eks is not None:
        yield from _on_eks(actions, scope.eks)
    if scope.node_volumes:
        yield from _node_volumes(actions, environment)
    if scope.custom_images and IMAGE_LISTS[0] in actions:
        yield from _images(environment)
    if scope.volume_keys and "kms:CreateGrant" in actions:
        yield from _volume_keys(environment)


def _on_eks(actions: Collection[str], eks: EksScope) -> Iterator[Statement]:
    on_clusters = [action for action in ON_EKS_CLUSTER if action in actions]
    on_entries = sorted({*ON_ACCESS_ENTRIES, *QUOTA_POLICIES}.intersection(actions))
    if on_clusters:
        yield Statement("EksClusters", on_clusters, eks.clusters)
    if on_entries:
        yield Statement("AccessEntries", on_entries, eks.access_entries)


def _node_volumes(actions: Collection[str], environment: Environment) -> Iterator[Statement]:
    volumes = sorted({"ec2:AttachVolume", "ec2:DetachVolume"}.intersection(actions))
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
