"""The model needs neither CDK nor Node.js."""

import subprocess
import sys
import textwrap

BLOCKED = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"aws_cdk", "constructs", "jsii"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Refuse())
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_model_works_with_cdk_blocked() -> None:
    result = run("""
        import hyperpod_constructs as hp
        scripts = hp.LifeCycleConfig.on_creation(source_s3_uri="s3://sagemaker-scripts/prefix")
        cluster = hp.ClusterModel(instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", life_cycle_config=scripts),
            hp.InstanceGroup.worker(
                "gpu",
                instance_type="ml.p5.48xlarge",
                partition="gpu",
                life_cycle_config=scripts,
            ),
        ])
        assert cluster.problems() == (), cluster.problems()
        print(cluster.form().to_json())
    """)

    assert result.returncode == 0, result.stderr
    assert '"controller_group": "controller"' in result.stdout


def test_the_block_is_real() -> None:
    assert (
        "aws_cdk is blocked" in run("import hyperpod_constructs as hp; hp.HyperPodCluster").stderr
    )
