"""Task governance by CloudFormation.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-clusterschedulerconfig.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-computequota.html
"""

from typing import Any

from tests.aws.cloudformation.template import Json, Made

from .handler import Handler, Request, resource

MUTABLE = (
    *("ActivationState", "ComputeQuotaConfig", "ComputeQuotaTarget"),
    *("Description", "SchedulerConfig"),
)


@resource("AWS::SageMaker::ClusterSchedulerConfig", "cluster_scheduler_config")
@resource("AWS::SageMaker::ComputeQuota", "compute_quota")
class Governed(Handler):
    """A policy or a quota: updates name the version that they change."""

    def __init__(self, noun: str) -> None:
        self._noun = noun

    def create(self, request: Request) -> Made:
        made = self._call("create", request)(**request.properties)
        name, arn = made[f"{self._kind}Id"], made[f"{self._kind}Arn"]
        return Made(arn, {f"{self._kind}Id": name, f"{self._kind}Arn": arn})

    def settle(self, request: Request, made: Made) -> Made:
        self._call("describe", request)(**self._id(made))
        return made

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, *MUTABLE)
        current = self._call("describe", request)(**self._id(made))
        self._call("update", request)(
            **self._id(made),
            TargetVersion=current[f"{self._kind}Version"],
            **request.chosen(*MUTABLE),
        )
        return made

    def delete(self, request: Request, made: Made) -> None:
        self._call("delete", request)(**self._id(made))

    @property
    def _kind(self) -> str:
        return "".join(word.capitalize() for word in self._noun.split("_"))

    def _id(self, made: Made) -> dict[str, Any]:
        return {f"{self._kind}Id": made.attributes[f"{self._kind}Id"]}

    def _call(self, verb: str, request: Request) -> Any:
        return getattr(request.client("sagemaker"), f"{verb}_{self._noun}")
