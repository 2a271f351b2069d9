"""Problems of requests name properties, not arguments."""

import pytest

from hyperpod_constructs.checks.property_words import in_properties
from hyperpod_constructs.model.problem import Problem


@pytest.mark.parametrize(
    ("fix", "words"),
    [
        (
            "pass LifeCycleConfig.on_creation(source_s3_uri=...)",
            "specify LifeCycleConfig with OnCreate and SourceS3Uri",
        ),
        ("use count=1", "use InstanceCount 1"),
        ("pass vpc=, or omit kms_key", "specify VpcConfig, or omit VolumeKmsKeyId"),
        ("pass partition='gpu'", "specify PartitionNames 'gpu'"),
        (
            "omit min_count, or use ApiDrivenSlurm() with "
            "node_provisioning_mode=NodeProvisioningMode.CONTINUOUS",
            "omit MinInstanceCount, or use Orchestrator with Slurm with NodeProvisioningMode "
            "Continuous",
        ),
        ("add it to worker_groups in the form", "add it to worker_groups in the form"),
        ("use a name such as 'on_create.sh'", "use a name such as 'on_create.sh'"),
    ],
)
def test_names_the_property(fix: str, words: str) -> None:
    problem = Problem(code="Code", path="path", value=1, message=f"is so; {fix}", fix=fix)

    worded = in_properties(problem)

    assert (worded.fix, worded.message) == (words, f"is so; {words}")
