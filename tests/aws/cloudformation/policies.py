"""What becomes of resources that leave a stack.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
"""

from tests.aws.front.errors import invalid

from .template import Json

RETAINED_ON_ROLLBACK = ("Retain",)
RETAINED_ON_DELETION = ("Retain", "RetainExceptOnCreate")
SNAPSHOT = "Snapshot"
_POLICIES = {
    "DeletionPolicy": {"Delete", SNAPSHOT, *RETAINED_ON_DELETION},
    "UpdateReplacePolicy": {"Delete", SNAPSHOT, "Retain"},
}
_WITH_SNAPSHOTS = {
    *("AWS::EC2::Volume", "AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup"),
    *("AWS::Neptune::DBCluster", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    *("AWS::Redshift::Cluster", "AWS::DocDB::DBCluster"),
}


def policy_of(definition: Json, attribute: str) -> str:
    """The policy of a resource; databases that are not in a cluster are saved by default."""
    kind, properties = definition["Type"], definition.get("Properties", {})
    alone = kind == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in properties
    saved = attribute == "DeletionPolicy" and (alone or kind == "AWS::RDS::DBCluster")
    return str(definition.get(attribute, SNAPSHOT if saved else "Delete"))


def refuse_policies(template: Json) -> None:
    """Refuses policies that there are not, or not for the type."""
    for name, definition in template["Resources"].items():
        for attribute, known in _POLICIES.items():
            policy = policy_of(definition, attribute)
            if policy not in known:
                raise invalid(
                    f"Template error: {attribute} of {name} must be one of {sorted(known)}"
                )
            if policy == SNAPSHOT and definition["Type"] not in _WITH_SNAPSHOTS:
                raise invalid(
                    f"Template error: resource type {definition['Type']} does not support "
                    "deletion policy Snapshot"
                )
