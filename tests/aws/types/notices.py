"""Alarms, and who may publish to topics."""

import json

from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ServiceError

from .handler import Handler, Request, resource


@resource("AWS::CloudWatch::Alarm")
class Alarm(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("AlarmName", request.name(255))
        if request.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            raise ServiceError("AlreadyExists", f"{name} already exists")
        return self._put(request, name)

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        return self._put(request, made.physical_id)

    def _put(self, request: Request, name: str) -> Made:
        request.client("cloudwatch").put_metric_alarm(**{**request.properties, "AlarmName": name})
        alarm = request.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        return Made(name, {"Arn": alarm["AlarmArn"]})

    def delete(self, request: Request, made: Made) -> None:
        request.client("cloudwatch").delete_alarms(AlarmNames=[made.physical_id])


@resource("AWS::SNS::Topic")
class Topic(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("TopicName", request.name(256))
        sns = request.client("sns")
        arn = sns.create_topic(Name=name, Attributes=self._attributes(request))["TopicArn"]
        for subscription in request.get("Subscription", []):
            sns.subscribe(TopicArn=arn, **subscription)
        return Made(arn, {"TopicArn": arn, "TopicName": name})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "DisplayName", "KmsMasterKeyId")
        for name, value in self._attributes(request).items():
            request.client("sns").set_topic_attributes(
                TopicArn=made.physical_id, AttributeName=name, AttributeValue=value
            )
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("sns").delete_topic(TopicArn=made.physical_id)

    def _attributes(self, request: Request) -> dict[str, str]:
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in request.chosen("DisplayName", "FifoTopic", "KmsMasterKeyId").items()
        }


@resource("AWS::SNS::TopicPolicy")
class TopicPolicy(Handler):
    def create(self, request: Request) -> Made:
        for topic in request["Topics"]:
            request.client("sns").set_topic_attributes(
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=json.dumps(request["PolicyDocument"]),
            )
        return Made(request.name())

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        self.create(request)
        return made

    def delete(self, request: Request, made: Made) -> None:
        pass
