"""What the policies of an account cover."""

from collections.abc import Sequence

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.value_class import value_class

from .access_scope import HYPERPOD, SAGEMAKER, AccessScope, EksScope, PassedRoles


@value_class(frozen=True, kw_only=True, slots=True)
class PolicyOptions:
    """Optional parts and conditions of the policies of an account.

    Attributes:
        eks: Whether to cover clusters that are orchestrated by EKS, and their task governance.
        custom_images: Whether to allow sharing AMIs with HyperPod.
        training_plans: Whether to cover training plans.
        volume_keys: Whether to cover volumes that are encrypted with customer managed keys.
        eks_resources: Whether deployments can create EKS clusters, and what runs on them.
        observability: Whether deployments can create what watches clusters.
        session_documents: Whether deployments can create session documents.
        managed_policies: Whether deployments can create managed policies.
        users_and_groups: Whether deployments can change the policies of users and groups.
        tag: Key and value of the tag that clusters must have. None for all clusters.
        execution_roles: ARNs of the roles that can be passed to HyperPod. Empty for all roles of the
            account.
        eks_clusters: EKS clusters that orchestrate the clusters. None for all of the account.
        permissions_boundary: ARN of the permissions boundary that a deployment must attach to the
            roles that it creates. None for no boundary.
    """

    eks: bool = False
    custom_images: bool = False
    training_plans: bool = False
    volume_keys: bool = False
    eks_resources: bool = False
    observability: bool = False
    session_documents: bool = False
    managed_policies: bool = False
    users_and_groups: bool = False
    tag: tuple[str, str] | None = None
    execution_roles: Sequence[str] = ()
    eks_clusters: EksScope | None = None
    permissions_boundary: str | None = None

    def scope(self, environment: Environment) -> AccessScope:
        """What statements are about in an environment."""
        roles = self.execution_roles or [environment._replace(region="").arn("iam", "role/*")]
        return AccessScope.of_account(environment)._replace(
            tag=self.tag,
            passed_roles=[PassedRoles(roles, (HYPERPOD, SAGEMAKER))],
            eks=(self.eks_clusters or EksScope.of_account(environment)) if self.eks else None,
            node_volumes=self.eks,
            service_linked_role=True,
            custom_images=self.custom_images,
            training_plans=self.training_plans,
            volume_keys=self.volume_keys,
        )

    @property
    def beyond_boundary(self) -> str | None:
        """The part of the deployment policy that the permissions boundary cannot limit, if any."""
        parts = ("managed_policies", "users_and_groups")
        return next(
            (part for part in parts if self.permissions_boundary and getattr(self, part)), None
        )
