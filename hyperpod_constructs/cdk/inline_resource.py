"""Custom resources whose function is inline code."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct


class InlineResource(Construct):
    """A custom resource, its function and the role of the function.

    Like the functions of AWS CDK's own custom resources, these are plain resources, so that they need
    no `aws_cdk.aws_lambda` and no exception from cdk-nag.

    Attributes: `resource`, on which what uses its effect must depend; `role_arn`, of the function.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        handler: Path,
        policies: Mapping[str, tuple[str | list[str], str | list[str]]],
        memory_size: int,
        type: str,
        properties: Mapping[str, object],
    ) -> None:
        """Creates the function and the custom resource that calls it.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            handler: Python file with the function `handler`, up to 4,096 characters.
            policies: Actions and resources that the function is allowed, by the name of the policy.
            memory_size: Memory of the function in MiB.
            type: Type of the resource, which starts with `Custom::`.
            properties: Properties that the function receives.
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
                        "PolicyDocument": _policy(Action=actions, Resource=resources),
                    }
                    for name, (actions, resources) in policies.items()
                ],
            },
        )
        self.role_arn = role.get_att("Arn").to_string()
        function = cdk.CfnResource(
            self,
            "Function",
            type="AWS::Lambda::Function",
            properties={
                "Code": {"ZipFile": handler.read_text(encoding="utf-8")},
                "Handler": "index.handler",
                "MemorySize": memory_size,
                "Role": self.role_arn,
                "Runtime": "python3.13",
                "Timeout": 300,
            },
        )
        self.resource = cdk.CfnResource(
            self,
            "Resource",
            type=type,
            properties={"ServiceToken": function.get_att("Arn"), **properties},
        )


def _policy(**statement: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
