"""Cleanup of a new bucket whose creation is rolled back."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

HANDLER = Path(__file__).with_name("empty_new_bucket.py")


class NewBucketCleanup(Construct):
    """Empties a bucket before CloudFormation deletes it because its creation is rolled back.

    AWS CDK rejects `auto_delete_objects` for buckets that outlive their stack, and the function of
    `BucketDeployment` only adds delete markers to a versioned bucket. Like the functions of AWS CDK's own custom resources, this one and its role are
    plain resources, so that they need no `aws_cdk.aws_lambda` and no exception from cdk-nag.

    `RemovalPolicies` of an app cannot change when the function is called, since it deletes objects.

    Attributes: `resource`, on which uploads to the bucket must depend; `role_arn`, of the function.
    """

    def __init__(self, scope: Construct, id: str, *, bucket_name: str, bucket_arn: str) -> None:
        """Creates the function and the custom resource that calls it.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            bucket_name: Name of a bucket that is created in the same stack.
            bucket_arn: ARN of the bucket.
        """
        super().__init__(scope, id)
        role = cdk.CfnResource(
            self,
            "Role",
            type="AWS::IAM::Role",
            properties={
                "AssumeRolePolicyDocument": _policy(
                    Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}
                ),
                "Policies": [
                    {
                        "PolicyName": name,
                        "PolicyDocument": _policy(Action=action, Resource=resource),
                    }
                    for name, action, resource in (
                        ("List", "s3:ListBucketVersions", bucket_arn),
                        ("Delete", "s3:DeleteObjectVersion", f"{bucket_arn}/*"),
                    )
                ],
            },
        )
        self.role_arn = role.get_att("Arn").to_string()
        function = cdk.CfnResource(
            self,
            "Function",
            type="AWS::Lambda::Function",
            properties={
                "Code": {"ZipFile": HANDLER.read_text()},
                "Handler": "index.handler",
                "MemorySize": 256,
                "Role": self.role_arn,
                "Runtime": "python3.13",
                "Timeout": 300,
            },
        )
        self.resource = cdk.CfnResource(
            self,
            "Resource",
            type="Custom::HyperPodNewBucket",
            properties={
                "ServiceToken": function.get_att("Arn"),
                "BucketName": bucket_name,
            },
        )
        self.resource.add_override("DeletionPolicy", "RetainExceptOnCreate")
        self.resource.add_override("UpdateReplacePolicy", "Retain")


def _policy(**statement: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
