"""The sample app for Kubernetes, with the stand-in of the Helm chart."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk

from sample_app.eks_stack import EksTrainingStack
from tests.eks.charts import make_chart

from .tools import synthesize

STACK = "HyperPodEksSample"
CLUSTER = "hyperpod-eks-sample"


def synthesize_eks(
    folder: Path,
    region: str,
    change: Callable[[EksTrainingStack], None] = lambda _: None,
    *,
    chart: Path | None = None,
) -> Path:
    """Writes the templates of the sample app, changed at will.

    Args:
        folder: Where to.
        region: Region of the stack.
        change: Changes the stack.
        chart: Folder of the Helm chart; a stand-in by default.
    """
    chart = chart or make_chart(folder)

    def fill(app: cdk.App) -> None:
        app.node.set_context("helm_chart", str(chart))
        change(EksTrainingStack(app, STACK, env=cdk.Environment(region=region)))

    return synthesize(folder / "cdk.out", fill)
