"""Grants of access to training plans.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/training-plan-iam-permissions.html
"""

from collections.abc import Iterable

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import check, required
from hyperpod_constructs.model.environment import Environment

from .access_scope import AccessScope
from .access_statements import access_statements, plans_of_clusters
from .grantee import grant
from .operations import Verb, operations_of
from .policy_document import Statement


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
        return self._operations(grantee, Verb.DESCRIBE_PLANS)

    def create(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows finding offerings, and creating and extending training plans, which are paid upfront.

        Args:
            grantee: Role or user.
        """
        return self._operations(grantee, Verb.CREATE_PLANS)

    def use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows creating and updating clusters with capacity of training plans.

        Access to the clusters is granted by `cluster.grants` or `TaggedClusterGrants`.

        Args:
            grantee: Role or user.
        """
        return self._apply(grantee, [plans_of_clusters(self._environment)])

    def _operations(self, grantee: iam.IGrantable, verb: Verb) -> iam.Grant:
        scope = AccessScope.of_account(self._environment)
        return self._apply(grantee, access_statements(list(operations_of(verb)), scope))

    def _apply(self, grantee: iam.IGrantable, statements: Iterable[Statement]) -> iam.Grant:
        return grant(
            self._scope,
            grantee,
            statements,
            account=self._environment.account,
            stacks_before=tuple,
        )
