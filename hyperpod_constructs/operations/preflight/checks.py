"""All checks, in the order in which they are printed."""

from collections.abc import Sequence

from .check import Check
from .clusters import add_ons, eks_cluster, free_name
from .file_systems import available, reachable, same_zone
from .network import dns_attributes, free_addresses, one_private_network, self_rules, types_offered
from .quotas import cluster_quotas, instance_quotas, interface_quota, volume_quota
from .roles import permitted_roles, service_linked_role, trusted_roles
from .routes import s3_reachable
from .stores import readable_scripts, usable_keys
from .training_plans import usable_plans

CHECKS: Sequence[Check] = (
    free_name,
    instance_quotas,
    cluster_quotas,
    volume_quota,
    interface_quota,
    types_offered,
    usable_plans,
    one_private_network,
    free_addresses,
    self_rules,
    dns_attributes,
    s3_reachable,
    available,
    same_zone,
    reachable,
    trusted_roles,
    permitted_roles,
    service_linked_role,
    usable_keys,
    readable_scripts,
    eks_cluster,
    add_ons,
)
