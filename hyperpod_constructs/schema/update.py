"""What an update of a property does to an existing cluster.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
and https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCluster.html
"""

from enum import Enum


class Update(Enum):
    """The effect of an update; the value is its sentence in the documentation."""

    IN_PLACE = "Can be changed in place."
    NEW_GROUP = "Cannot be changed; add another group instead."
    REPLACES = "Changing it replaces the cluster."
    ONE_WAY = "Cannot be changed back."
    WITHOUT_AUTOSCALING = "Cannot be changed while autoscaling is on."
