"""The properties of a cluster as a whole in CloudFormation's words.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
"""

from aws_cdk import aws_sagemaker as sagemaker

from .model.accounting_database import AccountingDatabase
from .model.cluster_model import ClusterModel
from .model.node_provisioning import AutoScaling, TieredStorage
from .model.orchestrator import ApiDrivenSlurm, Eks, SlurmConfigStrategy

Cfn = sagemaker.CfnCluster


def orchestrator_config(
    model: ClusterModel,
) -> sagemaker.CfnCluster.OrchestratorProperty | None:
    """What schedules jobs; nothing where the form says it.

    An update without a strategy would take what the service has as default, which its pages
    disagree about, so it is always written; with continuous provisioning the service refuses it.
    """
    orchestrator = model.orchestrator
    if isinstance(orchestrator, Eks):
        return Cfn.OrchestratorProperty(
            eks=Cfn.ClusterOrchestratorEksConfigProperty(
                cluster_arn=orchestrator.cluster.cluster_arn
            )
        )
    if isinstance(orchestrator, ApiDrivenSlurm):
        strategy = (
            None
            if model.node_provisioning_mode is not None
            else str(orchestrator.strategy or SlurmConfigStrategy.MERGE)
        )
        return Cfn.OrchestratorProperty(
            slurm=Cfn.ClusterOrchestratorSlurmConfigProperty(
                slurm_config_strategy=strategy,
                accounting_database=_accounting_database(orchestrator.accounting_database),
            )
        )
    return None


def auto_scaling_config(
    auto_scaling: AutoScaling | None,
) -> sagemaker.CfnCluster.ClusterAutoScalingConfigProperty | None:
    """Instances as pods ask for them."""
    if auto_scaling is None:
        return None
    return Cfn.ClusterAutoScalingConfigProperty(
        mode=_mode(auto_scaling.enabled), auto_scaler_type=str(auto_scaling.auto_scaler_type)
    )


def tiered_storage_config(
    tiered_storage: TieredStorage | None,
) -> sagemaker.CfnCluster.TieredStorageConfigProperty | None:
    """Checkpoints in the memory of the nodes."""
    if tiered_storage is None:
        return None
    return Cfn.TieredStorageConfigProperty(
        mode=_mode(tiered_storage.enabled),
        instance_memory_allocation_percentage=tiered_storage.instance_memory_allocation_percentage,
    )


def _accounting_database(
    database: AccountingDatabase | None,
) -> sagemaker.CfnCluster.ClusterAccountingDatabaseProperty | None:
    if database is None:
        return None
    return Cfn.ClusterAccountingDatabaseProperty(
        endpoint=database.endpoint,
        secret_arn=database.secret.secret_arn,
        port=database.port,
        name=database.name,
    )


def _mode(enabled: bool) -> str:
    return "Enable" if enabled else "Disable"
