"""Cleanup of a new bucket whose creation is rolled back."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from hyperpod_constructs.cdk.inline_resource import InlineResource

HANDLER = Path(__file__).with_name("empty_new_bucket.py")


class NewBucketCleanup(InlineResource):
    """Empties a bucket before CloudFormation deletes it because its creation is rolled back.

    AWS CDK rejects `auto_delete_objects` for buckets that outlive their stack, and the function of
    `BucketDeployment` only adds delete markers to a versioned bucket.

    `RemovalPolicies` of an app cannot change when the function is called, since it deletes objects.
    """

    def __init__(self, scope: Construct, id: str, *, bucket_name: str, bucket_arn: str) -> None:
        """Creates the function and the custom resource that calls it.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            bucket_name: Name of a bucket that is created in the same stack.
            bucket_arn: ARN of the bucket.
        """
        super().__init__(
            scope,
            id,
            handler=HANDLER,
            policies={
                "List": ("s3:ListBucketVersions", bucket_arn),
                "Delete": ("s3:DeleteObjectVersion", f"{bucket_arn}/*"),
                "Status": ("cloudformation:ListStackResources", cdk.Aws.STACK_ID),
            },
            memory_size=256,
            type="Custom::HyperPodNewBucket",
            properties={"BucketName": bucket_name},
        )
        self.resource.add_override("DeletionPolicy", "RetainExceptOnCreate")
        self.resource.add_override("UpdateReplacePolicy", "Retain")
