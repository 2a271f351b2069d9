"""Grants of access to training plans.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/training-plan-iam-permissions.html
"""

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.object_checks import check, scope_in_stack

from .access_statements import access_statements, plans_of_clusters
from .granted_cluster import GrantedCluster
from .grantee import grant
from .operations import Verb, operations_of


class TrainingPlanGrants:
    """Grants of access to the training plans of an account and Region.

    CloudFormation cannot create training plans, so that grants are for all of them.
    """

    def __init__(self, clusters: GrantedCluster) -> None:
        self._clusters = clusters

    @staticmethod
    def from_account(scope: Construct) -> "TrainingPlanGrants":
        """Grants of access to the training plans of the account and Region of a stack.

        Args:
            scope: The stack, or a construct in it.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(scope_in_stack(scope))
        return TrainingPlanGrants(GrantedCluster.of_account(scope))

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
        return grant(self._clusters, grantee, [plans_of_clusters(self._clusters.environment)])

    def _operations(self, grantee: iam.IGrantable, verb: Verb) -> iam.Grant:
        rows = list(operations_of(verb))
        return grant(
            self._clusters, grantee, access_statements(rows, self._clusters.access_scope())
        )
