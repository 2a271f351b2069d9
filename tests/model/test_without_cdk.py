"""The model needs neither CDK nor Node.js."""

from tests.without_cdk import run


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
