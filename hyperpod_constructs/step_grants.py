"""What the steps of the default lifecycle scripts read with the roles of the nodes.

Sources: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
and https://docs.aws.amazon.com/AmazonS3/latest/userguide/mountpoint-installation.html
"""

from aws_cdk import aws_iam as iam

from .model.lifecycle_steps import LifecycleSteps


def grant_controller_steps(role: iam.IRole, steps: LifecycleSteps) -> None:
    """Lets the controller read the secret of the accounting database."""
    if steps.accounting is not None and steps.accounting.secret is not None:
        steps.accounting.secret.grant_read(role)


def grant_node_steps(role: iam.IRole, steps: LifecycleSteps) -> None:
    """Lets a node read the secret of the directory, and the buckets it mounts."""
    if steps.directory_service is not None:
        steps.directory_service.bind_secret.grant_read(role)
    for mount in steps.s3_mounts:
        objects = f"{mount.key_prefix}*"
        mount.bucket.grant_read(role, objects)
        if not mount.read_only:
            mount.bucket.grant_put(role, objects)
