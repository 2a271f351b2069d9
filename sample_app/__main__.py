"""Entry point for the CDK CLI: `cdk synth`, `cdk deploy`."""

import aws_cdk as cdk
import cdk_nag

from .acknowledgments import acknowledge
from .training_stack import TrainingStack

app = cdk.App()
acknowledge(TrainingStack(app, "HyperPodSample"))
cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks())
app.synth()
