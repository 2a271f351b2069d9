"""Access of services of AWS to topics."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from hyperpod_constructs.cdk.construct_tree import path_of
from hyperpod_constructs.model.problem import Problem, Severity


def allow_publishing(
    topic: sns.ITopic,
    service: str,
    conditions: Mapping[str, Mapping[str, str]],
    *,
    actions: Sequence[str] = ("sns:Publish",),
    others: Sequence[str] = (),
) -> Iterator[Problem]:
    """A topic must allow the services that publish to it.

    A topic policy that names a service replaces the default one, which allows the account. `others`
    are services that have been allowed before, and are missing in the policy of an imported topic too.
    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    added = topic.add_to_resource_policy(
        iam.PolicyStatement(
            actions=list(actions),
            resources=[topic.topic_arn],
            principals=[iam.ServicePrincipal(service)],
            conditions=conditions,
        )
    )
    if not added.statement_added:
        yield Problem(
            code="TopicPolicy",
            path="topic",
            value=path_of(topic),
            message="is imported, and its policy is not changed",
            fix=f"allow {' and '.join([*others, service])} {' and '.join(actions)} in its policy",
            severity=Severity.WARNING,
        )
