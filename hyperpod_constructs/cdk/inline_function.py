"""Functions of custom resources, with inline code."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct


class InlineFunction(Construct):
    """A function of custom resources, and its role.

    Like the functions of AWS CDK's own custom resources, these are plain resources, so that they need
    no `aws_cdk.aws_lambda` and no exception from cdk-nag.

    Attributes: `service_token`, of custom resources; `role_arn`, of the function.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        handler: Path,
        policies: Mapping[str, tuple[str | list[str], str | list[str]]],
        memory_size: int,
    ) -> None:
        """Creates the function.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            handler: Python file with the function `handler`, up to 4,096 characters.
            policies: Actions and resources that the function is allowed, by the name of the policy.
            memory_size: Memory of the function in MiB.
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
        self.service_token = function.get_att("Arn")


def _policy(**statement: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
