"""A cluster without the EKS cluster of the library loads none of its modules."""

import subprocess
import sys

import pytest

from tests.synth import ROOT

MODULES = [
    "aws_cdk.aws_eks",
    "aws_cdk.aws_eks_v2",
    "hyperpod_constructs.eks",
    "hyperpod_constructs.model.kubernetes.helm_chart",
]


@pytest.mark.parametrize("module", MODULES)
def test_is_not_loaded(module: str) -> None:
    program = (
        "import sys, hyperpod_constructs as hp; hp.HyperPodCluster, hp.Eks, hp.InstanceGroup; "
        f"sys.exit({module!r} in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert result.returncode == 0
