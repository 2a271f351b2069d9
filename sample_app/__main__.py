"""Entry point for the CDK CLI: `cdk synth`, `cdk deploy`.

`-c orchestrator=eks` selects the stack for Kubernetes, and `-c region=us-east-1` its Region.
"""

import aws_cdk as cdk
import cdk_nag

from .acknowledgments import acknowledge
from .training_stack import TrainingStack

app = cdk.App()
if app.node.try_get_context("orchestrator") == "eks":
    from .eks_acknowledgments import acknowledge_eks
    from .eks_stack import EksTrainingStack

    region = app.node.try_get_context("region")
    env = None if region is None else cdk.Environment(region=region)
    acknowledge_eks(EksTrainingStack(app, "HyperPodEksSample", env=env))
else:
    acknowledge(TrainingStack(app, "HyperPodSample"))
cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks())
app.synth()
