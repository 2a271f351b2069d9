"""Deploys the sample with a pipeline: `cdk deploy --app '.venv/bin/python -m sample_app.pipeline'`.

CDK Pipelines synthesizes, tests and deploys to a test account, and after an approval to production.
"""

import aws_cdk as cdk
from aws_cdk import pipelines
from constructs import Construct

from .training_stack import TrainingStack

REPOSITORY = "example/clusters"
CONNECTION = (
    "arn:aws:codeconnections:us-west-2:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef"
)
TOOLS = cdk.Environment(account="111122223333", region="us-west-2")
TEST = cdk.Environment(account="222233334444", region="us-west-2")
PRODUCTION = cdk.Environment(account="333344445555", region="us-west-2")


class TrainingStage(cdk.Stage):
    """The stacks of one account."""

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment) -> None:
        super().__init__(scope, id, env=env)
        TrainingStack(self, "HyperPodSample")


class PipelineStack(cdk.Stack):
    """Source, tests and synthesis, test account, manual approval, production account."""

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment) -> None:
        super().__init__(scope, id, env=env, description="Pipeline of the HyperPod sample")
        pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            cross_account_keys=True,
            synth=pipelines.ShellStep(
                "Synth",
                input=pipelines.CodePipelineSource.connection(
                    REPOSITORY, "main", connection_arn=CONNECTION
                ),
                commands=["make test", "make synth APP='.venv/bin/python -m sample_app.pipeline'"],
            ),
        )
        pipeline.add_stage(TrainingStage(self, "Test", env=TEST))
        pipeline.add_stage(
            TrainingStage(self, "Production", env=PRODUCTION),
            pre=[pipelines.ManualApprovalStep("Approve")],
        )


if __name__ == "__main__":
    app = cdk.App()
    PipelineStack(app, "HyperPodPipeline", env=TOOLS)
    app.synth()
