"""Resource types that moto itself can make: topics, queues, tables and the like."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.parsing import get_model_map

from tests.aws.authorizer import Authorizer
from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ResourceFailure
from tests.aws.front.identity import key_of
from tests.aws.front.wire import Call

from .handler import Handler, Request


class Attributes(Mapping[str, Any]):
    """The attributes of a resource of moto."""

    def __init__(self, resource: Any) -> None:
        self._resource = resource

    def __getitem__(self, name: str) -> Any:
        try:
            return self._resource.get_cfn_attribute(name)
        except (UnformattedGetAttTemplateException, NotImplementedError) as error:
            raise KeyError(name) from error

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


OPERATIONS = {
    ("AWS::CloudWatch::Alarm", "Create"): "PutMetricAlarm",
    ("AWS::CloudWatch::Alarm", "Delete"): "DeleteAlarms",
    ("AWS::CloudWatch::Dashboard", "Create"): "PutDashboard",
    ("AWS::CloudWatch::Dashboard", "Delete"): "DeleteDashboards",
    ("AWS::KMS::Key", "Delete"): "ScheduleKeyDeletion",
    ("AWS::SNS::TopicPolicy", "Create"): "SetTopicAttributes",
    ("AWS::SNS::TopicPolicy", "Delete"): "SetTopicAttributes",
}
"""The operations that create and delete resources, where their names are others."""


class MotoType(Handler):
    def __init__(self, model: Any, authorizer: Authorizer) -> None:
        self._model = model
        self._authorizer = authorizer
        self._made: dict[str, Any] = {}

    def create(self, request: Request) -> Made:
        self._authorize(request, "Create")
        kind, cloud = self._model.cloudformation_type(), request.cloud
        key = self._model.cloudformation_name_type()
        name = request.get(key, request.name()) if key else request.name()
        resource = self._model.create_from_cloudformation_json(
            name,
            {"Type": kind, "Properties": request.properties},
            cloud.account,
            cloud.region,
            LogicalId=request.logical_id,
            StackId=request.stack_id,
            ResourceType=kind,
        )
        physical_id = str(resource.physical_resource_id)
        self._made[physical_id] = resource
        return Made(physical_id, Attributes(resource))

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        cloud = request.cloud
        try:
            resource = self._model.update_from_cloudformation_json(
                self._made[made.physical_id],
                made.physical_id,
                {"Type": request.kind, "Properties": request.properties},
                cloud.account,
                cloud.region,
            )
        except NotImplementedError as error:
            raise ResourceFailure(f"the emulator cannot change {request.kind}") from error
        self._made[made.physical_id] = resource
        return Made(str(resource.physical_resource_id), Attributes(resource))

    def _authorize(self, request: Request, verb: str) -> None:
        _, service, noun = request.kind.split("::")
        operation = OPERATIONS.get((request.kind, verb), f"{verb}{noun}")
        call = Call(service.lower(), operation, {})
        self._authorizer.authorize(key_of(request.cloud.role), call)

    def delete(self, request: Request, made: Made) -> None:
        self._authorize(request, "Delete")
        cloud = request.cloud
        self._model.delete_from_cloudformation_json(
            made.physical_id,
            {"Type": request.kind, "Properties": request.properties},
            cloud.account,
            cloud.region,
        )
        del self._made[made.physical_id]


def moto_types(authorizer: Authorizer) -> dict[str, Handler]:
    """Every type of moto."""
    return {kind: MotoType(model, authorizer) for kind, model in get_model_map().items()}
