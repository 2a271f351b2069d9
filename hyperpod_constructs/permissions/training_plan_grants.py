"""Grants of access to training plans.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/training-plan-iam-permissions.html
"""

from collections.abc import Iterable, Iterator

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import check, required
from hyperpod_constructs.model.environment import Environment

from .grantee import Allowed, grant
from .operations import Resource, Verb, operations_of

_PLAN_RESOURCES = (Resource.TRAINING_PLAN, Resource.RESERVED_CAPACITY)


class TrainingPlanGrants:
    """Grants of access to the training plans of an account and Region.

    CloudFormation cannot create training plans, so that grants are for all of them.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        self._scope = scope
        self._environment = environment

    @staticmethod
    def from_account(scope: Construct) -> "TrainingPlanGrants":
        """Grants of access to the training plans of the account and Region of a stack.

        Args:
            scope: The stack, or a construct in it.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check([*required("scope", scope, Construct)])
        return TrainingPlanGrants(scope, environment_of(stack_of(scope)))

    def describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows listing and reading training plans and their capacity.

        Args:
            grantee: Role or user.
        """
        return self._apply(grantee, self._operations(Verb.DESCRIBE_PLANS))

    def create(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows finding offerings, and creating and extending training plans, which are paid upfront.

        Args:
            grantee: Role or user.
        """
        plans = self._arns(*_PLAN_RESOURCES)
        creating = ["CreateReservedCapacity", "CreateTrainingPlan"]
        return self._apply(
            grantee,
            [
                *self._operations(Verb.CREATE_PLANS),
                Allowed(
                    ["sagemaker:CreateReservedCapacity"], self._arns(Resource.RESERVED_CAPACITY)
                ),
                Allowed(
                    ["sagemaker:AddTags"],
                    plans,
                    {"StringEquals": {"sagemaker:TaggingAction": creating}},
                ),
            ],
        )

    def use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows creating and updating clusters with capacity of training plans.

        Access to the clusters is granted by `cluster.grants` or `TaggedClusterGrants`.

        Args:
            grantee: Role or user.
        """
        actions = ["sagemaker:CreateCluster", "sagemaker:UpdateCluster"]
        return self._apply(grantee, [Allowed(actions, self._arns(*_PLAN_RESOURCES))])

    def _operations(self, verb: Verb) -> Iterator[Allowed]:
        by_resource: dict[Resource | None, list[str]] = {}
        for row in operations_of(verb):
            for resource in row.resources or (None,):
                by_resource.setdefault(resource, []).append(row.action)
        for resource, actions in by_resource.items():
            yield Allowed(actions, ["*"] if resource is None else self._arns(resource))

    def _arns(self, *resources: Resource) -> list[str]:
        return [self._environment.arn("sagemaker", f"{resource}/*") for resource in resources]

    def _apply(self, grantee: iam.IGrantable, allowed: Iterable[Allowed]) -> iam.Grant:
        return grant(
            self._scope,
            grantee,
            allowed,
            account=self._environment.account,
            stacks_before=tuple,
        )
