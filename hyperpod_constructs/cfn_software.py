"""When and how machine images are renewed, in CloudFormation's words.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-deploymentconfig.html
"""

from aws_cdk import aws_sagemaker as sagemaker

from .model.software import AutoPatch, BatchSize, RollingUpdate, ScheduledUpdate

Cfn = sagemaker.CfnCluster


def scheduled_update_config(
    update: ScheduledUpdate | None,
) -> sagemaker.CfnCluster.ScheduledUpdateConfigProperty | None:
    """Renewing a group at fixed times."""
    if update is None:
        return None
    return Cfn.ScheduledUpdateConfigProperty(
        schedule_expression=update.schedule_expression,
        deployment_config=_deployment_config(update.rolling_update),
    )


def auto_patch_config(
    patch: AutoPatch | None,
) -> sagemaker.CfnCluster.AutoPatchConfigProperty | None:
    """Patching a group when there is a new machine image."""
    if patch is None:
        return None
    return Cfn.AutoPatchConfigProperty(
        patching_strategy=str(patch.patching_strategy),
        deployment_config=_deployment_config(patch.rolling_update),
    )


def _deployment_config(
    update: RollingUpdate | None,
) -> sagemaker.CfnCluster.DeploymentConfigProperty | None:
    if update is None:
        return None
    return Cfn.DeploymentConfigProperty(
        rolling_update_policy=None
        if update.maximum_batch_size is None
        else Cfn.RollingUpdatePolicyProperty(
            maximum_batch_size=_capacity_size(update.maximum_batch_size),
            rollback_maximum_batch_size=None
            if update.rollback_maximum_batch_size is None
            else _capacity_size(update.rollback_maximum_batch_size),
        ),
        wait_interval_in_seconds=None
        if update.wait_interval is None
        else update.wait_interval.to_seconds(),
        auto_rollback_configuration=[
            Cfn.AlarmDetailsProperty(alarm_name=alarm.alarm_name)
            for alarm in update.rollback_alarms
        ]
        or None,
    )


def _capacity_size(size: BatchSize) -> sagemaker.CfnCluster.CapacitySizeConfigProperty:
    return Cfn.CapacitySizeConfigProperty(type=str(size.type), value=size.value)
