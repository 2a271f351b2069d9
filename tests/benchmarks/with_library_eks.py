"""The stack of all add-ons on EKS, with the library: `python -m tests.benchmarks.with_library_eks`."""

import tempfile
from pathlib import Path

import aws_cdk as cdk

from tests.deploy.eks_programs import production
from tests.eks.charts import make_chart

from .shared import REGION, STACK_NAME, synthesize


def make_stack(app: cdk.App, chart: Path) -> cdk.Stack:
    stack = cdk.Stack(app, STACK_NAME, env=cdk.Environment(region=REGION))
    production(stack, chart)
    return stack


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        synthesize(lambda app: make_stack(app, make_chart(Path(folder))))
