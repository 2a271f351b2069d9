"""Assertions for tests of apps with HyperPod clusters; need no test framework."""

from .cluster_template import ClusterTemplate as ClusterTemplate
from .cluster_update import ClusterUpdate as ClusterUpdate
from .node_role import NodeRole as NodeRole
from .node_role import UnknownPolicyError as UnknownPolicyError
