"""Alarms, and who may publish to topics."""

import json

from tests.aws.cloudformation.template import Made

from .handler import Handler, Request


class Alarm(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("AlarmName", request.name(255))
        request.client("cloudwatch").put_metric_alarm(
            **{**request.properties, "AlarmName": name, "Threshold": float(request["Threshold"])}
        )
        alarm = request.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        return Made(name, {"Arn": alarm["AlarmArn"]})

    def delete(self, request: Request, made: Made) -> None:
        request.client("cloudwatch").delete_alarms(AlarmNames=[made.physical_id])


class TopicPolicy(Handler):
    def create(self, request: Request) -> Made:
        for topic in request["Topics"]:
            request.client("sns").set_topic_attributes(
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=json.dumps(request["PolicyDocument"]),
            )
        return Made(request.name())

    def delete(self, request: Request, made: Made) -> None:
        pass


TYPES: dict[str, Handler] = {
    "AWS::CloudWatch::Alarm": Alarm(),
    "AWS::SNS::TopicPolicy": TopicPolicy(),
}
